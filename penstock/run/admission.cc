#include "penstock/run/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {

namespace {
constexpr std::size_t kLookAhead = 64;      // ready steps that are tried when the first do not fit
constexpr std::int64_t kMaxOvertakes = 32;  // then nothing else starts until the first one fits
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

void Admission::add(ReadyStep step) { ready_.push(step); }

void Admission::begin() {
  if (used_.slots >= limits_.slots) return;
  for (const auto& waiting : passed_over_) ready_.push(waiting);
  passed_over_.clear();
}

std::optional<ReadyStep> Admission::next(std::uint64_t held) {
  while (!ready_.empty() && used_.slots < limits_.slots && passed_over_.size() < kLookAhead) {
    const auto step = ready_.top();
    ready_.pop();
    if (wait_for_pool(step)) continue;
    if (!fits(step.claims, held) || (!passed_over_.empty() && overtakes_ >= kMaxOvertakes)) {
      passed_over_.push_back(step);
      continue;
    }
    overtakes_ = passed_over_.empty() ? 0 : overtakes_ + 1;
    take(step.claims);
    return step;
  }
  return {};
}

void Admission::take(const Claims& claims) {
  used_.slots += slots_of(claims);
  used_.memory += claims.memory;
  used_.alone |= claims.alone;
  take_pools(claims, 1);
  ++running_;
}

void Admission::release(const Claims& claims) {
  used_.slots -= slots_of(claims);
  used_.memory -= claims.memory;
  if (claims.alone) used_.alone = false;
  take_pools(claims, -1);
  --running_;
}

void Admission::pause(const Claims& claims) {
  used_.slots -= slots_of(claims);
  if (claims.alone) used_.alone = false;
  --running_;
  take_pools(claims, -1);  // those it waits for may need the same
}

bool Admission::wait_for_pool(const ReadyStep& step) {
  for (const auto& [pool, amount] : step.claims.pools) {
    const auto limit = limits_.pools[pool];
    auto& waiting = wait_for_pool_[pool];
    const bool is_behind = !waiting.empty() && step < waiting.top();
    if (limit == 0 || (amount <= free_of_pool(pool) && !is_behind)) continue;
    waiting.push(step);
    changed_pools_.push_back(pool);
    return true;
  }
  return false;
}

// Whenever a pool changes, the first that waits for it is tried again; if it starts, it wakes the
// next in turn.
void Admission::take_pools(const Claims& claims, std::int64_t sign) {
  for (const auto& [pool, amount] : claims.pools) {
    if (limits_.pools[pool] == 0) continue;
    used_of_pool_[pool] += sign * amount;
    auto& waiting = wait_for_pool_[pool];
    if (waiting.empty()) continue;
    changed_pools_.push_back(pool);
    if (used_of_pool_[pool] >= limits_.pools[pool]) continue;
    ready_.push(waiting.top());
    waiting.pop();
  }
}

std::optional<BlockedStep> Admission::blocked() {
  if (auto found = blocked_by_pool()) return found;
  if (passed_over_.empty() || passed_over_.front().is_told || used_.slots >= limits_.slots)
    return {};
  passed_over_.front().is_told = true;
  return BlockedStep{passed_over_.front()};
}

std::optional<BlockedStep> Admission::blocked_by_pool() {
  while (!changed_pools_.empty()) {
    const auto pool = changed_pools_.back();
    changed_pools_.pop_back();
    auto& waiting = wait_for_pool_[pool];
    if (waiting.empty() || waiting.top().is_told) continue;
    const auto claims = waiting.top().claims.pools;
    const auto wanted = std::ranges::find(claims, pool, &PlannedClaim::pool)->amount;
    if (wanted <= free_of_pool(pool)) continue;  // who goes before it is about to start
    auto first = waiting.top();
    waiting.pop();
    first.is_told = true;
    waiting.push(first);
    return BlockedStep{first, pool};
  }
  return {};
}

std::uint64_t Admission::free_memory(std::uint64_t held) const {
  const auto taken = saturating_add(held, used_.memory);
  return taken < limits_.memory ? limits_.memory - taken : 0;
}

bool Admission::fits(const Claims& claims, std::uint64_t held) const {
  if (!has_slots_for(claims) || used_.alone) return false;
  if (claims.alone && running_ > 0) return false;
  if (limits_.memory == 0) return true;
  const auto taken = saturating_add(used_.memory, running_ == 0 ? 0 : held);  // of paused steps
  return taken <= limits_.memory && claims.memory <= limits_.memory - taken;
}

}  // namespace penstock
