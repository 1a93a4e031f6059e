#include "penstock/model/config_problem.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace penstock {

std::string ConfigMark::to_string() const {
  std::string out = source ? *source : "";
  if (line == 0) return out;
  if (!out.empty()) out += ':';
  return out + std::to_string(line) + ':' + std::to_string(column);
}

std::string_view to_string(ConfigCode code) {
  switch (code) {
    case ConfigCode::TypeMismatch:
      return "TYPE_MISMATCH";
    case ConfigCode::MissingField:
      return "MISSING_FIELD";
    case ConfigCode::UnknownField:
      return "UNKNOWN_FIELD";
    case ConfigCode::SelectorCount:
      return "SELECTOR_COUNT";
    case ConfigCode::EnumValue:
      return "ENUM_VALUE";
    case ConfigCode::OutOfRange:
      return "OUT_OF_RANGE";
    case ConfigCode::Pattern:
      return "PATTERN";
    case ConfigCode::PostProcessing:
      return "POST_PROCESSING";
    case ConfigCode::AliasCollision:
      return "ALIAS_COLLISION";
    case ConfigCode::DuplicateKey:
      return "DUPLICATE_KEY";
    case ConfigCode::Syntax:
      return "SYNTAX";
  }
  return "UNKNOWN";
}

std::string to_string(const ConfigProblem& problem) {
  std::string out = problem.mark.to_string();
  if (!out.empty()) out += problem.mark.line != 0 ? ": " : problem.path.empty() ? "" : " ";
  out += problem.path;
  if (!out.empty() && !out.ends_with(": ")) out += ": ";
  out += problem.message;
  if (!problem.suggestion.empty()) out += "; did you mean " + problem.suggestion + "?";
  return out;
}

Json to_json(const ConfigProblem& problem) {
  Json out = Json::object();
  out["code"] = to_string(problem.code);
  const auto add = [&](const char* key, const std::string& text) {
    if (!text.empty()) out[key] = text;
  };
  add("path", problem.path);
  if (problem.mark.source) add("source", *problem.mark.source);
  if (problem.mark.line != 0) {
    out["line"] = problem.mark.line;
    out["column"] = problem.mark.column;
  }
  add("message", problem.message);
  add("expected", problem.expected);
  add("suggestion", problem.suggestion);
  return out;
}

void sort_problems(std::vector<ConfigProblem>& problems) {
  static const std::string kNone;
  const auto key = [](const ConfigProblem& problem) {
    const auto& mark = problem.mark;
    return std::tuple<const std::string&, std::uint32_t, std::uint32_t>(
        mark.source ? *mark.source : kNone, mark.line, mark.column);
  };
  std::ranges::stable_sort(problems, {}, key);
}

Error config_error(std::span<const ConfigProblem> problems) {
  std::string message;
  for (const auto& problem : problems) {
    if (!message.empty()) message += '\n';
    message += to_string(problem);
  }
  return make_error(ErrorCode::Config, std::move(message), "config_invalid");
}

}  // namespace penstock
