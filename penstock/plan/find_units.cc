#include "penstock/plan/find_units.h"

#include <algorithm>
#include <numeric>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {

namespace {

/// The steps that streams connect, each set under its first step.
std::vector<std::uint32_t> first_of_unit(const RunPlan& plan) {
  std::vector<std::uint32_t> first(plan.steps.size());
  std::iota(first.begin(), first.end(), 0);
  const auto root = [&](std::uint32_t step) {
    while (first[step] != step) step = first[step];
    return step;
  };
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step)
    for (const auto& readers : plan.steps[step].readers)
      for (const auto& reader : readers)
        if (reader.kind == PlannedReader::Kind::Stream) {
          const auto [low, high] = std::minmax({root(step), root(reader.step)});
          first[high] = low;
        }
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step) first[step] = root(step);
  return first;
}

/// A step of the unit that a step of it waits for otherwise than by a stream, or nothing.
std::optional<std::uint32_t> waits_inside(const RunPlan& plan, std::int32_t unit) {
  std::vector<bool> seen(plan.steps.size());
  std::vector<std::uint32_t> way;
  const auto follow = [&](std::uint32_t step) {
    for (const auto& readers : plan.steps[step].readers)
      for (const auto& reader : readers)
        if (reader.kind != PlannedReader::Kind::Stream && !seen[reader.step]) {
          seen[reader.step] = true;
          way.push_back(reader.step);
        }
  };
  for (const auto step : plan.units[std::size_t(unit)]) follow(step);
  while (!way.empty()) {
    const auto step = way.back();
    way.pop_back();
    if (plan.steps[step].unit == unit) return step;
    follow(step);
  }
  return {};
}

}  // namespace

Status find_units(RunPlan& plan) {
  const auto first = first_of_unit(plan);
  std::vector<std::uint32_t> together(first.size());  // steps of the unit that begins with each
  for (const auto step : first) ++together[step];
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step) {
    auto& planned = plan.steps[step];
    for (const auto& readers : planned.readers)
      for (const auto& reader : readers)
        if (reader.kind == PlannedReader::Kind::Stream &&
            plan.steps[reader.step].scope != planned.scope)
          return make_error(ErrorCode::Definition,
                            "step " + quote(plan.steps[reader.step].path) +
                                " reads the stream of " + quote(planned.path) +
                                " from among other items; a stream is read where it is written");
    if (first[step] == step && together[step] == 1) continue;
    if (first[step] == step) {
      planned.unit = narrow<std::int32_t>(plan.units.size());
      plan.units.emplace_back();
    }
    planned.unit = plan.steps[first[step]].unit;
    plan.units[std::size_t(planned.unit)].push_back(step);
    planned.executor = ExecutorKind::Threads;  // batches do not leave the process
  }
  for (std::int32_t unit = 0; std::cmp_less(unit, plan.units.size()); ++unit)
    if (const auto step = waits_inside(plan, unit))
      return make_error(ErrorCode::Definition,
                        "step " + quote(plan.steps[*step].path) +
                            " runs together with steps that it shares a stream with, and also "
                            "waits for one of them to end; give it that value by the stream");
  return {};
}

}  // namespace penstock
