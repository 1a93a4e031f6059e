// What happened: the events of the log. All state of Penstock is a fold of them.
//
// An Event is an envelope and one body. Bodies are plain structs; each lists its fields once, in
// fields(), from which both directions of the stored JSON are made (event_codec.h). A field that
// has its default value is left out. docs/formats/event-log.md describes what is stored.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/base/ids.h"
#include "penstock/base/one_of.h"
#include "penstock/base/result.h"
#include "penstock/model/metadata.h"

namespace penstock {

/// Free key and value pairs on a run.
using Tags = std::map<std::string, std::string>;

/// A run exists and is about to start; everything needed to understand it later.
struct RunStarting {
  static constexpr std::string_view kType = "RUN_STARTING";
  std::string job = {};
  std::string config = {};  ///< the resolved document as JSON; secrets masked
  Tags tags = {};
  std::string executor = {};    ///< inline, threads, processes
  std::int32_t jobs = 0;        ///< steps at a time
  std::int64_t memory = 0;      ///< memory budget in bytes; 0: none
  std::string plan = {};        ///< the planned steps as JSON: see docs/formats/event-log.md
  std::string build_id = {};    ///< identifies the program
  std::string parent_run = {};  ///< of a re-execution
  std::string root_run = {};    ///< the first of a chain of re-executions; itself, if it is none
  std::string strategy = {};    ///< of a re-execution: FROM_FAILURE, …
  std::string selection = {};   ///< the steps that it is limited to; empty: all
  std::string on_worker_loss = {};  ///< `resume`, or empty: it fails when its process is lost
  std::string keep = {};            ///< what was asked to be kept of values; empty: as the job says
  std::int32_t pid = 0;
  std::string host = {};
  std::string process = {};         ///< process_birth() of the pid, since pids are used again
  std::string folder = {};          ///< working folder: where relative paths in later events begin
  std::int64_t max_runtime_us = 0;  ///< time limit of the whole run; 0: none
  template <class A>
  void fields(A& a) {
    a("job", job), a("config", config), a("tags", tags), a("executor", executor), a("jobs", jobs);
    a("memory", memory), a("plan", plan), a("build_id", build_id), a("parent_run", parent_run);
    a("root_run", root_run), a("pid", pid), a("host", host), a("process", process);
    a("folder", folder), a("strategy", strategy), a("selection", selection);
    a("on_worker_loss", on_worker_loss), a("max_runtime_us", max_runtime_us), a("keep", keep);
  }
};

/// Another process goes on with a run whose process was lost. What the lost one may still write is
/// refused: it carries the old fence. For each step that was running STEP_FAILURE and
/// STEP_UP_FOR_RETRY follow, for each that had succeeded and runs again STEP_UP_FOR_RETRY.
struct RunResumed {
  static constexpr std::string_view kType = "RUN_RESUMED";
  std::int64_t old_fence = 0;
  std::int64_t fence = 0;
  std::int64_t kept = 0;       ///< steps that had ended and stay so
  std::int64_t restarted = 0;  ///< steps that were running
  std::int32_t pid = 0;        ///< of the process that goes on, as in RUN_STARTING
  std::string host = {};
  std::string process = {};
  std::string folder = {};
  template <class A>
  void fields(A& a) {
    a("old_fence", old_fence), a("fence", fence), a("kept", kept), a("restarted", restarted);
    a("pid", pid), a("host", host), a("process", process), a("folder", folder);
  }
};

/// The first step may start.
struct RunStart {
  static constexpr std::string_view kType = "RUN_START";
  std::int64_t steps = 0;  ///< steps known before any dynamic output
  template <class A>
  void fields(A& a) {
    a("steps", steps);
  }
};

/// Every step ended, and none failed but those whose items were left out.
struct RunSuccess {
  static constexpr std::string_view kType = "RUN_SUCCESS";
  std::int64_t duration_us = 0;
  std::int64_t cpu_us = 0;
  std::int64_t peak_rss = 0;  ///< bytes, of the process
  std::int64_t dropped = 0;   ///< failed steps whose items were dropped or discarded
  template <class A>
  void fields(A& a) {
    a("duration_us", duration_us), a("cpu_us", cpu_us), a("peak_rss", peak_rss);
    a("dropped", dropped);
  }
};

/// The run ended and something failed.
struct RunFailure {
  static constexpr std::string_view kType = "RUN_FAILURE";
  std::string failure_class = {};              ///< user, infrastructure, timeout
  std::string reason = {};                     ///< of the first failed step, or of the run itself
  std::vector<std::string> failed_steps = {};  ///< the first hundred
  std::int64_t failed_count = 0;
  Error error = {};
  std::int64_t duration_us = 0;
  std::int64_t cpu_us = 0;
  std::int64_t peak_rss = 0;
  template <class A>
  void fields(A& a) {
    a("failure_class", failure_class), a("reason", reason), a("failed_steps", failed_steps);
    a("failed_count", failed_count), a("error", error), a("duration_us", duration_us);
    a("cpu_us", cpu_us), a("peak_rss", peak_rss);
  }
};

/// Somebody asked the run to stop, or its time is up.
struct RunCanceling {
  static constexpr std::string_view kType = "RUN_CANCELING";
  std::string by = {};    ///< `max_runtime`: its time limit
  std::string mode = {};  ///< force: its end is recorded for it; else its steps are asked to end
  template <class A>
  void fields(A& a) {
    a("by", by), a("mode", mode);
  }
};

/// The run stopped because it was asked to.
struct RunCanceled {
  static constexpr std::string_view kType = "RUN_CANCELED";
  std::int64_t interrupted = 0;  ///< steps that were running
  std::int64_t duration_us = 0;
  template <class A>
  void fields(A& a) {
    a("interrupted", interrupted), a("duration_us", duration_us);
  }
};

/// A run was deleted: its events are gone, but for the latest record of each asset and check.
/// Not an event of the run, which exists no more.
struct RunDeleted {
  static constexpr std::string_view kType = "RUN_DELETED";
  std::string run = {};
  std::string job = {};
  std::string status = {};  ///< as it had ended
  std::string by = {};
  std::int64_t events = 0;  ///< deleted ones
  std::string folder = {};  ///< as in RUN_STARTING, for the records that stay
  std::string ops = {};     ///< what its ops cost, as JSON: see docs/formats/event-log.md
  template <class A>
  void fields(A& a) {
    a("run", run), a("job", job), a("status", status), a("by", by), a("events", events);
    a("folder", folder), a("ops", ops);
  }
};

/// An attempt of a step begins.
struct StepStart {
  static constexpr std::string_view kType = "STEP_START";
  std::int32_t worker = 0;     ///< worker slot of the run, from 0
  std::int64_t memory = 0;     ///< reserved bytes
  std::int64_t waited_us = 0;  ///< since its inputs were there
  template <class A>
  void fields(A& a) {
    a("worker", worker), a("memory", memory), a("waited_us", waited_us);
  }
};

/// A process was started for the step, which is its first. Steps that find one waiting have none.
struct StepWorkerStarted {
  static constexpr std::string_view kType = "STEP_WORKER_STARTED";
  std::int32_t pid = 0;
  std::int64_t start_us = 0;  ///< from asking for it until it was there
  template <class A>
  void fields(A& a) {
    a("pid", pid), a("start_us", start_us);
  }
};

/// What an attempt wrote to its standard output or error was kept in a file.
struct LogsCaptured {
  static constexpr std::string_view kType = "LOGS_CAPTURED";
  std::string stream = {};  ///< stdout, stderr
  std::string file = {};    ///< below the home folder
  std::int64_t bytes = 0;   ///< that were written, kept or not
  std::int64_t lines = 0;
  bool truncated = false;  ///< only head and tail were kept
  template <class A>
  void fields(A& a) {
    a("stream", stream), a("file", file), a("bytes", bytes), a("lines", lines);
    a("truncated", truncated);
  }
};

/// A step that has its inputs waits for room; told once, of the first in the queue, and of the
/// first in the queue of each pool.
struct StepBlocked {
  static constexpr std::string_view kType = "STEP_BLOCKED";
  std::string reason = {};                ///< memory, slots, pool
  std::string pool = {};                  ///< pool: which one
  std::int64_t wanted = 0;                ///< bytes, slots, or of the pool
  std::int64_t free = 0;                  ///< of them
  std::int64_t held = 0;                  ///< memory: bytes of values that wait for their readers
  std::vector<std::string> holders = {};  ///< steps that have most of the rest, at most ten
  template <class A>
  void fields(A& a) {
    a("reason", reason), a("pool", pool), a("wanted", wanted), a("free", free);
    a("held", held), a("holders", holders);
  }
};

/// A step handed on a value. One event per item for dynamic outputs.
struct StepOutput {
  static constexpr std::string_view kType = "STEP_OUTPUT";
  std::string output = {};       ///< empty stands for `result`, the name of an op's only output
  std::string mapping_key = {};  ///< dynamic outputs only
  std::string value_type = {};
  std::int64_t bytes = 0;
  Metadata metadata = {};  ///< summary of the value, and what the op added
  template <class A>
  void fields(A& a) {
    a("output", output), a("mapping_key", mapping_key), a("value_type", value_type);
    a("bytes", bytes), a("metadata", metadata);
  }
};

/// A value was stored: readers of later runs and other processes find it there.
struct HandledOutput {
  static constexpr std::string_view kType = "HANDLED_OUTPUT";
  std::string output = {};       ///< as in STEP_OUTPUT
  std::string mapping_key = {};  ///< dynamic outputs only
  std::string manager = {};      ///< who stored it and can load it
  std::string object = {};       ///< where, in the manager's words: a path below the home folder
  std::int64_t bytes = 0;
  std::string hash = {};    ///< of the stored bytes
  std::string layout = {};  ///< of the value type, as the program had it
  std::string keep = {};    ///< for how long: `failed`, `all`; empty: as long as its manager has it
  /// The name under which the file lay beside `object` when this was told: it is renamed after
  /// that. Empty: the manager stored no file, or not through OutputContext::stage().
  std::string staged = {};
  Metadata metadata = {};  ///< what the manager tells
  template <class A>
  void fields(A& a) {
    a("output", output), a("mapping_key", mapping_key), a("manager", manager), a("object", object);
    a("bytes", bytes), a("hash", hash), a("layout", layout), a("keep", keep);
    a("staged", staged), a("metadata", metadata);
  }
};

/// A stored value was read for an input.
struct LoadedInput {
  static constexpr std::string_view kType = "LOADED_INPUT";
  std::string input = {};
  std::string manager = {};
  std::string object = {};
  std::int64_t bytes = 0;
  std::int64_t duration_us = 0;
  template <class A>
  void fields(A& a) {
    a("input", input), a("manager", manager), a("object", object), a("bytes", bytes);
    a("duration_us", duration_us);
  }
};

/// A stored value was deleted.
struct IntermediateDeleted {
  static constexpr std::string_view kType = "INTERMEDIATE_DELETED";
  std::string object = {};
  std::int64_t bytes = 0;
  std::string cause = {};  ///< last_consumer, superseded, ttl, gc
  template <class A>
  void fields(A& a) {
    a("object", object), a("bytes", bytes), a("cause", cause);
  }
};

/// The step is not run again: its outputs are those of an earlier run. DYNAMIC_COMPLETE follows for
/// each of its dynamic outputs.
struct StepReused {
  static constexpr std::string_view kType = "STEP_REUSED";
  std::string run = {};     ///< the run that ran it
  std::string reason = {};  ///< why it need not run; empty: it succeeded there
  template <class A>
  void fields(A& a) {
    a("run", run), a("reason", reason);
  }
};

/// A dynamic output is complete: no further keys.
struct DynamicComplete {
  static constexpr std::string_view kType = "DYNAMIC_COMPLETE";
  std::string output = {};
  std::int64_t count = 0;
  Metadata metadata = {};     ///< what the op added
  std::string keys_md5 = {};  ///< of the mapping keys in order, each followed by a line feed
  template <class A>
  void fields(A& a) {
    a("output", output), a("count", count), a("metadata", metadata), a("keys_md5", keys_md5);
  }
};

/// A later attempt gave other items than those before it, or gave them in another order.
struct DynamicChanged {
  static constexpr std::string_view kType = "DYNAMIC_CHANGED";
  std::string output = {};
  std::vector<std::string> added = {};      ///< keys that only the later attempt gave
  std::vector<std::string> discarded = {};  ///< keys that it did not give any more
  /// All keys as the later attempt gave them, where that is not the order in which they came first.
  std::vector<std::string> order = {};
  template <class A>
  void fields(A& a) {
    a("output", output), a("added", added), a("discarded", discarded), a("order", order);
  }
};

/// A step goes on without the items that failed, as it was declared to.
struct ItemsDropped {
  static constexpr std::string_view kType = "ITEMS_DROPPED";
  std::string source = {};             ///< step path and output that is gathered
  std::vector<std::string> keys = {};  ///< of the dropped items
  std::int64_t allowed = 0;            ///< so many may be dropped
  template <class A>
  void fields(A& a) {
    a("source", source), a("keys", keys), a("allowed", allowed);
  }
};

/// An attempt succeeded.
struct StepSuccess {
  static constexpr std::string_view kType = "STEP_SUCCESS";
  std::int64_t duration_us = 0;
  std::int64_t cpu_us = 0;
  std::int64_t peak_rss = 0;   ///< bytes, where the attempt had a process to itself
  std::int64_t bytes_in = 0;   ///< of the values that it was given
  std::int64_t bytes_out = 0;  ///< of the values that it gave
  template <class A>
  void fields(A& a) {
    a("duration_us", duration_us), a("cpu_us", cpu_us), a("peak_rss", peak_rss);
    a("bytes_in", bytes_in), a("bytes_out", bytes_out);
  }
};

/// An attempt failed. Followed by STEP_UP_FOR_RETRY when it will be tried again.
struct StepFailure {
  static constexpr std::string_view kType = "STEP_FAILURE";
  Error error = {};
  std::string failure_class = {};  ///< user, infrastructure, timeout
  std::int64_t duration_us = 0;
  std::int64_t cpu_us = 0;
  Metadata metadata = {};
  std::string reason = {};     ///< USER_EXCEPTION, DISK_FULL, OOM_KILLED, …
  std::int32_t exit_code = 0;  ///< of a process that exited by itself: reason EXIT
  std::int32_t signal = 0;     ///< that ended the process
  std::int64_t peak_rss = 0;   ///< bytes, where the attempt had a process to itself
  template <class A>
  void fields(A& a) {
    a("error", error), a("failure_class", failure_class), a("duration_us", duration_us);
    a("cpu_us", cpu_us), a("metadata", metadata), a("reason", reason);
    a("exit_code", exit_code), a("signal", signal), a("peak_rss", peak_rss);
  }
};

/// The step will be tried again after a delay. Of a resumed run also a step that had succeeded,
/// when what it gave is not there any more.
struct StepUpForRetry {
  static constexpr std::string_view kType = "STEP_UP_FOR_RETRY";
  std::int32_t next_attempt = 0;
  std::int64_t delay_us = 0;
  std::string reason = {};
  std::int64_t memory = 0;  ///< bytes that it will reserve, where that changed
  bool succeeded = false;   ///< the attempt before had: its success counts no more
  template <class A>
  void fields(A& a) {
    a("next_attempt", next_attempt), a("delay_us", delay_us), a("reason", reason);
    a("memory", memory), a("succeeded", succeeded);
  }
};

/// The step does not run: its op said so, or an input is not there.
struct StepSkipped {
  static constexpr std::string_view kType = "STEP_SKIPPED";
  std::string reason = {};
  bool started = false;  ///< an attempt was running: its op asked to be skipped
  template <class A>
  void fields(A& a) {
    a("reason", reason), a("started", started);
  }
};

/// The step cannot run because a step before it failed.
struct StepUpstreamFailed {
  static constexpr std::string_view kType = "STEP_UPSTREAM_FAILED";
  std::string step = {};    ///< the failed step nearest to it
  std::string reason = {};  ///< empty: that step's failure
  template <class A>
  void fields(A& a) {
    a("step", step), a("reason", reason);
  }
};

/// The step was stopped, or never started, because the run was canceled.
struct StepCanceled {
  static constexpr std::string_view kType = "STEP_CANCELED";
  std::string by = {};
  bool started = false;  ///< an attempt was running
  template <class A>
  void fields(A& a) {
    a("by", by), a("started", started);
  }
};

/// A hook of a step ran.
struct HookCompleted {
  static constexpr std::string_view kType = "HOOK_COMPLETED";
  std::string hook = {};
  std::int64_t duration_us = 0;
  template <class A>
  void fields(A& a) {
    a("hook", hook), a("duration_us", duration_us);
  }
};

/// A hook of a step failed; the step stays as it ended.
struct HookErrored {
  static constexpr std::string_view kType = "HOOK_ERRORED";
  std::string hook = {};
  Error error = {};
  std::int64_t duration_us = 0;
  template <class A>
  void fields(A& a) {
    a("hook", hook), a("error", error), a("duration_us", duration_us);
  }
};

/// How far a running step is. Only the latest is of interest.
struct StepProgress {
  static constexpr std::string_view kType = "STEP_PROGRESS";
  std::int64_t done = 0;
  std::int64_t total = 0;  ///< 0: unknown
  std::string unit = {};
  template <class A>
  void fields(A& a) {
    a("done", done), a("total", total), a("unit", unit);
  }
};

/// A resource is about to be opened.
struct ResourceInitStarted {
  static constexpr std::string_view kType = "RESOURCE_INIT_STARTED";
  std::string resource = {};
  template <class A>
  void fields(A& a) {
    a("resource", resource);
  }
};

/// A resource was opened.
struct ResourceInitSuccess {
  static constexpr std::string_view kType = "RESOURCE_INIT_SUCCESS";
  std::string resource = {};
  std::int64_t duration_us = 0;
  template <class A>
  void fields(A& a) {
    a("resource", resource), a("duration_us", duration_us);
  }
};

/// A resource could not be opened; steps that need it fail.
struct ResourceInitFailure {
  static constexpr std::string_view kType = "RESOURCE_INIT_FAILURE";
  std::string resource = {};
  Error error = {};
  std::int64_t duration_us = 0;
  template <class A>
  void fields(A& a) {
    a("resource", resource), a("error", error), a("duration_us", duration_us);
  }
};

/// A resource was closed.
struct ResourceTeardown {
  static constexpr std::string_view kType = "RESOURCE_TEARDOWN";
  std::string resource = {};
  std::int64_t duration_us = 0;
  Error error = {};  ///< what its destructor threw
  template <class A>
  void fields(A& a) {
    a("resource", resource), a("duration_us", duration_us), a("error", error);
  }
};

/// An asset (a partition of it) was made.
struct AssetMaterialization {
  static constexpr std::string_view kType = "ASSET_MATERIALIZATION";
  std::string asset = {};
  std::string partition = {};
  std::string path = {};
  Metadata metadata = {};
  template <class A>
  void fields(A& a) {
    a("asset", asset), a("partition", partition), a("path", path), a("metadata", metadata);
  }
};

/// A check of an asset was evaluated.
struct AssetCheckEvaluation {
  static constexpr std::string_view kType = "ASSET_CHECK_EVALUATION";
  std::string asset = {};
  std::string check = {};
  std::string partition = {};
  bool passed = false;
  std::string severity = {};  ///< WARN, ERROR
  std::string description = {};
  Metadata metadata = {};
  template <class A>
  void fields(A& a) {
    a("asset", asset), a("check", check), a("partition", partition), a("passed", passed);
    a("severity", severity), a("description", description), a("metadata", metadata);
  }
};

/// A message that an op or the engine logged.
struct LogMessage {
  static constexpr std::string_view kType = "LOG";
  std::string logger = {};  ///< empty: the op itself
  std::string text = {};
  template <class A>
  void fields(A& a) {
    a("logger", logger), a("text", text);
  }
};

/// Something the engine did of its own accord.
struct EngineEvent {
  static constexpr std::string_view kType = "ENGINE_EVENT";
  std::string text = {};
  template <class A>
  void fields(A& a) {
    a("text", text);
  }
};

/// An event of a type this version does not know; kept as it is.
struct UnknownEvent {
  std::string type = {};
  std::string payload = {};  ///< JSON
};

/// The body of an event: `event.body.get_if<StepFailure>()`, `event.body.visit(...)`.
using EventBody =
    OneOf<RunStarting, RunResumed, RunStart, RunSuccess, RunFailure, RunCanceling, RunCanceled,
          RunDeleted, StepStart, StepBlocked, StepWorkerStarted, StepOutput, HandledOutput,
          LoadedInput, IntermediateDeleted, StepReused, DynamicComplete, DynamicChanged,
          ItemsDropped, StepSuccess, StepFailure, StepUpForRetry, StepSkipped, StepUpstreamFailed,
          StepCanceled, HookCompleted, HookErrored, StepProgress, ResourceInitStarted,
          ResourceInitSuccess, ResourceInitFailure, ResourceTeardown, AssetMaterialization,
          AssetCheckEvaluation, LogsCaptured, LogMessage, EngineEvent, UnknownEvent>;

/// One record of the log.
struct Event {
  std::uint64_t seq = 0;  ///< position in the log, from 1; given by the log
  Time time{};
  RunId run = {};
  std::string step = {};     ///< step key; empty: not about a step
  std::int32_t attempt = 0;  ///< attempt of the step, from 0
  LogLevel level = LogLevel::Info;
  std::int64_t fence = 0;  ///< of the process that wrote it; not stored: see check_fence()
  EventBody body = {};
};
static_assert(sizeof(Event) <= 112, "runs of a million items keep many of them");

/// The type of an event as stored and shown: `STEP_START`.
std::string_view event_type(const Event& event);
/// The body as compact JSON text.
std::string encode_body(const EventBody& body);
/// Read a body back. Unknown types and fields are kept or ignored, never an error; JSON that cannot
/// be read is ErrorCode::Corrupt.
Result<EventBody> decode_body(std::string_view type, std::string_view payload);

}  // namespace penstock
