#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/view/run_text.h"

namespace penstock {
namespace {

constexpr std::size_t kWidestBar = 30;
constexpr Micros kShortestLeft = std::chrono::seconds(1);

std::string count(std::int64_t number) {
  return format_count(std::uint64_t(std::max<std::int64_t>(number, 0)));
}

std::string bar(double part, std::size_t terminal) {
  const std::size_t width =
      terminal == 0 ? kWidestBar : std::min(kWidestBar, std::max<std::size_t>(terminal / 4, 1));
  const auto full = std::size_t(std::clamp(part, 0.0, 1.0) * double(width));
  std::string out;
  for (std::size_t i = 0; i < width; ++i) out += i < full ? "█" : "░";
  return out;
}

std::string head_line(const ProgressView& view, const LiveOptions& options, std::size_t width) {
  const auto& run = view.run;
  const auto ended = run.steps.ended();
  std::string line;
  if (view.known_steps > 0) {
    line = fmt::format("{} {} of {}{} steps", bar(double(ended) / double(view.known_steps), width),
                       count(ended), count(view.known_steps), view.all_known ? "" : "+");
  } else {
    line = fmt::format("{} steps", count(ended));
  }
  if (run.steps.running > 0) line += fmt::format(", {} running", count(run.steps.running));
  if (run.steps.failed > 0) line += fmt::format(", {} failed", count(run.steps.failed));
  line += "   " + format_duration(elapsed(view.started, options.now));
  if (options.left && *options.left >= kShortestLeft && run.status == RunStatus::Started)
    line += ", about " + format_duration(*options.left) + " left";
  return line;
}

std::string totals_line(const ProgressView& view, const LiveOptions& options) {
  std::string line;
  if (const auto rows = view.rows(); rows > 0) {
    const auto took = std::max<std::int64_t>(elapsed(view.started, options.now).count(), 1);
    const auto rate = std::int64_t(double(rows) / double(took) * 1e6);
    line = fmt::format("{} rows, {} rows/s", count(rows), count(rate));
  }
  if (const auto checks = check_counts(view.run); !checks.empty())
    line += (line.empty() ? "checks " : "   checks ") + checks;
  return line;
}

std::string op_line(const OpView& op, std::size_t name_width) {
  const auto& steps = op.steps;
  std::string line = "  " + one_line(op.op) +
                     std::string(name_width - std::min(name_width, display_width(op.op)), ' ');
  line += op.known > 0 ? fmt::format("  {:>7} of {:<7}", count(steps.ended()), count(op.known))
                       : fmt::format("  {:>7}           ", count(steps.ended()));
  if (steps.running > 0) line += fmt::format("  {} running", count(steps.running));
  if (steps.failed > 0) line += fmt::format("  {} failed", count(steps.failed));
  if (steps.retried > 0) line += fmt::format("  {} retried", count(steps.retried));
  if (steps.succeeded > 0)
    line += fmt::format("  {} each", format_duration(op.total / steps.succeeded));
  return line;
}

std::string running_line(const RunningStepView& step, Instant now) {
  std::string line = fmt::format("  > {}  {}", one_line(step.step),
                                 format_duration(elapsed(step.since, now)));
  const std::string unit = step.unit.empty() ? "" : " " + one_line(step.unit);
  if (step.total > 0) {
    line += fmt::format("  {} of {}{} ({} %)", count(step.done), count(step.total), unit,
                        step.done * 100 / step.total);
  } else if (step.done > 0) {
    line += fmt::format("  {}{}", count(step.done), unit);
  }
  return line;
}

// Ops that have something to tell first: running ones, then those that have begun.
std::vector<const OpView*> ops_to_show(const ProgressView& view, std::size_t most) {
  std::vector<const OpView*> ops;
  for (const auto& op : view.ops) ops.push_back(&op);
  if (ops.size() <= most) return ops;
  const auto rank = [](const OpView* op) {
    if (op->steps.running > 0) return 0;
    const bool is_begun = op->steps.ended() > 0;
    return is_begun && op->steps.ended() < op->known ? 1 : is_begun ? 3 : 2;
  };
  std::stable_sort(ops.begin(), ops.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  ops.resize(most);
  return ops;
}

std::vector<const RunningStepView*> oldest_running(const ProgressView& view, std::size_t most) {
  std::vector<const RunningStepView*> steps;
  for (const auto& step : view.running) steps.push_back(&step);
  const auto end = steps.begin() + std::ptrdiff_t(std::min(most, steps.size()));
  std::partial_sort(steps.begin(), end, steps.end(),
                    [](const auto* a, const auto* b) { return a->since < b->since; });
  steps.erase(end, steps.end());
  return steps;
}

}  // namespace

std::vector<std::string> live_lines(const ProgressView& view, const LiveOptions& options,
                                    const TextStyle& style) {
  const std::size_t room = std::max<std::size_t>(options.height, 8) - 6;
  const auto ops = ops_to_show(view, std::max<std::size_t>(room * 2 / 3, 1));
  std::size_t name_width = 0;
  for (const auto* op : ops) name_width = std::max(name_width, display_width(op->op));
  if (style.width > 0) name_width = std::min(name_width, style.width / 2);

  std::vector<std::string> lines{head_line(view, options, style.width)};
  if (auto totals = totals_line(view, options); !totals.empty()) lines.push_back(std::move(totals));
  for (const auto* op : ops) lines.push_back(op_line(*op, name_width));
  for (const auto* step : oldest_running(view, std::max<std::size_t>(room / 3, 1)))
    lines.push_back(running_line(*step, options.now));
  if (!options.notice.empty()) lines.push_back(options.notice);
  if (style.width > 0)
    for (auto& line : lines) line = truncate_to_width(line, style.width - 1);
  for (std::size_t i = 1; i < lines.size(); ++i)
    lines[i] = paint(lines[i], lines[i].starts_with("  >") ? Tone::Dim : Tone::Plain, style);
  return lines;
}

}  // namespace penstock
