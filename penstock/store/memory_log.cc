#include "penstock/store/memory_log.h"

#include <algorithm>

#include "penstock/event/outgoing_event.h"
#include "penstock/store/run_match.h"

namespace penstock {
namespace {

constexpr std::size_t kBatch = 1024;

bool matches(const EventQuery& query, const Event& event) {
  if (event.seq <= query.after) return false;
  if (query.run && event.run != *query.run) return false;
  if (query.step && event.step != *query.step) return false;
  if (!query.text.empty() && encode_body(event.body).find(query.text) == std::string::npos)
    return false;
  return query.types.empty() ||
         std::find(query.types.begin(), query.types.end(), event_type(event)) != query.types.end();
}

}  // namespace

void MemoryLog::append(std::vector<Event> events) {
  const std::lock_guard lock(mutex_);
  for (auto& event : events) {
    make_storable(event);
    append_one(std::move(event));
  }
}

void MemoryLog::append_one(Event event) {
  event.seq = events_.size() + 1;
  RunRecord* run = nullptr;
  if (!event.run.empty()) {
    const auto [place, is_new] = run_places_.try_emplace(event.run, runs_.size());
    if (is_new) {
      runs_.emplace_back();
      fences_.emplace_back();
    }
    run = &runs_[place->second];
    auto folded = check_fence(*run, event);
    if (folded.ok()) folded = check_attempt(fences_[place->second], event);
    if (folded.ok()) folded = fold(*run, event);
    if (!folded.ok()) {
      if (!refused_) refused_ = std::move(folded).error();
      return;
    }
    note_attempt(fences_[place->second], event);
  }
  fold(ledger_, event, run == nullptr ? "" : run->job);
  events_.push_back(std::move(event));
}

Status MemoryLog::sync() {
  const std::lock_guard lock(mutex_);
  if (auto refused = std::exchange(refused_, std::nullopt)) return *std::move(refused);
  return {};
}

// Up to kBatch events that the query asks for, of those with from < seq <= until, in its order.
std::vector<Event> MemoryLog::select(const EventQuery& query, std::uint64_t from,
                                     std::uint64_t until) {
  const std::lock_guard lock(mutex_);
  until = std::min<std::uint64_t>(until, events_.size());
  std::vector<Event> found;
  for (std::uint64_t n = from; n < until && found.size() < kBatch; ++n) {
    const auto& event = events_[query.newest_first ? until - 1 - (n - from) : n];
    if (matches(query, event)) found.push_back(event);
  }
  return found;
}

// Copies batches, so that `visit` may call the log and holds nobody up.
Status MemoryLog::read(const EventQuery& query, const std::function<bool(const Event&)>& visit) {
  std::uint64_t from = query.after, until = UINT64_MAX;
  if (!query.newest_first) {
    const std::lock_guard lock(mutex_);
    until = events_.size();
  }
  std::size_t left = query.limit;
  while (left > 0) {
    const auto batch = select(query, from, until);
    for (const auto& event : batch)
      if (left-- == 0 || !visit(event)) return {};
    if (batch.size() < kBatch) break;
    if (query.newest_first)
      until = batch.back().seq - 1;
    else
      from = batch.back().seq;
  }
  return {};
}

Result<std::vector<RunRecord>> MemoryLog::runs(const RunQuery& query) {
  const std::lock_guard lock(mutex_);
  std::size_t place = runs_.size();
  if (query.before) {
    const auto before = run_places_.find(*query.before);
    place = before == run_places_.end() ? 0 : before->second;
  }
  std::vector<RunRecord> found;
  while (place-- > 0 && found.size() < query.limit) {
    const auto& run = runs_[place];
    if (run.id.empty() || (query.job && run.job != *query.job)) continue;
    if (!query.status || run.status == *query.status) found.push_back(run);
  }
  return found;
}

Result<RunRecord> MemoryLog::find_run(std::string_view id) {
  const auto part = PENSTOCK_TRY(detail::RunIdPart::parse(id));
  const std::lock_guard lock(mutex_);
  const RunRecord* found = nullptr;
  for (const auto& run : runs_) {
    if (run.id.empty() || !part.matches(run.id)) continue;
    if (found != nullptr) return part.ambiguous(found->id, run.id);
    found = &run;
  }
  if (found == nullptr) return part.not_found();
  return *found;
}

Result<std::map<std::string, OpHistory>> MemoryLog::op_history(const std::string& job) {
  const std::lock_guard lock(mutex_);
  const auto found = ledger_.ops.find(job);
  return found == ledger_.ops.end() ? std::map<std::string, OpHistory>() : found->second;
}

Result<std::vector<AssetRecord>> MemoryLog::assets(const std::string& asset) {
  const std::lock_guard lock(mutex_);
  std::vector<AssetRecord> found;
  for (const auto& [key, record] : ledger_.assets)
    if (asset.empty() || record.asset == asset) found.push_back(record);
  return found;
}

Result<std::vector<CheckRecord>> MemoryLog::checks(const std::string& asset) {
  const std::lock_guard lock(mutex_);
  std::vector<CheckRecord> found;
  for (const auto& [key, record] : ledger_.checks)
    if (asset.empty() || record.asset == asset) found.push_back(record);
  return found;
}

}  // namespace penstock
