#include "penstock/plan/fates.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

/// Looks for a source that runs because what it gives may differ.
struct ChangeFinder final : SourceVisitor {
  const std::vector<std::vector<Fate>>& fates;
  std::optional<CopyRef> found = {};

  explicit ChangeFinder(const std::vector<std::vector<Fate>>& known) : fates(known) {}
  void look(CopyRef from, bool again_counts) {
    const auto fate = fates[from.step][from.copy];
    if (!found && (fate == Fate::Anew || (again_counts && fate == Fate::Again))) found = from;
  }
  void value(CopyRef from, std::uint32_t) override { look(from, true); }
  // A step that is tried again gives the items that it gave before once more: they stay.
  void item(CopyRef from, ItemRef) override { look(from, false); }
  void whole(CopyRef maker) override { look(maker, true); }
  void order(CopyRef from) override { look(from, true); }
};

std::string_view ending(const KnownStep* known) {
  if (known == nullptr) return "had not started";
  switch (known->state) {
    case KnownState::Failed:
    case KnownState::Retrying:
      return "failed";
    case KnownState::UpstreamFailed:
      return "could not run";
    case KnownState::Canceled:
      return "was canceled";
    case KnownState::Running:
      return "had not ended";
    default:
      return "had ended";
  }
}

}  // namespace

Fates::Fates(const RunPlan& plan, const KnownCopies& copies, const KnownRun& known,
             Strategy strategy, const std::vector<bool>& chosen)
    : plan_(plan), copies_(copies), known_(known) {
  for (std::uint32_t step = 0; step < plan.steps.size(); ++step) {
    const auto count = copies.count(step);
    fates_.emplace_back(count, Fate::Kept);
    chosen_.emplace_back(count, false);
    read_.emplace_back(count);
    why_.emplace_back(count);
  }
  for (std::uint32_t scope = 0; scope < plan.scopes.size(); ++scope)
    items_read_.emplace_back(copies.items(scope), false);
  if (!chosen.empty()) choose(chosen);
  for (const auto& part : copies.parts())  // a reduction may have given something all the same
    if (!known.resumes && !is_finished(part.known->state)) broken_roots_.insert(part.root);
  decide_all(strategy);
  find_needs();
}

void Fates::choose(const std::vector<bool>& chosen) {
  std::size_t node = 0;
  copies_.each_node([&](std::uint32_t step, std::uint32_t copy) {
    if (chosen[node++] && copy != UINT32_MAX) chosen_[step][copy] = true;
  });
}

void Fates::decide_all(Strategy strategy) {
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < copies_.count(step); ++copy)
      fates_[step][copy] = decide({step, copy}, strategy);
}

/// A template that is now another one than the run knew.
bool Fates::is_other(CopyRef ref) const {
  const auto& step = plan_.steps[ref.step];
  const auto* known = known_.history.find_template(step.path);
  return known != nullptr && known->signature != step.signature;
}

/// Whether a template is part of the new run if something before it changes: those that the earlier
/// run was limited to stay the limits of a retry.
bool Fates::is_asked(std::uint32_t step, Strategy strategy) const {
  if (strategy != Strategy::FromFailure) return strategy == Strategy::FromSteps;
  return (!known_.resumes && known_.is_whole()) ||
         known_.history.is_planned(plan_.steps[step].path);
}

Fate Fates::decide(CopyRef ref, Strategy strategy) {
  const auto* known = copies_.known(ref);
  const bool finished = known != nullptr && is_finished(known->state);
  auto& why = why_[ref.step][ref.copy];
  if (chosen_[ref.step][ref.copy]) {
    why = "selected";
    return Fate::Anew;
  }
  if (has_ended(ref) && !is_other(ref)) return Fate::Kept;
  const bool asked = is_asked(ref.step, strategy);
  if (asked) {
    ChangeFinder finder(fates_);
    copies_.visit_sources(ref, finder);
    if (const auto scope = plan_.steps[ref.step].scope; scope != 0)
      finder.look(copies_.maker({scope, ref.copy}), false);
    if (finder.found) {
      if (strategy == Strategy::FromFailure && !finished)
        why = fmt::format("retry of run {}: it {}", known_.run_text, ending(known));
      else
        why = "downstream of " + copies_.key(*finder.found);
      // a join makes the same items of the sides that stay: their readers need not run
      return joins(ref.step) ? Fate::Again : Fate::Anew;
    }
  }
  if (asked && !broken_roots_.empty() && broken_roots_.contains(copies_.key(ref))) {
    why = fmt::format("retry of run {}: a part of it failed", known_.run_text);
    return Fate::Anew;
  }
  if (finished && !is_other(ref)) return Fate::Kept;
  if (finished && asked) {
    why = "the step is another than in run " + known_.run_text;
    return Fate::Anew;
  }
  if (strategy != Strategy::FromFailure || !asked) return Fate::Out;
  why = fmt::format("retry of run {}: it {}", known_.run_text, ending(known));
  return Fate::Again;
}

void Fates::find_needs() {
  do {
    changed_ = false;
    for (auto step = narrow<std::uint32_t>(plan_.steps.size()); step-- > 0;)
      for (std::uint32_t copy = 0; copy < copies_.count(step); ++copy) {
        const CopyRef ref{step, copy};
        if (joins(step) && fate(ref) == Fate::Kept && !is_final(ref) && may_get_items(ref))
          need(ref, "what it joins runs again");
        if (runs(fate(ref))) find_needs_of(ref);
      }
  } while (changed_);
}

