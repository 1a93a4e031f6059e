// Explanations as text and as JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/view/explain.h"
#include "penstock/view/text_table.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

Json list_of(const std::vector<CriticalStep>& steps) {
  Json list = Json::array();
  for (const auto& step : steps)
    list.push_back({{"step", step.step},
                    {"waited_us", step.waited.count()},
                    {"waited_for", step.waited_for},
                    {"took_us", step.took.count()}});
  return list;
}

std::string table_of(const std::vector<CriticalStep>& steps, const TextStyle& style) {
  TextTable table({{"STEP", Align::Left, true},
                   {"TOOK", Align::Right},
                   {"WAITED", Align::Right},
                   {"FOR", Align::Left, true}});
  for (const auto& step : steps)
    table.add(
        {step.step, format_duration(step.took), format_duration(step.waited), step.waited_for});
  return table.to_text(style, "  ");
}

std::string attempt_text(const ExplainedAttempt& attempt, const TimeText& time) {
  auto text = fmt::format("  attempt {}  {}", attempt.attempt + 1, time(attempt.started));
  if (attempt.waited > Micros(0))
    text += fmt::format(", waited {} for {}", format_duration(attempt.waited),
                        one_line(attempt.waited_for));
  if (attempt.memory > 0)
    text += fmt::format(", reserved {}", format_bytes(std::uint64_t(attempt.memory)));
  if (attempt.took > Micros(0)) text += ", took " + format_duration(attempt.took);
  text += "\n";
  if (attempt.error) text += "    failed: " + one_line(attempt.error->to_string()) + "\n";
  if (attempt.retry_delay > Micros(0))
    text += "    tried again after " + format_duration(attempt.retry_delay) + "\n";
  else if (!attempt.retry_reason.empty())
    text += "    tried again: " + attempt.retry_reason + "\n";
  return text;
}

Json block_json(const ExplainedBlock& blocked) {
  const auto& told = blocked.told;
  return {{"reason", told.reason},
          {"pool", told.pool},
          {"wanted", told.wanted},
          {"free", told.free},
          {"held", told.held},
          {"holders", told.holders},
          {"since", time_json(blocked.since)},
          {"place", blocked.place},
          {"of", blocked.of}};
}

}  // namespace

std::string explanation_text(const StepExplanation& explained, const TimeText& time,
                             const TextStyle& style) {
  auto text = paint(one_line(explained.step), Tone::Strong, style);
  text += "  " + explained.status + "\n" + one_line(explained.reason) + "\n";
  if (!explained.inputs.empty()) {
    TextTable inputs({{"INPUT", Align::Left, true}, {"STATUS"}, {"READY"}});
    for (const auto& input : explained.inputs)
      inputs.add({input.step, input.status, input.ready == Time{} ? "" : time(input.ready)});
    text += "\ninputs\n" + inputs.to_text(style, "  ");
  }
  if (!explained.attempts.empty()) text += "\nattempts\n";
  for (const auto& attempt : explained.attempts) text += attempt_text(attempt, time);
  if (explained.chain.size() > 1)
    text += "\nhow the failure came here\n  " + one_line(join(explained.chain, " <- ")) + "\n";
  if (explained.chain.size() > 1 && explained.root_error)
    text += "  " + one_line(explained.root_error->to_string()) + "\n";
  return text;
}

std::string explanation_text(const RunExplanation& explained, const TextStyle& style) {
  std::string text;
  if (!explained.critical_path.empty())
    text += "critical path\n" + table_of(explained.critical_path, style);
  if (!explained.waiting.empty()) text += "\nwaiting\n";
  for (const auto& waiting : explained.waiting)
    text += fmt::format("  {}: {}\n", one_line(waiting.step), one_line(waiting.reason));
  if (!explained.failures.empty()) text += "\nfailures\n";
  for (const auto& failure : explained.failures)
    text += fmt::format("  {}: {}\n    {} step{} did not run because of it\n",
                        one_line(failure.step), one_line(failure.error.to_string()), failure.lost,
                        failure.lost == 1 ? "" : "s");
  if (!explained.longest_waits.empty())
    text += "\nlongest waits\n" + table_of(explained.longest_waits, style);
  return text.empty() ? "no step has begun\n" : text;
}

Json explanation_json(const StepExplanation& explained) {
  Json json{{"step", explained.step}, {"status", explained.status}, {"reason", explained.reason}};
  json["inputs"] = Json::array();
  for (const auto& input : explained.inputs)
    json["inputs"].push_back(
        {{"step", input.step}, {"status", input.status}, {"ready", time_json(input.ready)}});
  json["attempts"] = Json::array();
  for (const auto& attempt : explained.attempts) {
    Json shown{{"attempt", attempt.attempt},
               {"started", time_json(attempt.started)},
               {"waited_us", attempt.waited.count()},
               {"waited_for", attempt.waited_for},
               {"memory", attempt.memory},
               {"took_us", attempt.took.count()}};
    shown["error"] = attempt.error ? error_json(*attempt.error) : Json();
    shown["retry_delay_us"] = attempt.retry_delay.count();
    shown["retry_reason"] = attempt.retry_reason;
    json["attempts"].push_back(std::move(shown));
  }
  json["chain"] = explained.chain;
  json["root_error"] = explained.root_error ? error_json(*explained.root_error) : Json();
  json["missing"] = explained.missing;
  json["running"] = explained.running;
  json["blocked"] = explained.blocked ? block_json(*explained.blocked) : Json();
  return json;
}

Json explanation_json(const RunExplanation& explained) {
  Json json{{"critical_path", list_of(explained.critical_path)}};
  json["failures"] = Json::array();
  for (const auto& failure : explained.failures)
    json["failures"].push_back({{"step", failure.step},
                                {"error", error_json(failure.error)},
                                {"lost_steps", failure.lost}});
  json["longest_waits"] = list_of(explained.longest_waits);
  json["waiting"] = Json::array();
  for (const auto& waiting : explained.waiting) {
    auto shown = block_json(waiting.blocked);
    shown["step"] = waiting.step;
    json["waiting"].push_back(std::move(shown));
  }
  return json;
}

}  // namespace penstock
