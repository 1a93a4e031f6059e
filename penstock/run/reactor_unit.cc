// Units: steps that share streams start together, end together, and are tried again together.
#include <algorithm>

#include "penstock/run/reactor.h"

namespace penstock {

StepRef Reactor::leader_of(StepRef member) const {
  return {plan_.units[std::size_t(plan_.steps[member.step].unit)].front(), member.copy};
}

std::vector<StepRef> Reactor::members_of(StepRef member) const {
  std::vector<StepRef> members;
  for (const auto step : plan_.units[std::size_t(plan_.steps[member.step].unit)])
    members.push_back({step, member.copy});
  return members;
}

/// When all that its members wait for has ended: run the unit, or none of it.
void Reactor::decide_unit(StepRef member) {
  const auto members = members_of(member);
  if (std::ranges::any_of(members, [&](auto ref) { return slots_.slot(ref).pending > 0; })) return;
  const auto out = std::ranges::find_if(members, [&](auto ref) { return !should_run(ref); });
  if (out == members.end()) return make_unit_ready(member);
  leave_out(*out);
  const bool failed = slots_.slot(*out).state == StepState::UpstreamFailed;
  const auto why = slots_.key(*out) + ", which it shares a stream with, does not run";
  for (const auto ref : members) {
    if (ref == *out) continue;
    if (failed)
      end(ref, {StepState::UpstreamFailed, StepUpstreamFailed{slots_.key(*out), why},
                LogLevel::Warning});
    else
      end(ref, {StepState::Skipped, StepSkipped{why}});
  }
}

/// A unit claims what all its members claim; of slots no more than the run has, so that a run with
/// one slot can have streams: their steps mostly wait for each other.
Claims Reactor::unit_claims(StepRef member) {
  Claims claims{0, 0, false, plan_.steps[leader_of(member).step].claims};
  std::int64_t widest = 1;
  for (const auto ref : members_of(member)) {
    const auto cpu = plan_.steps[ref.step].cpu;
    claims.slots += cpu;
    claims.memory = saturating_add(claims.memory, estimate(ref));
    widest = std::max<std::int64_t>(widest, cpu);
  }
  claims.slots = std::max(widest, std::min(claims.slots, limits_.admission.slots));
  return claims;
}

void Reactor::make_unit_ready(StepRef member) {
  const auto members = members_of(member);
  for (const auto ref : members) {
    slots_.slot(ref).state = StepState::Ready;
    slots_.slot(ref).since = now_.instant;
  }
  const auto claims = unit_claims(member);
  auto fits = admission_.check(claims);
  if (fits.ok()) return admission_.add({rank_of(member), claims});
  const auto leader = members.front();
  refuse(leader, claims, std::move(fits).error());
  for (const auto ref : members)
    if (ref != leader)
      end(ref, {StepState::UpstreamFailed, StepUpstreamFailed{slots_.key(leader), {}},
                LogLevel::Warning});
}

void Reactor::start_unit(const ReadyStep& ready) {
  const auto leader = ready.rank.ref;
  const auto members = members_of(leader);
  units_[leader].results.resize(members.size());
  auto task = begin_attempt(leader, ready.claims);
  for (const auto ref : members)
    if (ref != leader) task.partners.push_back(begin_attempt(ref, {0, 0}));
  actions_->start.push_back(std::move(task));
}

/// A member ended. What it gave counts when the whole unit has succeeded; when it did not succeed,
/// the others are stopped.
void Reactor::unit_member_ended(StepRef member, StepResult result) {
  judge(member, result);
  const auto leader = leader_of(member);
  const auto members = members_of(member);
  auto& unit = units_.at(leader);
  take_back(member);
  const auto is_running = [&](StepRef ref) { return running_at(ref) != nullptr; };
  if (!result.status.ok()) {
    if (!unit.broken)
      for (const auto ref : members)
        if (is_running(ref)) actions_->cancel.push_back(ref);
    // the one that failed may be heard of after those that its stream told of it
    const bool is_cause =
        result.status.error().code != ErrorCode::Canceled || timed_out_.contains(member);
    if (!unit.broken || (is_cause && !unit.is_cause)) unit.broken = member;
    unit.is_cause = unit.is_cause || is_cause;
  }
  const auto place = std::ranges::find(members, member) - members.begin();
  unit.results[std::size_t(place)] = std::move(result);
  if (std::ranges::any_of(members, is_running)) return;
  auto ended = std::move(unit);
  units_.erase(leader);
  admission_.release(leader);
  end_unit(leader, std::move(ended));
}

void Reactor::end_unit(StepRef member, UnitRun unit) {
  const auto members = members_of(member);
  if (slots_.is_discarded(plan_.steps[member.step].scope, member.copy)) {
    for (const auto ref : members) end_discarded(ref);
  } else if (!unit.broken) {
    for (std::size_t i = 0; i < members.size(); ++i)
      succeed({members[i], 0, {plan_.steps[members[i].step].cpu, 0}}, std::move(*unit.results[i]));
  } else if (status_ == RunStatus::Canceling) {
    for (const auto ref : members) end_canceled(ref, canceled_by_, true, LogLevel::Warning);
  } else {
    fail_unit(member, unit);
  }
}

/// The member that did not succeed decides what becomes of all: skipped, tried again or failed.
void Reactor::fail_unit(StepRef member, UnitRun& unit) {
  const auto members = members_of(member);
  const auto first = *unit.broken;
  const auto place = std::ranges::find(members, first) - members.begin();
  auto result = std::move(*unit.results[std::size_t(place)]);
  const auto shared = slots_.key(first) + ", which it shares a stream with, ";
  if (result.status.error().code == ErrorCode::Skipped) {
    end(first, {StepState::Skipped, StepSkipped{result.status.error().message, true}});
    for (const auto ref : members)
      if (ref != first)
        end(ref, {StepState::Skipped, StepSkipped{shared + "was skipped", true}});
    return;
  }
  const auto wish = std::move(result.retry);
  const auto cause = failure_of(first, std::move(result));
  const auto retry = retry_of(first, cause, wish);
  fail_or_retry(first, cause, retry);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto ref = members[i];
    if (ref == first) continue;
    StepFailure failure{.error = make_error(ErrorCode::UserFailure, shared + "failed"),
                        .failure_class = cause.failure_class,
                        .duration_us = elapsed(slots_.slot(ref).since, now_.instant).count(),
                        .cpu_us = unit.results[i]->cpu.count()};
    failure.reason = cause.reason;
    timed_out_.erase(ref);
    auto same = retry;
    if (same) *same = {retry->delay, shared + "is tried again", 0, false};
    fail_or_retry(ref, std::move(failure), std::move(same));
  }
}

/// The delay of a retry is over.
void Reactor::retry_now(StepRef ref) {
  if (plan_.steps[ref.step].unit < 0) {
    --retries_waiting_;
    return make_ready(ref);
  }
  retries_waiting_ -= std::int64_t(members_of(ref).size());
  make_unit_ready(ref);
}

}  // namespace penstock
