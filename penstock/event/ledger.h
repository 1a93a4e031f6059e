// What the log remembers beside its runs: the latest record of each asset and check, what ops cost.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "penstock/event/event_log.h"

namespace penstock {

/// The latest records of assets and checks, and the cost of ops by job and op_of_step().
struct Ledger {
  std::map<std::string, std::map<std::string, OpHistory>> ops;
  std::map<std::pair<std::string, std::string>, AssetRecord> assets;
  std::map<std::tuple<std::string, std::string, std::string>, CheckRecord> checks;
};

/// Add one event that has its seq, of a run of `job`; empty: of no run whose cost counts. Pure.
void fold(Ledger& ledger, const Event& event, const std::string& job);
/// Add one successful attempt, by its place in the log, to what its op cost.
void fold(OpHistory& history, std::uint64_t seq, const StepSuccess& success);
/// Add what is known from elsewhere.
void merge(OpHistory& history, const OpHistory& more);

}  // namespace penstock
