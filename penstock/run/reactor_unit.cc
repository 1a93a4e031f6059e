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
      emit(ref, StepUpstreamFailed{slots_.key(*out), why}, LogLevel::Warning);
    else
      emit(ref, StepSkipped{why});
    ++(failed ? counts_.upstream_failed : counts_.skipped);
    end(ref, failed ? StepState::UpstreamFailed : StepState::Skipped);
  }
}

/// A unit claims what all its members claim; of slots no more than the run has, so that a run with
/// one slot can have streams: their steps mostly wait for each other.
void Reactor::make_unit_ready(StepRef member) {
  const auto members = members_of(member);
  ReadyStep ready{members.front()};
  ready.priority = plan_.steps[member.step].priority;
  ready.claims = {0, 0, false, plan_.steps[ready.ref.step].claims};
  std::int64_t widest = 1;
  for (const auto ref : members) {
    const auto& step = plan_.steps[ref.step];
    slots_.slot(ref).state = StepState::Ready;
    slots_.slot(ref).since = now_.instant;
    ready.priority = std::max(ready.priority, step.priority);
    ready.depth = std::max(ready.depth, rank_of_depth(ref.step));
    ready.claims.slots += step.cpu;
    ready.claims.memory = saturating_add(ready.claims.memory, estimate(ref));
    widest = std::max<std::int64_t>(widest, step.cpu);
  }
  ready.claims.slots = std::max(widest, std::min(ready.claims.slots, limits_.admission.slots));
  auto fits = admission_.check(ready.claims);
  if (fits.ok()) return admission_.add(ready);
  const auto leader = members.front();
  refuse(leader, ready.claims, std::move(fits).error());
  for (const auto ref : members) {
    if (ref == leader) continue;
    emit(ref, StepUpstreamFailed{slots_.key(leader), {}}, LogLevel::Warning);
    ++counts_.upstream_failed;
    end(ref, StepState::UpstreamFailed);
  }
}

void Reactor::start_unit(const ReadyStep& ready) {
  const auto members = members_of(ready.ref);
  auto& unit = units_[ready.ref];
  unit = UnitRun{ready.claims, std::vector<std::optional<StepResult>>(members.size()), {}, false};
  auto task = begin_attempt(ready.ref, ready.claims);
  for (const auto ref : members)
    if (ref != ready.ref) task.partners.push_back(begin_attempt(ref, {0, 0}));
  actions_->start.push_back(std::move(task));
}

/// A member ended. What it gave counts when the whole unit has succeeded; when it did not succeed,
/// the others are stopped.
void Reactor::unit_member_ended(StepRef member, StepResult result) {
  if (result.status.ok() && timed_out_.contains(member))
    result.status = make_error(ErrorCode::Timeout, "it ended too late");
  const auto leader = leader_of(member);
  const auto members = members_of(member);
  auto& unit = units_.at(leader);
  std::erase_if(running_, [&](const Running& running) { return running.ref == member; });
  --counts_.running;
  const auto is_running = [&](StepRef ref) {
    return std::ranges::find(running_, ref, &Running::ref) != running_.end();
  };
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
  admission_.release(ended.claims);
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
    for (const auto ref : members) {
      emit(ref, StepCanceled{canceled_by_, true}, LogLevel::Warning);
      ++counts_.canceled;
      end(ref, StepState::Canceled);
    }
  } else {
    fail_unit(member, unit);
  }
}

/// The member that did not succeed decides what becomes of all.
void Reactor::fail_unit(StepRef member, UnitRun& unit) {
  const auto members = members_of(member);
  const auto first = *unit.broken;
  const auto place = std::ranges::find(members, first) - members.begin();
  fail({first, 0, {plan_.steps[first.step].cpu, 0}}, std::move(*unit.results[std::size_t(place)]));
  const auto& decided = slots_.slot(first);
  const auto shared = slots_.key(first) + ", which it shares a stream with, ";
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto ref = members[i];
    auto& slot = slots_.slot(ref);
    if (ref == first) continue;
    timed_out_.erase(ref);
    if (decided.state == StepState::Skipped) {
      emit(ref, StepSkipped{shared + "was skipped", true});
      ++counts_.skipped;
      end(ref, StepState::Skipped);
      continue;
    }
    emit(ref,
         StepFailure{make_error(ErrorCode::UserFailure, shared + "failed"),
                     "user",
                     elapsed(slot.since, now_.instant).count(),
                     unit.results[i]->cpu.count(),
                     {}},
         LogLevel::Error);
    if (decided.state == StepState::RetryWait) {
      slot.attempt = decided.attempt;
      slot.state = StepState::RetryWait;
      const auto delay = actions_->timers.back().at - now_.instant;
      emit(ref, StepUpForRetry{slot.attempt, delay.count(), shared + "is tried again"},
           LogLevel::Warning);
      ++counts_.retried;
      ++retries_waiting_;
      continue;
    }
    ++counts_.failed;
    if (failed_steps_.size() < 100) failed_steps_.push_back(slots_.key(ref));
    end(ref, StepState::Failed);
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
