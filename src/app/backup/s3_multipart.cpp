#include "app/backup/s3_multipart.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/format.h>

namespace coppice::app::backup {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

namespace pt = boost::property_tree;

constexpr std::uint64_t kMostParts = 10'000;
constexpr std::uint64_t kLargestPart = 5UL << 30U;
constexpr std::size_t kBuffer = 1UL << 16U;

Result<pt::ptree> parse(const std::string& body) {
  try {
    std::istringstream text(body);
    pt::ptree tree;
    pt::read_xml(text, tree);
    return tree;
  } catch (const pt::ptree_error& wrong) {
    return fail(Errc::malformed,
                fmt::format("the S3 store's answer can't be read: {}", wrong.what()));
  }
}

/// Kinds of errors that a store means to be tried again, also where it has answered 200.
constexpr std::array<std::string_view, 5> kPassingErrors{
    "InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "OperationAborted"};

/// Whether the body of a good answer says that the object is there.
Result<void> require_completed(const std::string& body) {
  const auto tree = parse(body);
  if (!tree) return std::unexpected(tree.error());
  if (tree->count("CompleteMultipartUploadResult") > 0) return {};
  const auto kind = tree->get("Error.Code", "");
  const bool may_pass = std::ranges::find(kPassingErrors, kind) != kPassingErrors.end();
  return fail(may_pass ? Errc::unavailable : Errc::io_error,
              fmt::format("the S3 store can't put the parts together: {}: {}", kind,
                          tree->get("Error.Message", "")));
}

/// One upload on its way.
class Parts {
 public:
  Parts(const MultipartUpload& upload, const S3Settings& settings, const std::stop_token& stop,
        const TransferProgress& progress)
      : upload_(upload),
        settings_(settings),
        stop_(stop),
        progress_(progress),
        part_bytes_(part_size_for(upload.bytes, settings.part_bytes)) {}

  [[nodiscard]] Result<void> begin() {
    const auto begun = repeatedly([this] {
      return send({.method = "POST", .path = upload_.path, .query = "uploads=", .stop = stop_},
                  settings_);
    });
    if (!begun) return std::unexpected(begun.error());
    const auto tree = parse(begun->body);
    if (!tree) return std::unexpected(tree.error());
    id_ = encode_for_url(tree->get("InitiateMultipartUploadResult.UploadId", ""));
    if (!id_.empty()) return {};
    return fail(Errc::malformed, "the S3 store names no upload to add parts to");
  }

  [[nodiscard]] Result<void> send_all() {
    for (std::uint64_t offset = 0; offset < upload_.bytes; offset += part_bytes_) {
      if (auto sent = send_part(offset); !sent) return sent;
    }
    return {};
  }

  /// A store that assembles for long may find that it can't only after it has answered 200; that
  /// counts as the status that it would have answered.
  [[nodiscard]] Result<void> complete() {
    const auto list = part_list();
    const auto answer = repeatedly([&]() -> Result<S3Answer> {
      auto sent = send({.method = "POST",
                        .path = upload_.path,
                        .query = "uploadId=" + id_,
                        .upload = S3Upload{.text = list,
                                           .bytes = list.size(),
                                           .sha256 = db::sha256_of(list),
                                           .content_type = "application/xml"},
                        .stop = stop_},
                       settings_);
      if (!sent) return sent;
      if (auto whole = require_completed(sent->body); !whole) {
        return std::unexpected(std::move(whole.error()));
      }
      return sent;
    });
    if (!answer) return std::unexpected(answer.error());
    return {};
  }

  /// However it ends: what else could be done has been. Whoever is told to stop doesn't wait for a
  /// store that is away.
  void abort() const {
    const auto attempt = [this] {
      return send({.method = "DELETE", .path = upload_.path, .query = "uploadId=" + id_},
                  settings_);
    };
    std::ignore = stop_.stop_requested() ? attempt() : repeatedly(attempt);
  }

 private:
  template <class Attempt>
  [[nodiscard]] Result<S3Answer> repeatedly(Attempt attempt) const {
    return try_repeatedly(upload_.pause, stop_, std::move(attempt));
  }

  [[nodiscard]] Result<void> send_part(std::uint64_t offset) {
    const auto bytes = std::min(part_bytes_, upload_.bytes - offset);
    const auto sum = digest(offset, bytes);
    if (!sum) return std::unexpected(sum.error());
    const auto number = etags_.size() + 1;
    const auto sent = repeatedly([&]() -> Result<S3Answer> {
      auto file = open_at(offset);
      if (!file) return std::unexpected(std::move(file.error()));
      return send({.method = "PUT",
                   .path = upload_.path,
                   .query = fmt::format("partNumber={}&uploadId={}", number, id_),
                   .upload = S3Upload{.file = &*file, .bytes = bytes, .sha256 = *sum},
                   .stop = stop_,
                   .progress = progress_from(offset)},
                  settings_);
    });
    if (!sent) return std::unexpected(sent.error());
    etags_.push_back(sent->etag);
    return {};
  }

  [[nodiscard]] Result<db::File> open_at(std::uint64_t offset) const {
    auto file = db::File::open(upload_.file);
    if (!file) return file;
    if (auto sought = file->seek(offset); !sought) {
      return std::unexpected(std::move(sought.error()));
    }
    return file;
  }

  [[nodiscard]] Result<std::string> digest(std::uint64_t offset, std::uint64_t bytes) const {
    auto file = open_at(offset);
    if (!file) return std::unexpected(std::move(file.error()));
    db::Sha256 sum;
    std::vector<std::byte> buffer(kBuffer);
    while (bytes > 0) {
      const auto got = file->read(std::span(buffer).first(std::min(bytes, kBuffer)));
      if (!got) return std::unexpected(got.error());
      if (*got == 0) return fail(Errc::io_error, upload_.file.string() + " has become shorter");
      sum.add({buffer.data(), *got});
      bytes -= *got;
    }
    return sum.finish();
  }

  [[nodiscard]] TransferProgress progress_from(std::uint64_t offset) const {
    if (!progress_) return {};
    return [this, offset](std::uint64_t done, std::uint64_t /*of_the_part*/) {
      progress_(offset + done, upload_.bytes);
    };
  }

  [[nodiscard]] std::string part_list() const {
    std::string list = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < etags_.size(); ++i) {
      list +=
          fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, etags_[i]);
    }
    return list + "</CompleteMultipartUpload>";
  }

  const MultipartUpload& upload_;
  const S3Settings& settings_;
  const std::stop_token& stop_;
  const TransferProgress& progress_;
  const std::uint64_t part_bytes_;
  std::string id_;
  std::vector<std::string> etags_;
};

}  // namespace

std::uint64_t part_size_for(std::uint64_t bytes, std::uint64_t wanted) noexcept {
  return std::max(wanted, (bytes + kMostParts - 1) / kMostParts);
}

Result<void> send_in_parts(const MultipartUpload& upload, const S3Settings& settings,
                           const std::stop_token& stop, const TransferProgress& progress) {
  if (part_size_for(upload.bytes, settings.part_bytes) > kLargestPart) {
    return fail(Errc::too_large, fmt::format("{} has {} bytes, more than S3 takes",
                                             upload.file.string(), upload.bytes));
  }
  Parts parts(upload, settings, stop, progress);
  if (auto begun = parts.begin(); !begun) return begun;
  auto done = parts.send_all();
  if (done) done = parts.complete();
  if (!done) parts.abort();
  return done;
}

}  // namespace coppice::app::backup
