// The log in memory: for tests, and for runs that need not be remembered.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "penstock/event/attempt_fence.h"
#include "penstock/event/event_log.h"
#include "penstock/event/ledger.h"

namespace penstock {

/// An EventLog that ends with its object. Behaves as SqliteLog does; sync() never waits.
class MemoryLog final : public EventLog {
 public:
  void append(std::vector<Event> events) override;
  Status sync() override;
  Status read(const EventQuery& query, const std::function<bool(const Event&)>& visit) override;
  Result<std::vector<RunRecord>> runs(const RunQuery& query) override;
  Result<RunRecord> find_run(std::string_view id) override;
  Result<std::map<std::string, OpHistory>> op_history(const std::string& job) override;
  Result<std::vector<AssetRecord>> assets(const std::string& asset) override;
  Result<std::vector<CheckRecord>> checks(const std::string& asset) override;

 private:
  void append_one(Event event);
  std::vector<Event> select(const EventQuery& query, std::uint64_t from, std::uint64_t until);

  mutable std::mutex mutex_;
  std::deque<Event> events_;     ///< the event with seq n is at n - 1
  std::vector<RunRecord> runs_;  ///< in the order of their first events
  std::vector<AttemptFence> fences_;
  std::map<RunId, std::size_t> run_places_;
  Ledger ledger_;
  std::optional<Error> refused_;
};

}  // namespace penstock
