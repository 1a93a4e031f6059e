#include "penstock/cli/command.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>
#include <ostream>

#include "penstock/base/text.h"
#include "penstock/cli/settings.h"

namespace penstock {

ExitCode exit_code_of(const Error& error) {
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

void CommandContext::print(std::string_view text) const { *services.out << text; }

void CommandContext::print_json(const Json& json) const {
  *services.out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void CommandContext::hint(std::string_view text) const {
  if (!global.json && !global.quiet) *services.out << paint(text, Tone::Dim, global.style) << '\n';
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

std::string CommandContext::time_text(Time time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace penstock
