#include "penstock/plan/plan_reexecution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/plan/fates.h"
#include "penstock/plan/known_copies.h"
#include "penstock/plan/limit_plan.h"

namespace penstock {
namespace {

constexpr std::array<std::string_view, 4> kStrategies = {"ALL_STEPS", "FROM_FAILURE", "FROM_STEPS",
                                                         "SELECTED"};
constexpr std::size_t kNamed = 10;  // steps that a notice names

/// Turns what was decided into a plan: what stays in it, what is reused, why the rest runs.
class Maker {
 public:
  Maker(RunPlan plan, const ReexecutionRequest& request, const KnownRun& known,
        std::vector<bool> chosen, const KnownCopies& copies)
      : plan_(std::move(plan)),
        request_(request),
        known_(known),
        chosen_(std::move(chosen)),
        copies_(copies),
        fates_(plan_, copies, known, request.strategy, chosen_) {}

  Result<ReexecutionPlan> make() {
    decide_parts();
    if (!known_.resumes) {
      PENSTOCK_TRY(check_config());
      PENSTOCK_TRY(check_work());
    }
    ReexecutionPlan made;
    for (std::uint32_t step = 0; step < plan_.steps.size(); ++step) describe(step);
    describe_parts();
    align_attempts();
    add_notices(made.notices);
    made.reused = reused_;
    limit_plan(plan_, parts_);
    made.plan = std::move(plan_);
    return made;
  }

 private:
  bool is_in(std::uint32_t step) const { return parts_[step] == Part::In; }

  /// Whether a scope, or one around it, may get items that are not known.
  bool may_grow(std::uint32_t scope) const {
    for (; scope != 0; scope = plan_.scopes[scope].parent) {
      const auto maker = plan_.scopes[scope].source.step;
      for (std::uint32_t copy = 0; copy < copies_.count(maker); ++copy)
        if (runs(fates_.fate({maker, copy}))) return true;
      if (copies_.count(maker) == 0 && is_in(maker)) return true;
    }
    return false;
  }

  void decide_parts() {
    const auto count = narrow<std::uint32_t>(plan_.steps.size());
    parts_.assign(count, Part::Out);
    std::size_t node = 0;
    copies_.each_node([&](std::uint32_t step, std::uint32_t copy) {
      const bool chosen = !chosen_.empty() && chosen_[node];
      ++node;
      if (copy == UINT32_MAX ? chosen : runs(fates_.fate({step, copy}))) parts_[step] = Part::In;
    });
    for (std::uint32_t step = 0; step < count; ++step)
      if (!is_in(step) && stays_asked(step) && may_grow(plan_.steps[step].scope))
        parts_[step] = Part::In;
    follow_roots();
    if (request_.strategy != Strategy::Selected) hold_what_was();
    for (auto step = count; step-- > 0;) {
      // its items are made of its sides once more, though it counts as reused
      if (joins(step) && parts_[step] == Part::Held) parts_[step] = Part::In;
      if (is_in(step)) keep_sources(step);
    }
    follow_roots();
    for (std::uint32_t step = 0; step < count; ++step)
      if (const auto scope = plan_.steps[step].scope;
          scope != 0 && parts_[plan_.scopes[scope].source.step] == Part::Out)
        parts_[step] = Part::Out;
  }

  bool joins(std::uint32_t step) const { return plan_.steps[step].join != JoinKind::None; }

  /// What a reduction combines on its way is combined where its root runs.
  void follow_roots() {
    for (const auto& reduce : plan_.reduces)
      parts_[reduce.parts] = is_in(reduce.root) ? Part::In : Part::Out;
  }

  /// Whether copies of a template that are not known yet are to be run.
  bool stays_asked(std::uint32_t step) const {
    if (request_.strategy == Strategy::FromFailure)
      return (!known_.resumes && known_.is_whole()) ||
             known_.history.is_planned(plan_.steps[step].path);
    return request_.strategy == Strategy::FromSteps;
  }

  void keep_sources(std::uint32_t step) {
    const auto keep = [&](std::uint32_t source) {
      if (!is_in(source))
        parts_[source] = may_grow(plan_.steps[source].scope) ? Part::In : Part::Held;
      // the copies of what stands in a scope are there with those who made its items
      for (auto scope = plan_.steps[source].scope; scope != 0; scope = plan_.scopes[scope].parent)
        if (auto& maker = parts_[plan_.scopes[scope].source.step]; maker == Part::Out)
          maker = Part::Held;
    };
    for (const auto& input : plan_.steps[step].inputs)
      for (const auto& source : input.sources) keep(source.step);
    for (auto scope = plan_.steps[step].scope; scope != 0; scope = plan_.scopes[scope].parent)
      keep(plan_.scopes[scope].source.step);
  }

