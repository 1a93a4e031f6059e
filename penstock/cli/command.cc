#include "penstock/cli/command.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <ostream>

#include "penstock/base/characters.h"
#include "penstock/base/json_text.h"
#include "penstock/base/text.h"
#include "penstock/cli/local_time.h"
#include "penstock/cli/settings.h"

namespace penstock {

ExitCode exit_code_of(const Error& error) {
  if (error.kind == "ambiguous_run") return ExitCode::Usage;
  switch (error.code) {
    case ErrorCode::Definition:
    case ErrorCode::Config:
      return ExitCode::Usage;
    case ErrorCode::NotFound:
      return ExitCode::NotFound;
    case ErrorCode::Refused:
      return ExitCode::Refused;
    case ErrorCode::Canceled:
      return ExitCode::Interrupted;
    default:
      return ExitCode::Failed;
  }
}

std::string ParsedArguments::value(const std::string& name, std::string fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::move(fallback) : found->second.back();
}

std::vector<std::string> ParsedArguments::values(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::optional<std::int64_t>> ParsedArguments::number(const std::string& name,
                                                            std::int64_t least) const {
  if (!has(name)) return std::optional<std::int64_t>{};
  const std::string text = value(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least)
    return make_error(
        ErrorCode::Config,
        fmt::format("--{}: {} is not a whole number of at least {}", name, quote(text), least));
  return std::optional(number);
}

Result<Micros> ParsedArguments::duration(const std::string& name) const {
  auto parsed = parse_duration(value(name));
  if (parsed.ok()) return parsed;
  return make_error(ErrorCode::Config, "--" + name + ": " + parsed.error().message);
}

void CommandContext::print(std::string_view text) const { *services.out << text; }

std::string json_text(const Json& json) {
  std::string out;
  const auto text = json_to_text(json, 2);
  each_character(text, [&](std::string_view character, std::optional<char32_t> code) {
    if (code && *code >= 0x7f && is_control(*code))
      out += fmt::format("\\u{:04x}", std::uint32_t{*code});
    else
      out += character;
  });
  return out + "\n";
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == text.npos) return std::string(text);
  return "'" + join(split(text, '\''), "'\\''") + "'";
}

void CommandContext::print_json(const Json& json) const { print(json_text(json)); }

void CommandContext::hint(std::string_view text) const {
  if (!global.json && !global.quiet) print(paint(printable(text), Tone::Dim, global.style) + "\n");
}

void CommandContext::warn(std::string_view text) const {
  *services.err << "warning: " << printable(text) << '\n';
}

Result<std::shared_ptr<const LoadedSettings>> CommandContext::settings() const {
  if (!settings_) {
    auto loaded = PENSTOCK_TRY(read_settings(global.home, services.environment));
    for (const auto& warning : loaded.warnings) warn(warning);
    settings_ = std::make_shared<const LoadedSettings>(std::move(loaded));
  }
  return settings_;
}

std::string CommandContext::called() const {
  if (global.home_from != "--home") return services.program;
  return services.program + " --home " + shell_word(global.home.string());
}

std::string CommandContext::time_text(Time time) {
  const auto local = local_time(time);
  return local.date + " " + local.clock + " " + local.zone;
}

}  // namespace penstock
