#include "app/cli/completion.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace coppice::app::cli {
namespace {

/// Finds out which command the words before the cursor name.
constexpr std::string_view kFindCommand = R"(    case "$command $word" in
      {}) command="${{command:+$command }}$word" ;;
    esac
)";

/// In single quotes, for a shell.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::pair<std::string, std::string> split_path(const std::string& path) {
  const auto space = path.rfind(' ');
  if (space == std::string::npos) return {"", path};
  return {path.substr(0, space), path.substr(space + 1)};
}

/// A pattern for each command: `" backup"|"backup create"`.
std::string patterns(const std::vector<CommandInfo>& commands) {
  std::string out;
  for (const auto& command : commands) {
    if (command.path.empty()) continue;
    const auto [parent, name] = split_path(command.path);
    out += fmt::format("{}\"{} {}\"", out.empty() ? "" : "|", parent, name);
  }
  return out;
}

std::string meaning_of_child(const std::vector<CommandInfo>& commands, const CommandInfo& parent,
                             const std::string& name) {
  const auto path = parent.path.empty() ? name : parent.path + " " + name;
  const auto found = std::ranges::find(commands, path, &CommandInfo::path);
  return found == commands.end() ? "" : found->meaning;
}

std::string zsh_item(std::string_view name, std::string_view meaning) {
  std::string item(name);
  if (!meaning.empty()) item += ":";
  for (const char c : meaning) {
    if (c == ':') item += '\\';
    item += c;
  }
  return shell_quoted(item);
}

}  // namespace

std::string bash_completion(const std::vector<CommandInfo>& commands) {
  std::string out =
      "# Completion of coppice for bash: source <(coppice completion bash)\n"
      "_coppice() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} command= word words= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n";
  out += fmt::format(fmt::runtime(kFindCommand), patterns(commands));
  out += "  done\n  case \"$command\" in\n";
  for (const auto& command : commands) {
    std::string words;
    for (const auto& child : command.children) words += child + " ";
    for (const auto& option : command.options) {
      if (option.is_argument) continue;
      for (const auto& name : option.names) words += name + " ";
    }
    if (!words.empty()) words.pop_back();
    out += fmt::format("    \"{}\") words=\"{}\" ;;\n", command.path, words);
  }
  return out +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _coppice coppice\n";
}

std::string zsh_completion(const std::vector<CommandInfo>& commands) {
  std::string out =
      "#compdef coppice\n"
      "# Completion of coppice for zsh: source <(coppice completion zsh), after compinit\n"
      "_coppice() {\n"
      "  local command= word\n"
      "  local -i i\n"
      "  local -a items\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    word=${words[i]}\n";
  out += fmt::format(fmt::runtime(kFindCommand), "(" + patterns(commands));
  out += "  done\n  case \"$command\" in\n";
  for (const auto& command : commands) {
    out += fmt::format("    (\"{}\") items=(\n", command.path);
    for (const auto& child : command.children) {
      out += "      " + zsh_item(child, meaning_of_child(commands, command, child)) + "\n";
    }
    for (const auto& option : command.options) {
      if (option.is_argument) continue;
      for (const auto& name : option.names) out += "      " + zsh_item(name, option.meaning) + "\n";
    }
    out += "      ) ;;\n";
  }
  return out +
         "  esac\n"
         "  _describe coppice items || _files\n"
         "}\n"
         "# Loaded by its name, from a folder of completions, it has to complete as well.\n"
         "if [[ $funcstack[1] == _coppice ]]; then\n"
         "  _coppice \"$@\"\n"
         "else\n"
         "  compdef _coppice coppice\n"
         "fi\n";
}

std::string fish_completion(const std::vector<CommandInfo>& commands) {
  std::string out = "# Completion of coppice for fish: coppice completion fish | source\n";
  for (const auto& command : commands) {
    std::string when = "__fish_use_subcommand";
    if (!command.path.empty()) {
      when = "__fish_seen_subcommand_from " + split_path(command.path).second;
      const auto parent = split_path(command.path).first;
      if (!parent.empty()) when += "; and __fish_seen_subcommand_from " + parent;
    }
    for (const auto& child : command.children) {
      out += fmt::format("complete -c coppice -n {} -a {} -d {}\n", shell_quoted(when), child,
                         shell_quoted(meaning_of_child(commands, command, child)));
    }
    for (const auto& option : command.options) {
      if (option.is_argument) continue;
      std::string names;
      for (const auto& name : option.names) {
        const bool is_long = name.starts_with("--");
        names += (is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1);
      }
      out += fmt::format("complete -c coppice -n {}{}{} -d {}\n", shell_quoted(when), names,
                         option.takes_value ? " -r" : "", shell_quoted(option.meaning));
    }
  }
  return out;
}

}  // namespace coppice::app::cli