  /// Steps that ended well are shown, though nobody reads from them.
  void hold_what_was() {
    for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
      for (std::uint32_t copy = 0; copy < copies_.count(step); ++copy)
        if (const auto fate = fates_.fate({step, copy});
            parts_[step] == Part::Out && (fate == Fate::Kept || fate == Fate::Lost))
          parts_[step] = Part::Held;
  }

  Status check_config() const {
    std::vector<std::string> steps;
    for (std::uint32_t step = 0; step < plan_.steps.size(); ++step) {
      const auto* before = known_.history.find_template(plan_.steps[step].path);
      if (parts_[step] == Part::Out || before == nullptr ||
          before->config == plan_.steps[step].config_key)
        continue;
      for (std::uint32_t copy = 0; copy < copies_.count(step); ++copy)
        if (fates_.fate({step, copy}) == Fate::Kept &&
            copies_.known({step, copy})->state == KnownState::Succeeded) {
          steps.push_back(plan_.steps[step].path);
          break;
        }
    }
    if (steps.empty()) return {};
    return make_error(
        ErrorCode::Config,
        fmt::format("the config of {} differs from run {}, whose outputs would be reused; leave it "
                    "as it was, or run what it concerns again: --strategy from_steps --select "
                    "\"{}\"",
                    join(steps, ", "), known_.run_text, join(steps, " or ")),
        "reused_config");
  }

  Status check_work() const {
    for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
      if (is_in(step) && (!joins(step) || runs_a_copy(step))) return {};
    return make_error(
        ErrorCode::Refused,
        fmt::format("nothing of run {} is left to be run: every step of it ended well; to run "
                    "steps again all the same: --strategy all_steps, or --strategy from_steps "
                    "--select SELECTION",
                    known_.run_text),
        "nothing_to_run");
  }

  bool runs_a_copy(std::uint32_t step) const {
    for (std::uint32_t copy = 0; copy < copies_.count(step); ++copy)
      if (runs(fates_.fate({step, copy}))) return true;
    return false;
  }

  /// All parts of reductions that run are anew; of the others, a resumed run counts the failures.
  void describe_parts() {
    std::set<std::string> running;
    for (const auto& reduce : plan_.reduces) {
      auto& parts = plan_.steps[reduce.parts];
      parts.anew = is_in(reduce.parts) && known_.history.find_template(parts.path) != nullptr;
      parts.reason = "what its reduction takes is combined anew";
      for (std::uint32_t copy = 0; copy < copies_.count(reduce.root); ++copy)
        if (runs(fates_.fate({reduce.root, copy})))
          running.insert(copies_.key({reduce.root, copy}));
    }
    for (const auto& [key, root, before] : copies_.parts()) {
      if (!known_.resumes || before->run != known_.history.run()) continue;
      if (running.contains(root))
        plan_.attempts.emplace(key, next_attempt(*before));
      else if (before->state == KnownState::Failed)
        plan_.failed.emplace(key, before->reason);
    }
  }

  /// What shares a stream is tried again together, so its attempts have one number.
  void align_attempts() {
    for (const auto& unit : plan_.units)
      for (std::uint32_t copy = 0; copy < copies_.count(unit.front()); ++copy) {
        std::int32_t attempt = 0;
        for (const auto member : unit)
          if (const auto at = plan_.attempts.find(copies_.key({member, copy}));
              at != plan_.attempts.end())
            attempt = std::max(attempt, at->second);
        for (const auto member : unit)
          if (attempt > 0 && runs(fates_.fate({member, copy})))
            plan_.attempts[copies_.key({member, copy})] = attempt;
      }
  }