void Fates::find_needs_of(CopyRef ref) {
  const auto& step = plan_.steps[ref.step];
  reader_ref_ = ref;
  reader_ = copies_.key(ref);
  copies_.visit_sources(ref, *this);
  if (joins(ref.step) && may_get_items(ref)) copies_.visit_sides(ref, *this);
  if (step.scope != 0) whole(copies_.maker({step.scope, ref.copy}));
  copies_.visit_sources_of_new(ref, *this);
  if (step.unit < 0) return;
  for (const auto member : plan_.units[std::size_t(step.unit)])
    if (runs(fate(ref)) && !runs(fate({member, ref.copy})))
      need({member, ref.copy}, reader_ + ", which it shares a stream with, runs");
}

/// Whether a step that makes items for one of the sides runs.
bool Fates::may_get_items(CopyRef join) const {
  struct MakerFinder final : SourceVisitor {
    const Fates& fates;
    bool found = false;
    explicit MakerFinder(const Fates& all) : fates(all) {}
    void value(CopyRef, std::uint32_t) override {}
    void item(CopyRef, ItemRef) override {}
    void whole(CopyRef maker) override { found = found || runs(fates.fate(maker)); }
    void order(CopyRef) override {}
  };
  MakerFinder finder(*this);
  copies_.visit_sources(join, finder);
  return finder.found;
}

void Fates::need(CopyRef from, const std::string& because) {
  if (is_final(from)) return lose(reader_ref_, from);
  fates_[from.step][from.copy] = Fate::Recomputed;
  why_[from.step][from.copy] = because;
  changed_ = true;
}

/// Whether a copy cannot run once more: in a run that goes on, what failed stays failed.
bool Fates::is_final(CopyRef ref) const {
  if (!known_.resumes || fate(ref) != Fate::Kept) return false;
  return !is_finished(copies_.known(ref)->state) || gone_.contains(copies_.key(ref));
}

/// A reader cannot have what it reads. One that had ended stays so; its own values are gone.
void Fates::lose(CopyRef reader, CopyRef from) {
  const bool had_ended = has_ended(reader) && is_finished(copies_.known(reader)->state);
  if (had_ended) gone_.insert(copies_.key(reader));
  fates_[reader.step][reader.copy] = had_ended ? Fate::Kept : Fate::Lost;
  why_[reader.step][reader.copy] = copies_.key(from) + " failed, and what it gave was not kept";
  changed_ = true;
}

/// Of a run that goes on: whether it has told the end of a copy.
bool Fates::has_ended(CopyRef ref) const {
  const auto* known = copies_.known(ref);
  return known_.resumes && known != nullptr && known->told == known_.history.run() &&
         (is_finished(known->state) || known->state == KnownState::Failed ||
          known->state == KnownState::UpstreamFailed);
}

void Fates::need_unless_stored(CopyRef from, const KnownValue& value, const ValueType& type) {
  if (!value.stored) return need(from, "value not kept, and " + reader_ + " reads it");
  if (known_.has && known_.has(*value.stored, type)) return;
  const auto fault = known_.fault ? known_.fault(*value.stored) : std::string();
  need(from, fault.empty() ? "value not there any more, and " + reader_ + " reads it"
                           : fault + "; " + reader_ + " reads it");
}

void Fates::value(CopyRef from, std::uint32_t port) {
  if (runs(fate(from)) || fate(from) == Fate::Lost) return;
  const auto* known = copies_.known(from);
  const auto& output = plan_.steps[from.step].op->outputs[port];
  if (fate(from) == Fate::Out)
    return need(from, fmt::format("needed by {}; it {}", reader_, ending(known)));
  read_[from.step][from.copy].insert(port);
  if (known->state != KnownState::Succeeded || output.nothing) return;
  const auto* given = known->find(output.name);
  if (given == nullptr || !given->given) return;
  need_unless_stored(from, given->value, *output.type);
}

void Fates::item(CopyRef from, ItemRef item) {
  if (runs(fate(from)) || fate(from) == Fate::Lost) return;
  items_read_[item.scope][item.copy] = true;
  if (fate(from) == Fate::Out) return whole(from);
  const auto& value = copies_.known_item(item).value;
  const auto& output = plan_.steps[from.step].op->outputs[plan_.scopes[item.scope].source.port];
  if (output.nothing) return;
  need_unless_stored(from, value, *output.type);
}

void Fates::whole(CopyRef maker) {
  if (fate(maker) == Fate::Out)
    return need(maker, fmt::format("needed by {}; it {}", reader_, ending(copies_.known(maker))));
  if (fate(maker) == Fate::Kept && is_disordered(maker))
    need(maker, "the log does not have its items as it gave them, and " + reader_ + " reads them");
}

/// Whether the log lacks the order in which a copy gave its items.
bool Fates::is_disordered(CopyRef maker) const {
  const auto* known = copies_.known(maker);
  if (known == nullptr || known->state != KnownState::Succeeded) return false;
  return std::ranges::any_of(known->outputs, &KnownOutput::disordered) && !joins(maker.step);
}

std::string Fates::why(CopyRef ref) const { return why_[ref.step][ref.copy]; }

std::vector<std::string> Fates::recomputed() const {
  std::vector<std::string> found;
  for (std::uint32_t step = 0; step < plan_.steps.size(); ++step)
    for (std::uint32_t copy = 0; copy < copies_.count(step); ++copy)
      if (fates_[step][copy] == Fate::Recomputed)
        found.push_back(copies_.key({step, copy}) + ": " + why_[step][copy]);
  return found;
}

}  // namespace penstock
