#include "app/content/field_problems.hpp"

#include "app/content/json_writer.hpp"

namespace coppice::app::content {

std::map<std::string, std::vector<std::string>> by_field(const FieldProblems& problems) {
  std::map<std::string, std::vector<std::string>> grouped;
  for (const FieldProblem& problem : problems) {
    grouped[problem.field].push_back(problem.message);
  }
  return grouped;
}

std::string to_json(const FieldProblems& problems) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [field, messages] : by_field(problems)) {
    json.escaped_key(field).strings(messages);  // unknown fields are named by clients
  }
  json.end_object();
  return std::move(json).take();
}

std::string to_sentence(const FieldProblems& problems) {
  std::string sentence;
  for (const FieldProblem& problem : problems) {
    if (!sentence.empty()) sentence += "; ";
    sentence += problem.field + ' ' + problem.message;
    if (!problem.detail.empty()) sentence += ": " + problem.detail;
  }
  return sentence;
}

std::size_t first_line(const FieldProblems& problems) noexcept {
  for (const FieldProblem& problem : problems) {
    if (problem.line != 0) return problem.line;
  }
  return 0;
}

}  // namespace coppice::app::content