  void describe(std::uint32_t step) {
    auto& planned = plan_.steps[step];
    std::vector<std::pair<std::string, std::int64_t>> reasons;
    std::int64_t kept = 0;
    for (std::uint32_t copy = 0; parts_[step] != Part::Out && copy < copies_.count(step); ++copy) {
      const CopyRef ref{step, copy};
      const auto fate = fates_.fate(ref);
      if (!runs(fate)) {
        kept += fate == Fate::Kept;
        plan_.reused.emplace(copies_.key(ref), reuse(ref));
        continue;
      }
      const auto* before = copies_.known(ref);
      if (known_.resumes && before != nullptr && before->run == known_.history.run())
        plan_.attempts.emplace(copies_.key(ref), next_attempt(*before));
      planned.anew = planned.anew || ((fate == Fate::Anew || joins(step)) && before != nullptr);
      const auto why = fates_.why(ref);
      const auto found =
          std::ranges::find(reasons, why, [](const auto& each) { return each.first; });
      if (found == reasons.end())
        reasons.emplace_back(why, 1);
      else
        ++found->second;
    }
    reused_ += kept;
    set_reason(planned, std::move(reasons), kept);
  }

  void set_reason(PlannedStep& planned, std::vector<std::pair<std::string, std::int64_t>> reasons,
                  std::int64_t kept) const {
    std::vector<std::string> texts;
    for (const auto& [text, count] : reasons)
      texts.push_back(
          count == 1 || reasons.size() == 1 ? text : fmt::format("{} ({} copies)", text, count));
    if (texts.size() > 3) {
      texts[2] = fmt::format("and {} reasons more", texts.size() - 2);
      texts.resize(3);
    }
    if (kept > 0)
      texts.push_back(planned.scope == 0 ? "reused"
                                         : fmt::format("{} of {} copies reused", kept,
                                                       copies_.count(step_of(planned))));
    if (texts.empty()) texts.push_back("its items are not known yet");
    planned.reason = join(texts, "; ");
  }

  std::uint32_t step_of(const PlannedStep& planned) const {
    return narrow<std::uint32_t>(&planned - plan_.steps.data());
  }

  ReusedStep reuse(CopyRef ref) const {
    ReusedStep entry;
    if (fates_.fate(ref) == Fate::Lost) {
      entry.end = ReusedStep::End::UpstreamFailed;
      entry.reason = fates_.why(ref);
      return entry;
    }
    if (fates_.fate(ref) == Fate::Out) {
      entry.end = ReusedStep::End::Skipped;
      entry.reason = "not selected";
      return entry;
    }
    const auto& known = *copies_.known(ref);
    entry.run = known.run;
    entry.told = known_.resumes && known.told == known_.history.run();
    const auto& outputs = plan_.steps[ref.step].op->outputs;
    for (std::uint32_t port = 0; port < outputs.size(); ++port)  // they stay, however it ended
      if (outputs[port].dynamic && known.find(outputs[port].name) != nullptr)
        add_items(entry, ref, port);
    if (known.state != KnownState::Succeeded) {
      entry.end = known.state == KnownState::Failed           ? ReusedStep::End::Failed
                  : known.state == KnownState::UpstreamFailed ? ReusedStep::End::UpstreamFailed
                                                              : ReusedStep::End::Skipped;
      entry.reason = known.reason;
      return entry;
    }
    for (std::uint32_t port = 0; port < outputs.size(); ++port) {
      const auto* given = known.find(outputs[port].name);
      const bool is_given = given != nullptr ? given->given : outputs[port].nothing;
      if (is_given) entry.produced.insert(port);
      if (given == nullptr || !is_given || outputs[port].dynamic) continue;
      if (fates_.is_read(ref, port) && given->value.stored)
        entry.values.emplace_back(port, value_of(given->value));
    }
    return entry;
  }

  void add_items(ReusedStep& entry, CopyRef ref, std::uint32_t port) const {
    const auto scope = copies_.scope_of({ref.step, port});
    for (const auto copy : copies_.children(scope, ref.copy)) {
      const auto& item = copies_.known_item({scope, copy});
      ReusedStep::Item reused{port, item.key, {}};
      if (fates_.is_read({scope, copy}) && item.value.stored) reused.value = value_of(item.value);
      entry.items.push_back(std::move(reused));
    }
  }

  /// One that was up for retry has its number already.
  static std::int32_t next_attempt(const KnownStep& before) {
    return before.state == KnownState::Retrying ? before.attempt
                                                : saturating_add(before.attempt, 1);
  }

  static ReusedValue value_of(const KnownValue& known) {
    return {*known.stored, std::uint64_t(known.bytes)};
  }

