#include "penstock/run/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {

namespace {

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

bool is_same(const PlannedClaim& a, const PlannedClaim& b) {
  return a.pool == b.pool && a.amount == b.amount;
}

std::int64_t amount_of(const Claims& claims, std::uint32_t pool) {
  const auto at = std::ranges::find(claims.pools, pool, &PlannedClaim::pool);
  return at == claims.pools.end() ? 0 : at->amount;
}

}  // namespace

Status Admission::check(const Claims& claims) const {
  std::string text;
  if (slots_of(claims) > limits_.slots)
    text = fmt::format("needs {} slots at once and the run has {}; raise --jobs", claims.slots,
                       limits_.slots);
  if (limits_.memory != 0 && claims.memory > limits_.memory)
    text = fmt::format("needs {} of memory and the run may use {}; raise --memory",
                       format_bytes(claims.memory), format_bytes(limits_.memory));
  if (text.empty()) return {};
  auto error = make_error(ErrorCode::Exhausted, std::move(text), "too_large");
  error.allow_retries = false;
  return error;
}

ReadyStep Admission::ready_of(const Kind& kind, const QueuedStep& step) {
  ReadyStep ready{step.rank, kind.claims};
  ready.claims.memory = step.memory;
  return ready;
}

Admission::Kind& Admission::kind_of(const Claims& claims) {
  const auto found = std::ranges::find_if(kinds_, [&](const Kind& kind) {
    return kind.claims.slots == claims.slots && kind.claims.alone == claims.alone &&
           std::ranges::equal(kind.claims.pools, claims.pools, is_same);
  });
  if (found != kinds_.end()) return *found;
  auto& kind = kinds_.emplace_back(Kind{claims, {}});
  kind.claims.memory = 0;
  return kind;
}

void Admission::add(const ReadyStep& ready) {
  kind_of(ready.claims).queue.add({ready.rank, ready.claims.memory, counter_++});
}

bool Admission::remove(const StepRank& rank) {
  return std::ranges::any_of(kinds_, [&](Kind& kind) { return kind.queue.remove(rank); });
}

std::optional<ReadyStep> Admission::next(std::uint64_t held) {
  if (used_.alone || is_over_budget(held)) return {};
  const auto due = due_steps(held);
  std::optional<ReadyStep> best;
  for (const auto& kind : kinds_)
    if (const auto* first = first_that_may_start(kind, due, held);
        first != nullptr && (!best || goes_before(first->rank, best->rank)))
      best = ready_of(kind, *first);
  if (!best) return {};
  remove(best->rank);
  count_overtakes(*best, held);
  take(best->rank, best->claims);
  return best;
}

/// The first of a kind that fits, and that leaves due steps before it what they need.
const QueuedStep* Admission::first_that_may_start(const Kind& kind,
                                                  const std::vector<DueStep>& due,
                                                  std::uint64_t held) const {
  if (kind.queue.empty() || !fits_without_memory(kind.claims)) return nullptr;
  const auto available = available_memory(held);
  auto most = available;
  const auto* found = kind.queue.first_within(most);
  for (bool is_free = false; found != nullptr && !is_free;) {
    is_free = true;
    for (const auto& waits : due) {
      if (!goes_before(waits.rank, found->rank)) continue;
      if (keeps_waiting(kind.claims, waits.claims)) return nullptr;
      const auto left = memory_left_by(waits.claims, available);
      if (found->memory == 0 || found->memory <= left) continue;
      is_free = false;
      most = std::min(most, left);
    }
    if (!is_free) found = kind.queue.first_within(most);
  }
  return found;
}

/// The first steps of each kind that were overtaken too often.
std::vector<Admission::DueStep> Admission::due_steps(std::uint64_t held) {
  std::vector<DueStep> due;
  for (auto& kind : kinds_) {
    const auto* step = kind.queue.first();
    if (step == nullptr || step->overtakes < limits_.max_overtakes) continue;
    const auto ready = ready_of(kind, *step);
    const bool fits = fits_without_memory(kind.claims) && step->memory <= available_memory(held);
    if (!fits && lacks_only_what_overtakers_hold(ready.claims, *step, held))
      due.push_back({ready.rank, ready.claims});
  }
  return due;
}

/// Whether a step could start if those that overtook it had ended. If not, leaving free what it
/// needs would not help it.
bool Admission::lacks_only_what_overtakers_hold(const Claims& claims, const QueuedStep& step,
                                                std::uint64_t held) const {
  auto without = used_;
  auto of_pool = used_of_pool_;
  auto running = running_;
  for (const auto& [ref, holding] : holdings_) {
    if (holding.since < step.since || !goes_before(step.rank, holding.rank)) continue;
    without.memory -= holding.claims.memory;
    if (holding.paused) continue;
    --running;
    without.slots -= slots_of(holding.claims);
    if (holding.claims.alone) without.alone = false;
    for (const auto& [pool, amount] : holding.claims.pools) of_pool[pool] -= amount;
  }
  if (without.alone || (claims.alone && running > 0)) return false;
  if (without.slots + slots_of(claims) > limits_.slots) return false;
  for (const auto& [pool, amount] : claims.pools)
    if (limits_.pools[pool] != 0 && of_pool[pool] + amount > limits_.pools[pool]) return false;
  const auto values = running > 0 ? held : 0;  // when nothing runs, the next step starts anyway
  const auto needed = saturating_add(saturating_add(values, without.memory), claims.memory);
  return limits_.memory == 0 || needed <= limits_.memory;
}

