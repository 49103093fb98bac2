#include "app/content/resource/input.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include "app/content/date_time.hpp"
#include "app/content/json_writer.hpp"
#include "app/content/post.hpp"
#include "app/content/unicode.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::size_t kMaxDepth = 16;

/// Adds the problems of one field to the input that it is of.
class FieldReader {
 public:
  FieldReader(const Field& field, Input& input) : field_(field), input_(input) {}

  void read(element value) {
    if (value.is_null() && field_.type != FieldType::strings) return read_null();
    switch (field_.type) {
      case FieldType::text: return read_text(value);
      case FieldType::time: return read_time(value);
      case FieldType::integer: return read_integer(value);
      case FieldType::boolean: return read_boolean(value);
      case FieldType::strings: return read_strings(value);
      case FieldType::json: return refuse("can't be set");
    }
  }

 private:
  void refuse(std::string message) {
    input_.problems.push_back({std::string(field_.name), std::move(message), {}, 0});
  }
  void accept(db::Value value) { input_.record.set(field_.name, std::move(value)); }

  void read_null() {
    if (field_.required) return refuse(std::string(kBlank));
    if (!field_.fallback.empty()) return refuse("can't be null");
    accept({});
  }

  void read_text(element value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return refuse("must be a string");
    if (check_text(text)) accept(std::string(text));
  }

  bool check_text(std::string_view text) {
    const auto problems_before = input_.problems.size();
    if (text.contains('\0')) refuse("can't contain a NUL character");
    if (field_.required && trimmed(text).empty()) {
      refuse(std::string(kBlank));
    } else if (field_.pattern && !field_.pattern->matches(text)) {
      refuse(std::string(field_.pattern->message));
    }
    if (is_too_long(text)) refuse(too_long());
    return input_.problems.size() == problems_before;
  }

  [[nodiscard]] bool is_too_long(std::string_view text) const {
    return text.size() > field_.max_length && count_characters(text) > field_.max_length;
  }
  [[nodiscard]] std::string too_long() const {
    return fmt::format("should be at most {} character(s)", field_.max_length);
  }

  void read_time(element value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return refuse("must be a string with a time");
    auto time = parse_date_time(text);
    if (!time) return refuse("must be a time such as 2025-12-30T15:16:00Z");
    accept(std::move(*time));
  }

  void read_integer(element value) {
    std::int64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS) return refuse("must be a whole number");
    accept(number);
  }

  void read_boolean(element value) {
    bool truth = false;
    if (value.get(truth) != simdjson::SUCCESS) return refuse("must be true or false");
    accept(std::int64_t{truth});
  }

  void read_strings(element value) {
    simdjson::dom::array items;
    if (value.get(items) != simdjson::SUCCESS) return refuse("must be a list of strings");
    if (items.size() > kMaxListItems) {
      return refuse(fmt::format("should have at most {} item(s)", kMaxListItems));
    }
    JsonWriter list;
    list.begin_array();
    for (const element item : items) {
      std::string_view text;
      if (item.get(text) != simdjson::SUCCESS) return refuse("must be a list of strings");
      if (is_too_long(text)) return refuse(too_long());
      if (field_.pattern && !field_.pattern->matches(text)) {
        return refuse(std::string(field_.pattern->message));
      }
      list.string(text);
    }
    list.end_array();
    accept(std::move(list).take());
  }

  const Field& field_;
  Input& input_;
};

void read_tags(element value, Input& input) {
  const auto refuse = [&input](std::string message) {
    input.problems.push_back({std::string(kTags), std::move(message), {}, 0});
  };
  simdjson::dom::array items;
  if (value.get(items) != simdjson::SUCCESS) return refuse("must be a list of labels");
  if (items.size() > kMaxListItems) {
    return refuse(fmt::format("should have at most {} item(s)", kMaxListItems));
  }
  std::vector<std::string> labels;
  for (const element item : items) {
    std::string_view label;
    if (item.get(label) != simdjson::SUCCESS) return refuse("must be a list of labels");
    if (trimmed(label).empty()) return refuse("can't have a blank label");
    if (label.contains('\0')) return refuse("can't contain a NUL character");
    if (count_characters(label) > kUsualLength) {
      return refuse(fmt::format("should have labels of at most {} character(s)", kUsualLength));
    }
    labels.emplace_back(label);
  }
  input.tags = normalized_tags(std::move(labels));
}

bool is_of_every_record(std::string_view name) {
  return name == "id" || name == "inserted_at" || name == "updated_at";
}

bool is_computed(const Resource& resource, std::string_view name) {
  return std::ranges::find(resource.computed, name, &Computed::name) != resource.computed.end();
}

void read_member(const Resource& resource, std::string_view name, element value, Input& input) {
  const auto refuse = [&](std::string_view message) {
    input.problems.push_back({std::string(name), std::string(message), {}, 0});
  };
  if (resource.tags && name == kTags) return read_tags(value, input);
  const Field* field = resource.field(name);
  const bool is_the_servers =
      field != nullptr ? field->read_only : is_of_every_record(name) || is_computed(resource, name);
  if (is_the_servers) return refuse("can't be set");
  if (field == nullptr) return refuse("is not a field");
  FieldReader(*field, input).read(value);
}

std::string describe(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY: return "the body is empty; a JSON object is needed";
    case simdjson::UTF8_ERROR: return "the body is not UTF-8";
    case simdjson::DEPTH_ERROR:
      return fmt::format("the body nests deeper than {} levels", kMaxDepth);
    default: return fmt::format("the body is not JSON: {}", simdjson::error_message(error));
  }
}

}  // namespace

Result<Input> parse_input(const Resource& resource, std::string_view body) {
  simdjson::dom::parser parser;
  if (const auto error = parser.allocate(std::max<std::size_t>(body.size(), 64), kMaxDepth)) {
    return fail(Errc::system_limit, simdjson::error_message(error));
  }
  const simdjson::padded_string padded(body);
  element root;
  if (const auto error = parser.parse(padded).get(root)) {
    return fail(Errc::malformed, describe(error));
  }
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    return fail(Errc::malformed, "the body must be a JSON object");
  }
  Input input;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : object) {
    if (!seen.insert(name).second) {
      return fail(Errc::malformed, fmt::format("the body has the member \"{}\" twice", name));
    }
    read_member(resource, name, value, input);
  }
  return input;
}

void complete(const Resource& resource, Input& input) {
  const auto has_problem = [&input](std::string_view name) {
    return std::ranges::find(input.problems, name, &FieldProblem::field) != input.problems.end();
  };
  for (const Field& field : resource.fields) {
    if (field.read_only || input.record.has(field.name) || has_problem(field.name)) continue;
    if (field.required) {
      input.problems.push_back({std::string(field.name), std::string(kBlank), {}, 0});
    } else if (field.type == FieldType::strings) {
      input.record.set(field.name, std::string("[]"));
    } else if (field.fallback.empty()) {
      input.record.set(field.name, {});
    } else if (field.type == FieldType::text) {
      input.record.set(field.name, std::string(field.fallback));
    } else {
      input.record.set(field.name, std::int64_t{std::stoll(std::string(field.fallback))});
    }
  }
  if (resource.tags && !input.tags && !has_problem(kTags)) input.tags.emplace();
}

}  // namespace coppice::app::content
