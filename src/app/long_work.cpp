#include "app/long_work.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/progress_text.hpp"
#include "app/utc_time.hpp"

namespace coppice::app {
namespace {

using boost::json::object;
using boost::json::value;

object json_of(const LongWork::Standing& standing) {
  const auto& [phase, done, total, unit] = standing.progress;
  const bool counts = total != 0;
  const auto left = time_left(standing.progress, standing.in_phase);
  object out{{"kind", standing.kind},
             {"since", utc_time(standing.since)},
             {"seconds", std::chrono::duration<double>(standing.in_all).count()},
             {"phase", phase}};
  out["request_id"] = standing.request_id.empty() ? value(nullptr) : value(standing.request_id);
  out["done"] = counts ? value(done) : value(nullptr);
  out["total"] = counts ? value(total) : value(nullptr);
  out["unit"] = counts ? value(unit) : value(nullptr);
  out["seconds_left"] = left ? value(left->count()) : value(nullptr);
  return out;
}

}  // namespace

LongWork::Piece::Piece(std::string kind, std::string request_id)
    : kind_(std::move(kind)), request_id_(std::move(request_id)) {}

void LongWork::Piece::tell(const db::Progress& progress) {
  const std::lock_guard lock(mutex_);
  if (progress.phase != progress_.phase) phase_began_ = Clock::now();
  progress_ = progress;
}

LongWork::Standing LongWork::Piece::read() const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  return {.kind = kind_,
          .request_id = request_id_,
          .since = since_,
          .progress = progress_,
          .in_all = now - began_,
          .in_phase = now - phase_began_};
}

std::shared_ptr<LongWork::Piece> LongWork::begin(std::string kind, std::string request_id) {
  auto piece = std::make_shared<Piece>(std::move(kind), std::move(request_id));
  const std::lock_guard lock(mutex_);
  std::erase_if(all_, [](const auto& each) { return each.expired(); });
  all_.push_back(piece);
  return piece;
}

std::vector<LongWork::Standing> LongWork::list() const {
  std::vector<Standing> standings;
  const std::lock_guard lock(mutex_);
  for (const auto& each : all_) {
    if (const auto piece = each.lock()) standings.push_back(piece->read());
  }
  return standings;
}

db::Report report_to(std::shared_ptr<LongWork::Piece> piece) {
  return [piece = std::move(piece)](const db::Progress& progress) { piece->tell(progress); };
}

std::string to_json(const std::vector<LongWork::Standing>& work) {
  boost::json::array all;
  for (const auto& standing : work) all.push_back(json_of(standing));
  return boost::json::serialize(object{{"work", std::move(all)}});
}

}  // namespace coppice::app