/// Whether a step that starts keeps a due one waiting, for want of anything but memory.
bool Admission::keeps_waiting(const Claims& start, const Claims& due) const {
  if (start.alone || due.alone) return true;
  if (used_.slots + slots_of(start) + slots_of(due) > limits_.slots) return true;
  return std::ranges::any_of(due.pools, [&](const PlannedClaim& claim) {
    const auto taken = amount_of(start, claim.pool);
    return limits_.pools[claim.pool] != 0 && taken > 0 &&
           free_of_pool(claim.pool) - taken < claim.amount;
  });
}

/// Bytes that steps behind a due one may take.
std::uint64_t Admission::memory_left_by(const Claims& due, std::uint64_t available) const {
  if (limits_.memory == 0) return kNoLimit;
  return due.memory <= available ? available - due.memory : 0;
}

/// A step starts: those before it that lack something afterwards which it took were overtaken.
void Admission::count_overtakes(const ReadyStep& start, std::uint64_t held) {
  const auto available = available_memory(held);
  for (auto& kind : kinds_) {
    auto* first = kind.queue.first();
    if (first == nullptr || !goes_before(first->rank, start.rank)) continue;
    const auto waits = ready_of(kind, *first).claims;
    first->overtakes +=
        keeps_waiting(start.claims, waits) ||
        (start.claims.memory > 0 && start.claims.memory > memory_left_by(waits, available));
  }
}

void Admission::take(const StepRank& rank, const Claims& claims) {
  auto& holding = holdings_[rank.ref];
  used_.slots += slots_of(claims);
  used_.memory += claims.memory;
  used_.alone |= claims.alone;
  take_pools(claims, 1);
  ++running_;
  const auto reserved = holding.paused ? holding.claims.memory : 0;
  holding = {rank, claims, counter_++};
  holding.claims.memory += reserved;
}

void Admission::release(StepRef ref) {
  const auto at = holdings_.find(ref);
  PENSTOCK_CHECK(at != holdings_.end(), "a step gives back what it did not take");
  if (!at->second.paused) pause(ref);
  used_.memory -= at->second.claims.memory;
  holdings_.erase(at);
}

void Admission::pause(StepRef ref) {
  auto& holding = holdings_.at(ref);
  used_.slots -= slots_of(holding.claims);
  if (holding.claims.alone) used_.alone = false;
  take_pools(holding.claims, -1);  // those that it waits for may need the same
  --running_;
  holding.paused = true;
}

void Admission::take_pools(const Claims& claims, std::int64_t sign) {
  for (const auto& [pool, amount] : claims.pools)
    if (limits_.pools[pool] != 0) used_of_pool_[pool] += sign * amount;
}

std::vector<BlockedStep> Admission::take_blocked(std::uint64_t held) {
  std::vector<BlockedStep> blocked;
  if (used_.slots >= limits_.slots) return blocked;
  std::map<std::optional<std::uint32_t>, std::pair<Kind*, QueuedStep*>> first;  // by what it lacks
  for (auto& kind : kinds_) {
    auto* step = kind.queue.first();
    if (step == nullptr) continue;
    const auto pool = missing_pool(kind.claims);
    if (!pool && fits_without_memory(kind.claims) && !is_over_budget(held) &&
        step->memory <= available_memory(held))
      continue;  // it waits for the sake of a due step
    auto& known = first[pool];
    if (known.second == nullptr || goes_before(step->rank, known.second->rank))
      known = {&kind, step};
  }
  for (const auto& [pool, waits] : first)
    if (!std::exchange(waits.second->is_reported, true))
      blocked.push_back({ready_of(*waits.first, *waits.second), pool});
  return blocked;
}

std::optional<std::uint32_t> Admission::missing_pool(const Claims& claims) const {
  for (const auto& [pool, amount] : claims.pools)
    if (limits_.pools[pool] != 0 && amount > free_of_pool(pool)) return pool;
  return {};
}

std::uint64_t Admission::free_memory(std::uint64_t held) const {
  const auto taken = saturating_add(held, used_.memory);
  return taken < limits_.memory ? limits_.memory - taken : 0;
}

/// Bytes that the next step may take. When nothing runs, values that wait do not count.
std::uint64_t Admission::available_memory(std::uint64_t held) const {
  if (limits_.memory == 0) return kNoLimit;
  return free_memory(running_ == 0 ? 0 : held);
}

/// Then nothing more starts, not even what needs no memory: its values would need some.
bool Admission::is_over_budget(std::uint64_t held) const {
  return limits_.memory != 0 &&
         saturating_add(used_.memory, running_ == 0 ? 0 : held) > limits_.memory;
}

bool Admission::fits_without_memory(const Claims& claims) const {
  if (!has_slots_for(claims) || used_.alone) return false;
  if (claims.alone && running_ > 0) return false;
  return !missing_pool(claims);
}

}  // namespace penstock
