// The log in memory: for tests, and for runs that need not be remembered.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "penstock/event/event_log.h"

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
  void note(const Event& event, const RunRecord* run);
  std::vector<Event> select(const EventQuery& query, std::uint64_t from, std::uint64_t until);

  mutable std::mutex mutex_;
  std::vector<Event> events_;    ///< the event with seq n is at n - 1
  std::vector<RunRecord> runs_;  ///< in the order of their first events
  std::map<RunId, std::size_t> run_places_;
  std::map<std::string, std::map<std::string, OpHistory>> ops_;
  std::map<std::pair<std::string, std::string>, AssetRecord> assets_;
  std::map<std::tuple<std::string, std::string, std::string>, CheckRecord> checks_;
  std::optional<Error> refused_;
};

}  // namespace penstock
