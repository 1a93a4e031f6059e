#include "penstock/view/run_text.h"

#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/view/text_table.h"

namespace penstock {
namespace {

std::string count(std::int64_t number) {
  return number < 0 ? "-" + format_count(std::uint64_t(-number))
                    : format_count(std::uint64_t(number));
}

std::string count_or_blank(std::int64_t number) { return number == 0 ? "" : count(number); }

std::string counted(std::int64_t number, std::string_view word) {
  return fmt::format("{} {}{}", count(number), word, number == 1 ? "" : "s");
}

std::string heading(std::string_view text, const TextStyle& style) {
  return "\n" + paint(text, Tone::Strong, style) + "\n";
}

std::string steps_cell(const RunRecord& run) {
  const auto& steps = run.steps;
  std::string text = count(steps.ended());
  if (steps.failed > 0) text += fmt::format(", {} failed", count(steps.failed));
  if (steps.running > 0) text += fmt::format(", {} running", count(steps.running));
  return text;
}

std::string metadata_text(const Metadata& metadata) {
  std::string out;
  for (const auto& [name, value] : metadata) {
    if (!out.empty()) out += "  ";
    out += name + "=" + value.display();
  }
  return out;
}

std::string outputs_cell(const StepView& step) {
  if (step.output_count == 0) return step.reason;
  if (step.output_count > 1) {
    std::string keys;
    for (const auto& output : step.outputs) {
      if (keys.size() > 60) break;
      if (!keys.empty()) keys += ", ";
      keys += output.mapping_key.empty() ? output.output : output.mapping_key;
    }
    return fmt::format("{} outputs: {}", count(step.output_count), keys);
  }
  const auto& output = step.outputs.front();
  std::string text = output.value_type;
  if (!output.mapping_key.empty()) text += " [" + output.mapping_key + "]";
  if (!output.metadata.empty()) text += "  " + metadata_text(output.metadata);
  return text;
}

std::string ops_table(const ProgressView& view, const TextStyle& style) {
  std::vector<TableColumn> columns{{"OP", Align::Left, true}, {"STEPS", Align::Right},
                                   {"FAILED", Align::Right},  {"RETRIED", Align::Right},
                                   {"NOT RUN", Align::Right}, {"TOTAL", Align::Right},
                                   {"LONGEST", Align::Right}, {"LONGEST STEP", Align::Left, true}};
  const bool has_reused = view.run.steps.reused > 0;
  if (has_reused) columns.insert(columns.begin() + 2, {"REUSED", Align::Right});
  TextTable table(std::move(columns));
  for (const auto& op : view.ops) {
    const auto& steps = op.steps;
    const bool has_time = steps.succeeded > 0;
    std::vector<TableCell> cells{
        op.op,
        count_or_blank(steps.succeeded + steps.failed),
        {count_or_blank(steps.failed), Tone::Bad},
        {count_or_blank(steps.retried), Tone::Warn},
        {count_or_blank(steps.skipped + steps.upstream_failed + steps.canceled), Tone::Dim},
        has_time ? format_duration(op.total) : "",
        has_time ? format_duration(op.longest) : "",
        {op.longest_step != op.op ? op.longest_step : "", Tone::Dim}};
    if (has_reused) cells.insert(cells.begin() + 2, {count_or_blank(steps.reused), Tone::Dim});
    table.add(std::move(cells));
  }
  return table.to_text(style);
}

std::string closing_line(const ProgressView& view, const TextStyle& style) {
  const auto& run = view.run;
  const Micros duration = duration_of(run, run.ended);
  std::string text = paint(to_string(run.status), tone_of(run.status), style);
  text += fmt::format("  {}  {} in {}", one_line(run.job), counted(run.steps.ended(), "step"),
                      format_duration(duration));
  if (run.steps.reused > 0) text += fmt::format(", {} reused", count(run.steps.reused));
  if (run.peak_rss > 0)
    text += fmt::format(", peak memory {}", format_bytes(std::uint64_t(run.peak_rss)));
  return text + "\n";
}

/// Why the run ended so, where no failure of a step tells.
std::string reason_line(const ProgressView& view) {
  const auto& run = view.run;
  const bool is_told = !view.failures.empty() && run.failure_reason != "MAX_RUNTIME";
  return run.error.empty() || is_told ? "" : "  " + one_line(run.error) + "\n";
}

std::string check_line(const CheckView& check, const TextStyle& style) {
  const bool is_warning = check.severity == "WARN";
  std::string name = one_line(check.asset);
  if (!check.partition.empty()) name += " [" + one_line(check.partition) + "]";
  std::string line = fmt::format(
      "  {}  {}: {}",
      paint(is_warning ? "warned" : "failed", is_warning ? Tone::Warn : Tone::Bad, style), name,
      one_line(check.check));
  if (!check.description.empty()) line += ": " + one_line(check.description);
  if (!check.metadata.empty()) line += "  (" + one_line(metadata_text(check.metadata)) + ")";
  return line + "\n";
}

std::string checks_text(const ProgressView& view, const TextStyle& style) {
  const std::string counts = check_counts(view.run);
  if (counts.empty()) return {};
  std::string out = heading("checks: " + counts, style);
  for (const auto& check : view.failed_checks) out += check_line(check, style);
  const auto listed = std::int64_t(view.failed_checks.size());
  const auto all = view.run.checks_warned + view.run.checks_failed;
  if (all > listed) out += fmt::format("  and {} more\n", count(all - listed));
  return out;
}

std::string assets_text(const ProgressView& view, const TextStyle& style) {
  TextTable table({{"ASSET", Align::Left, true},
                   {"MATERIALIZATIONS", Align::Right},
                   {"ROWS", Align::Right},
                   {"SIZE", Align::Right}});
  for (const auto& asset : view.assets)
    table.add({asset.asset, count(asset.materializations), count_or_blank(asset.rows),
               asset.bytes > 0 ? format_bytes(std::uint64_t(asset.bytes)) : ""});
  return table.empty() ? "" : "\n" + table.to_text(style);
}

}  // namespace

Tone tone_of(RunStatus status) {
  switch (status) {
    case RunStatus::Success:
      return Tone::Good;
    case RunStatus::Failure:
      return Tone::Bad;
    case RunStatus::Canceling:
    case RunStatus::Canceled:
      return Tone::Warn;
    default:
      return Tone::Active;
  }
}

Tone tone_of(StepStatus status) {
  switch (status) {
    case StepStatus::Success:
      return Tone::Good;
    case StepStatus::Failure:
      return Tone::Bad;
    case StepStatus::Running:
      return Tone::Active;
    case StepStatus::Retrying:
    case StepStatus::Canceled:
      return Tone::Warn;
    default:
      return Tone::Dim;
  }
}

Micros duration_of(const RunRecord& run, Time now) {
  // Only the wall clock says how long the run of another process has been running.
  return is_final(run.status) ? run.duration : std::max(now - run.created, Micros());
}

std::string check_counts(const RunRecord& run) {
  std::string out;
  const auto add = [&](std::int64_t number, std::string_view word) {
    if (number == 0) return;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", count(number), word);
  };
  add(run.checks_passed, "passed");
  add(run.checks_warned, "warned");
  add(run.checks_failed, "failed");
  return out;
}

std::string run_list_text(const std::vector<RunRow>& rows, Time now, const TimeText& time,
                          const TextStyle& style) {
  TextTable table({{"RUN"},
                   {"JOB", Align::Left, true},
                   {"STATUS", Align::Left},
                   {"STARTED"},
                   {"DURATION", Align::Right},
                   {"STEPS", Align::Right},
                   {"CHECKS", Align::Left, true}});
  for (const auto& row : rows) {
    const auto& run = row.run;
    std::string status(to_string(run.status));
    if (row.process_gone) status += " (process gone)";
    table.add({run.id.short_text(),
               run.job,
               {status, row.process_gone ? Tone::Warn : tone_of(run.status)},
               time(run.created),
               row.process_gone ? "" : format_duration(duration_of(run, now)),
               steps_cell(run),
               {check_counts(run), run.checks_failed > 0 ? Tone::Bad : Tone::Plain}});
  }
  return table.to_text(style);
}

std::string step_table_text(const std::vector<StepView>& steps, const TextStyle& style) {
  TextTable table({{"STEP", Align::Left, true},
                   {"STATUS"},
                   {"ATTEMPTS", Align::Right},
                   {"DURATION", Align::Right},
                   {"OUTPUT", Align::Left, true}});
  for (const auto& step : steps) {
    const bool ended = step.status == StepStatus::Success || step.status == StepStatus::Failure;
    table.add({step.step,
               {std::string(to_string(step.status)), tone_of(step.status)},
               count_or_blank(step.attempts),
               ended ? format_duration(step.duration) : "",
               outputs_cell(step)});
  }
  return table.to_text(style);
}

std::string failures_text(const std::vector<FailureView>& failures, std::int64_t count_of_all,
                          const TextStyle& style) {
  if (failures.empty()) return {};
  std::string out = heading("failures", style);
  for (const auto& failure : failures) {
    const std::string step = failure.step.empty() ? "the run itself" : one_line(failure.step);
    out += "  " + paint(step, Tone::Bad, style);
    if (failure.attempt > 0 || failure.tried_again)
      out += fmt::format("  attempt {}", failure.attempt + 1);
    if (failure.tried_again) out += paint(", tried again", Tone::Dim, style);
    out += "\n" + indented(failure.error.message, "    ") + "\n";
    for (const auto& context : failure.error.context)
      out += paint(indented("in " + context, "      "), Tone::Dim, style) + "\n";
    if (!failure.error.detail.empty())
      out += paint(indented(failure.error.detail, "      "), Tone::Dim, style) + "\n";
  }
  const auto listed = std::int64_t(failures.size());
  if (count_of_all > listed) out += fmt::format("  and {} more\n", count(count_of_all - listed));
  return out;
}

std::string results_text(const ProgressView& view, const TextStyle& style) {
  return checks_text(view, style) + assets_text(view, style);
}

std::string report_text(const ProgressView& view, const TextStyle& style) {
  std::string out = ops_table(view, style);
  out += failures_text(view.failures, view.failure_count, style);
  out += results_text(view, style);
  if (view.warnings + view.errors > 0)
    out += fmt::format("\nlogged: {}, {}\n", counted(view.warnings, "warning"),
                       counted(view.errors, "error"));
  return out + "\n" + closing_line(view, style) + reason_line(view);
}

}  // namespace penstock
