#include "penstock/view/run_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/base/text.h"
#include "penstock/model/config_document.h"

namespace penstock {
namespace {

std::string field(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("{:<10}{}\n", name, one_line(value));
}

std::string tags_text(const Tags& tags) {
  std::string out;
  for (const auto& [key, value] : tags) {
    if (!out.empty()) out += ", ";
    out += key + "=" + value;
  }
  return out;
}

/// Which run it takes up, and the first one of the chain.
std::string again_text(const RunRecord& run) {
  if (run.parent_run.empty()) return {};
  auto text = "from run " + run.parent_run;
  if (!run.root_run.empty() && run.root_run != run.parent_run)
    text += ", first of all " + run.root_run;
  return text;
}

std::string header_text(const RunView& view, Time now, const TimeText& time,
                        const TextStyle& style) {
  const auto& run = view.row.run;
  std::string status = paint(to_string(run.status), tone_of(run.status), style);
  if (view.row.process_gone)
    status += " (process gone: nobody goes on with this run)";
  else
    status += ", " + format_duration(duration_of(run, now));
  std::string out = field("run", run.id.to_string()) + field("job", run.job);
  out += fmt::format("{:<10}{}\n", "status", status);
  out += field("reason", run.error) + field("started", time(run.created));
  if (run.ended != Time{}) out += field("ended", time(run.ended));
  out += field("executor", run.executor) + field("tags", tags_text(run.tags));
  if (run.peak_rss > 0)
    out += field("memory", format_bytes(std::uint64_t(run.peak_rss)) + " at most");
  return out + field("process", fmt::format("{} on {}", run.pid, run.host)) +
         field("build", run.build_id.substr(0, 12)) + field("again", again_text(run));
}

std::string config_text(const std::string& config, const TextStyle& style) {
  const auto parsed = parse_json(config);
  if (!parsed.ok() || parsed->empty()) return {};
  return "\n" + paint("config", Tone::Strong, style) + "\n" +
         indented(trim(to_yaml(from_json(*parsed))), "  ") + "\n";
}

std::vector<FailureView> all_errors(const std::vector<StepView>& steps) {
  std::vector<FailureView> failures;
  for (const auto& step : steps)
    for (const auto& error : step.errors)
      failures.push_back({.step = step.step,
                          .attempt = error.attempt,
                          .error = error.error,
                          .tried_again = step.attempts > error.attempt + 1});
  return failures;
}

}  // namespace

std::string run_view_text(const RunView& view, Time now, const TimeText& time,
                          const TextStyle& style) {
  std::string out = header_text(view, now, time, style) + config_text(view.row.run.config, style);
  if (!view.steps.empty()) out += "\n" + step_table_text(view.steps, style);
  // Every attempt that failed, also where a later one went well; resources belong to no step.
  auto failures = all_errors(view.steps);
  for (const auto& failure : view.progress.failures)
    if (failure.step.empty()) failures.push_back(failure);
  out += failures_text(failures, std::int64_t(failures.size()), style);
  return out + results_text(view.progress, style);
}

}  // namespace penstock