  void add_notices(std::vector<std::string>& notices) const {
    auto recomputed = fates_.recomputed();
    const auto count = recomputed.size();
    if (count > kNamed) {
      recomputed.resize(kNamed);
      recomputed.push_back(fmt::format("and {} more", count - kNamed));
    }
    if (count > 0)
      notices.push_back("run again although run " + known_.run_text + " had them:\n  " +
                        join(recomputed, "\n  "));
    const auto& build = known_.history.starting().build_id;
    if (reused_ > 0 && !known_.build_id.empty() && build != known_.build_id)
      notices.push_back(fmt::format(
          "run {} was made by another build of the program; what its steps gave is reused as it is "
          "(--strategy all_steps runs everything again)",
          known_.run_text));
  }

  RunPlan plan_;
  const ReexecutionRequest& request_;
  const KnownRun& known_;
  const std::vector<bool> chosen_;
  const KnownCopies& copies_;
  const Fates fates_;
  std::vector<Part> parts_;
  std::int64_t reused_ = 0;
};

Status refuse_selection(const ReexecutionRequest& request) {
  if (request.selection.empty()) return {};
  return make_error(ErrorCode::Config,
                    fmt::format("strategy {} takes no selection; FROM_STEPS and SELECTED do",
                                to_string(request.strategy)));
}

Result<std::vector<bool>> choose(const ReexecutionRequest& request, const KnownCopies& copies) {
  const bool needs_selection =
      request.strategy == Strategy::FromSteps || request.strategy == Strategy::Selected;
  if (needs_selection && request.selection.empty())
    return make_error(ErrorCode::Config,
                      fmt::format("strategy {} needs a selection: --select SELECTION",
                                  to_string(request.strategy)));
  if (needs_selection) return select_to_launch(request.selection, copies.graph());
  return std::vector<bool>();
}

Result<ReexecutionPlan> plan_from(RunPlan plan, const ReexecutionRequest& request,
                                  const KnownRun& known) {
  // The copies refer to a plan whose steps keep their places until the end.
  const RunPlan whole = plan;
  const KnownCopies copies(whole, known.history);
  auto chosen = PENSTOCK_TRY(choose(request, copies));
  return Maker(std::move(plan), request, known, std::move(chosen), copies).make();
}

}  // namespace

std::string_view to_string(Strategy strategy) { return kStrategies[std::size_t(strategy)]; }

Result<Strategy> parse_strategy(std::string_view name) {
  const auto upper = to_upper(name);
  for (std::size_t i = 0; i < kStrategies.size(); ++i)
    if (kStrategies[i] == upper) return Strategy(i);
  const std::vector<std::string> names(kStrategies.begin(), kStrategies.end());
  return make_error(ErrorCode::Config,
                    quote(name) + " is not a strategy; expected one of " + join(names, ", "));
}

bool KnownRun::is_whole() const {
  const auto& starting = history.starting();
  return starting.selection.empty() && starting.strategy != to_string(Strategy::Selected) &&
         starting.strategy != to_string(Strategy::FromSteps);
}

Result<ReexecutionPlan> plan_reexecution(const Definitions& definitions,
                                         const ReexecutionRequest& request, const KnownRun& known,
                                         const ConfigEnvironment& environment) {
  auto plan = PENSTOCK_TRY(plan_run(definitions, request.run, environment));
  plan.strategy = to_string(request.strategy);
  plan.parent_run = known.history.run().to_string();
  plan.root_run = known.history.starting().root_run;
  if (request.strategy == Strategy::AllSteps || request.strategy == Strategy::FromFailure)
    PENSTOCK_TRY(refuse_selection(request));
  if (request.strategy == Strategy::AllSteps) {
    for (auto& step : plan.steps) {
      step.anew = true;
      step.reason = "all steps of run " + known.run_text + " again";
    }
    return ReexecutionPlan{std::move(plan), {}, 0};
  }
  return plan_from(std::move(plan), request, known);
}

Result<RunPlan> plan_resumption(const Definitions& definitions, const RunRequest& request,
                                KnownRun known, const ConfigEnvironment& environment) {
  known.resumes = true;
  auto plan = PENSTOCK_TRY(plan_run(definitions, request, environment));
  const auto& starting = known.history.starting();
  plan.strategy = starting.strategy;
  plan.parent_run = starting.parent_run;
  plan.root_run = starting.root_run;
  auto made = PENSTOCK_TRY(plan_from(std::move(plan), {request}, known));
  return std::move(made.plan);
}

}  // namespace penstock
