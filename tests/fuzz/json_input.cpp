#include <string>
#include <variant>

#include <boost/json/parse.hpp>

#include "app/content/resource/field_error.hpp"
#include "app/content/resource/input.hpp"
#include "app/content/resources.hpp"
#include "app/content/unicode.hpp"
#include "fuzz/target.hpp"
#include "net/utf8.hpp"

/// The JSON body of a write, for each resource that clients write.
namespace coppice::fuzz {
namespace {

using namespace app::content;  // NOLINT(google-build-using-namespace): what is under test

void check_text(const Field& field, const std::string& text) {
  expect(net::is_utf8(text), "a text is UTF-8");
  expect(!text.contains('\0'), "a text has no NUL");
  if (field.type == FieldType::text) {
    expect(count_characters(text) <= field.max_length, "a text is no longer than it may be");
    expect(!field.pattern || field.pattern->matches(text), "a text has its field's form");
  }
  if (field.type == FieldType::time) expect(text.size() == 19, "a time has its one form");
  if (field.type == FieldType::strings) {
    expect(boost::json::parse(text).is_array(), "a list is stored as a list");
  }
}

void check_record(const Resource& resource, const Input& input) {
  for (const auto& entry : input.record.entries()) {
    const auto* field = resource.field(entry.column);
    expect(field != nullptr && !field->read_only, "only what clients may write is written");
    if (const auto* text = std::get_if<std::string>(&entry.value)) check_text(*field, *text);
    if (field->type == FieldType::boolean) {
      const auto* number = std::get_if<std::int64_t>(&entry.value);
      expect(number != nullptr && (*number == 0 || *number == 1), "a boolean is 0 or 1");
    }
  }
  if (!input.tags) return;
  expect(resource.tags.has_value(), "only what has tags gets some");
  expect(input.tags->size() <= kMaxListItems, "there are no more tags than there may be");
  for (const auto& tag : *input.tags) {
    expect(net::is_utf8(tag) && !tag.empty() && !tag.contains('\0'), "a tag is a text");
  }
}

void check_problems(const FieldProblems& problems) {
  if (problems.empty()) return;
  const auto json = problems_json(to_error(problems));
  expect(json && boost::json::parse(*json).is_object(), "problems can be told");
}

void run(std::string_view input) {
  for (const auto& table : content_catalogue()->tables()) {
    const auto& resource = table->resource();
    auto parsed = parse_input(resource, input);
    if (!parsed) continue;
    expect(net::is_utf8(input), "JSON is UTF-8");
    check_record(resource, *parsed);
    check_problems(parsed->problems);
    complete(resource, *parsed);
    check_problems(parsed->problems);
  }
}

const Registration kRegistration("json_input", run);

}  // namespace
}  // namespace coppice::fuzz
