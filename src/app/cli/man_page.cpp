#include "app/cli/man_page.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "app/cli/exit.hpp"
#include "app/config.hpp"
#include "app/version.hpp"

namespace coppice::app::cli {
namespace {

/// Takes the first character off @p text, which is UTF-8 and not empty.
char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (lead < 0x80U) return lead;
  char32_t character = lead < 0xE0U ? lead & 0x1FU : lead < 0xF0U ? lead & 0x0FU : lead & 0x07U;
  while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0U) == 0x80U) {
    character = character << 6U | (static_cast<unsigned char>(text.front()) & 0x3FU);
    text.remove_prefix(1);
  }
  return character;
}

/// Text that roff takes as text, in ASCII.
std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  while (!text.empty()) {
    const char32_t c = take_character(text);
    if (line_begins && (c == U'.' || c == U'\'')) out += "\\&";
    line_begins = c == U'\n';
    if (c == U'\\') {
      out += "\\e";
    } else if (c == U'-') {
      out += "\\-";
    } else if (c < 0x80U) {
      out += static_cast<char>(c);
    } else {
      out += fmt::format("\\[u{:04X}]", static_cast<std::uint32_t>(c));
    }
  }
  return out;
}

std::string option_names(const OptionInfo& option) {
  std::string out;
  for (const auto& name : option.names) out += (out.empty() ? "" : ", ") + name;
  return out + (option.takes_value && !option.is_argument ? " VALUE" : "");
}

std::string synopsis(const CommandInfo& command) {
  std::string out = "coppice" + (command.path.empty() ? "" : " " + command.path);
  if (!command.children.empty()) out += " COMMAND";
  for (const auto& option : command.options) {
    if (!option.is_argument) continue;
    out += option.is_required ? " " + option.names.front() : " [" + option.names.front() + "]";
  }
  return out;
}

void add_tagged(std::string& out, std::string_view tag, std::string_view meaning) {
  out += fmt::format(".TP\n.B {}\n{}\n", roff(tag), roff(meaning.empty() ? "\n" : meaning));
}

/// The environment, which help has behind the examples, has a section of its own here.
void add_examples(std::string& out, std::string_view footer) {
  if (!footer.starts_with("Example")) return;
  out += ".PP\n.nf\n" + roff(footer.substr(0, footer.find("\n\nEnvironment"))) + "\n.fi\n";
}

void add_page_of(std::string& out, const CommandInfo& command) {
  out += fmt::format(".SS {}\n{}.\n", roff(synopsis(command)), roff(command.meaning));
  for (const auto& option : command.options) {
    if (std::ranges::find(option.names, "--help") != option.names.end()) continue;
    add_tagged(out, option_names(option), option.meaning);
  }
  if (command.children.empty()) add_examples(out, command.footer);  // a group has its commands'
}

void add_environment(std::string& out) {
  out += ".SH ENVIRONMENT\n";
  for (const auto& variable : config_variables()) {
    auto meaning = std::string(variable.meaning);
    if (!variable.fallback.empty()) meaning += fmt::format(" (default: {})", variable.fallback);
    add_tagged(out, variable.name, meaning);
  }
  add_tagged(out, "NO_COLOR", "if it is set and not empty, nothing is coloured");
}

void add_exit_codes(std::string& out) {
  out += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitMeanings) {
    add_tagged(out, fmt::format("{}", static_cast<int>(code)), meaning);
  }
}

}  // namespace

std::string man_page(const std::vector<CommandInfo>& commands) {
  std::string out = fmt::format(
      ".TH COPPICE 1 \"\" \"coppice {}\" \"User Commands\"\n"
      ".SH NAME\ncoppice \\- {}\n"
      ".SH SYNOPSIS\n.B coppice\nCOMMAND [OPTIONS]\n"
      ".SH DESCRIPTION\n"
      ".B coppice server\nruns a server; the other commands look after it and its database. What "
      "asks a running server does so over its admin socket.\n"
      ".SH COMMANDS\n",
      roff(kVersion), "a backend whose every part is an actor that grows back");
  for (const auto& command : commands) {
    // What only has commands of its own is told with those.
    if (!command.path.empty() && command.children.empty()) add_page_of(out, command);
  }
  add_environment(out);
  add_exit_codes(out);
  return out;
}

}  // namespace coppice::app::cli
