// Runs a graph without running its ops: a script says how each attempt goes, on a clock that jumps
// from one thing that happens to the next. What retries, time limits, priorities, a memory budget
// and failures do to a job can so be tested in no time, and the same way every time.
//
//   ps::testing::Script script;
//   script.step("list").yields("a", 1).yields("b", 2);
//   script.step("load[b]", 0).fails("no such file").takes(2s);
//   auto run = ps::testing::run_scripted(definitions, "etl", script, {.slots = 2});
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/testing/run_job.h"

namespace penstock::testing {

/// How attempts of a step go. Unless it says otherwise, an attempt takes a second and succeeds.
class Scripted {
 public:
  /// Succeed with this value of the only output. Without it, a value that nobody can look into.
  template <class T>
  Scripted& gives(T value) {
    value_ = Value::make<T>(std::move(value));
    return *this;
  }
  /// Succeed without a value for the named output, as an op does that returns std::nullopt.
  Scripted& omits(std::string output);
  /// Hand on an item of the only dynamic output; one each `every`.
  template <class T>
  Scripted& yields(std::string key, T item) {
    items_.emplace_back(std::move(key), Value::make<T>(std::move(item)));
    return *this;
  }
  Scripted& fails(std::string message);
  /// Fail with this error: its code, and whether it may be tried again.
  Scripted& fails(Error error);
  Scripted& skips(std::string reason);
  /// The process of the attempt ends: killed by a signal, `OOM_KILLED` with the memory it had, or
  /// what else STEP_FAILURE can tell.
  Scripted& crashes(std::string reason = "SIGNAL", std::uint64_t peak_rss = 0);
  /// Go on until asked to stop.
  Scripted& hangs();
  /// Go on even when asked to stop.
  Scripted& ignores_stop();
  Scripted& takes(Micros time);
  /// Time between items.
  Scripted& every(Micros time);

 private:
  friend class ScriptedEngine;
  std::optional<Value> value_;
  std::vector<std::string> omitted_;
  std::vector<std::pair<std::string, Value>> items_;
  std::optional<Error> error_;
  std::string death_;
  std::uint64_t peak_rss_ = 0;
  bool hangs_ = false;
  bool ignores_stop_ = false;
  Micros takes_ = std::chrono::seconds(1);
  Micros every_ = std::chrono::milliseconds(1);
};

/// How the steps of a run go.
class Script {
 public:
  /// A step by its key (`load[b]`) or by its path for all copies (`load`), and one attempt, counted
  /// from 0, or all of them. What names more goes first: key before path, attempt before all.
  Scripted& step(std::string name, std::optional<std::int32_t> attempt = {});
  /// Ask the run to stop at that time after its start.
  Script& cancel_at(Micros time);

 private:
  friend class ScriptedEngine;
  const Scripted& find(const std::string& key, std::int32_t attempt) const;
  std::map<std::pair<std::string, std::int32_t>, Scripted> steps_;  // attempt -1: all
  std::optional<Micros> cancel_at_;
};

/// What a scripted run may use.
struct ScriptedOptions {
  std::int32_t slots = 1;
  std::uint64_t memory = 0;
  std::uint64_t seed = 1;       ///< for the jitter of retries
  EventLog* history = nullptr;  ///< a log to write to, so that runs learn from earlier ones
  Tags tags = {};
};

/// Plan a job and play it. Errors: those of planning; NotFound, when the script names a step that
/// the job does not have; Internal, when a step hangs and nothing will ever ask it to stop.
Result<TestRun> run_scripted(const Definitions& definitions, std::string job, const Script& script,
                             const ScriptedOptions& options = {}, std::string_view config = "");

}  // namespace penstock::testing
