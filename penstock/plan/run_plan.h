// What is to be done: step templates with everything resolved, ready to be run.
//
// A template is one node of the flattened graph. It runs once, or once per item when it stands in
// the scope of a dynamic output; the items are known only at run time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "penstock/event/event.h"
#include "penstock/event/value_store.h"
#include "penstock/model/definitions.h"
#include "penstock/model/execution_config.h"
#include "penstock/model/port_set.h"

namespace penstock {

/// One output of a template.
struct PlannedSource {
  std::uint32_t step = 0;
  std::uint32_t port = 0;
  friend bool operator==(const PlannedSource&, const PlannedSource&) = default;
};

/// Where an input's value comes from.
struct PlannedInput {
  enum class Kind : std::uint8_t {
    One,      ///< the one source; of a dynamic output: the item of this copy
    Collect,  ///< the one source's values over all items of its scope, gathered
    FanIn     ///< the sources' values, gathered in order
  };
  Kind kind = Kind::One;
  std::vector<PlannedSource> sources;
  GatherFunction gather = {};
  CollectOptions collect = {};  ///< Collect: how
  /// The resource that loads its values from where they are stored, as an index into
  /// RunPlan::resources; nothing: it is given them.
  std::optional<std::uint32_t> loader = {};
};

/// Who reads an output of a template.
struct PlannedReader {
  enum class Kind : std::uint8_t {
    Same,     ///< in the same scope: one copy reads one value
    Item,     ///< reads the items of the dynamic output
    Inner,    ///< in a scope inside: each of its copies reads the value
    Stream,   ///< in the same scope and unit: one copy reads batches while the other writes them
    Collect,  ///< in the scope outside: one copy reads the values of all items
    Join,     ///< in the scope outside: makes items of the values as they come
    Part,     ///< in a scope beside: each copy combines some neighbouring values
    Reduced   ///< in the scope outside: one copy combines what the parts left
  };
  std::uint32_t step = 0;
  Kind kind = Kind::Same;
  std::uint32_t drop_failed = 0;  ///< Collect, Reduced: items that may fail
  friend bool operator==(const PlannedReader&, const PlannedReader&) = default;
};

/// A hook of a template.
struct PlannedHook {
  HookDefPtr def;
  std::vector<std::uint32_t> resources;  ///< indices into RunPlan::resources
  std::shared_ptr<const void> config = {};
};

/// What a step takes of a pool while it runs.
struct PlannedClaim {
  std::uint32_t pool = 0;  ///< index into RunPlan::pools
  std::int64_t amount = 1;
};

/// Something that steps which run at the same time share, in amounts.
struct PlannedPool {
  std::string name;
  std::int64_t limit = 0;   ///< 0: none
  bool per_worker = false;  ///< an exclusive resource: each worker process has its own
};

/// A step template.
struct PlannedStep {
  std::string path;  ///< `state_year.extract`
  OpDefPtr op;
  std::uint32_t scope = 0;  ///< index into RunPlan::scopes
  std::uint32_t depth = 0;  ///< longest way from a step without inputs
  std::vector<PlannedInput> inputs;
  std::vector<PlannedSource> after;  ///< must succeed before; no value
  std::shared_ptr<const void> config;
  std::vector<std::uint32_t> resources;  ///< indices into RunPlan::resources
  std::map<std::string, std::string> tags;
  RetryPolicy retry;
  TriggerRule trigger = TriggerRule::AllSuccess;
  std::int32_t priority = 0;
  std::int32_t cpu = 1;
  MemoryEstimate memory;             ///< null: nothing is reserved
  PoolAmounts pools;                 ///< what its op and its use ask for
  std::vector<PlannedClaim> claims;  ///< of pools, all taken at once; of a unit: at its first step
  Micros timeout{0};                 ///< 0: none
  std::optional<ExecutorKind> executor;             ///< nothing: the run's
  std::vector<PlannedHook> hooks;                   ///< its own first, those of the job last
  std::vector<std::vector<PlannedReader>> readers;  ///< per output: each reading template once
  std::vector<Keep> keep;                           ///< per output
  /// Per output: the resource that stores it, as an index into RunPlan::resources.
  std::vector<std::optional<std::uint32_t>> io;
  std::string reason;               ///< why it runs
  JoinKind join = JoinKind::None;   ///< the engine itself does it
  std::int32_t unit = -1;           ///< index into RunPlan::units; -1: none
  std::uint32_t buffer = 4;         ///< batches that each of its streams holds
  std::uint32_t max_in_flight = 0;  ///< items under way per output; 0: any number
  bool internal = false;            ///< made by the planner, not declared
  bool fed = false;                 ///< gives an unbound input: the config says how
  bool held = false;       ///< only copies in RunPlan::reused: others are no part of the run
  bool anew = false;       ///< of a re-execution: what it gave before counts no more
  std::string signature;   ///< differs when op, types or connections differ
  std::string config_key;  ///< differs when the config differs

  /// The resource that stores an output; nothing: it stays in memory.
  std::optional<std::uint32_t> io_of(std::size_t port) const {
    return port < io.size() ? io[port] : std::nullopt;
  }
  /// For how long values of an output are kept.
  Keep keep_of(std::size_t port) const { return port < keep.size() ? keep[port] : Keep::None; }
};

/// The copies that a dynamic output makes of the templates that are mapped over it.
struct PlannedScope {
  std::uint32_t parent = 0;  ///< scope 0 is the run itself
  PlannedSource source;      ///< the dynamic output; of scope 0: nothing
  std::uint32_t level = 0;   ///< nesting: 0 for the run
  bool parts = false;        ///< the copies are the parts of a reduction of `source`, not its items
};

/// A reduction: the copies of one template combine neighbouring values, and another template, in
/// the scope outside the items, combines what they leave.
struct PlannedReduce {
  PlannedSource leaves;
  std::uint32_t parts = 0;  ///< step that stands in `scope`
  std::uint32_t root = 0;   ///< step
  std::uint32_t scope = 0;
  ReduceOptions options;
};

/// A resource that the run may need.
struct PlannedResource {
  std::shared_ptr<const ResourceDef> def;
  std::shared_ptr<const void> config;
  std::vector<std::uint32_t> needs;  ///< indices into RunPlan::resources, all smaller
};

/// A value that an earlier run stored.
struct ReusedValue {
  StoredValue stored;
  std::uint64_t bytes = 0;  ///< in memory, once it is loaded
};

/// A copy of a step that need not run, and what it had given.
struct ReusedStep {
  /// One item of a dynamic output.
  struct Item {
    std::uint32_t port = 0;
    std::string key;
    std::optional<ReusedValue> value;  ///< nothing: nobody will read it
  };
  /// How it had ended.
  enum class End : std::uint8_t { Succeeded, Skipped, Failed, UpstreamFailed };
  End end = End::Succeeded;
  bool told = false;           ///< of a resumed run: the log has its end already
  RunId run;                   ///< that ran it
  std::string reason;          ///< of a skip or failure
  PortSet produced;            ///< outputs that have a value
  std::vector<std::pair<std::uint32_t, ReusedValue>> values;  ///< by port: those that will be read
  std::vector<Item> items;                                    ///< in order
};

/// Everything that a run does, resolved; immutable while it runs.
struct RunPlan {
  std::string job;
  ConfigValue config;  ///< the launch document, defaults filled in, without what is fixed
  Tags tags;
  Micros max_runtime{0};           ///< 0: none
  std::vector<PlannedStep> steps;  ///< each after those that it reads from
  std::vector<PlannedScope> scopes;
  std::vector<PlannedReduce> reduces;
  std::vector<std::vector<std::uint32_t>> units;  ///< steps that streams connect, in plan order
  DispatchOrder order = DispatchOrder::DepthFirst;
  std::vector<PlannedResource> resources;
  std::vector<PlannedPool> pools;
  ExecutionChoice execution;              ///< what the config says of it
  std::optional<LogLevel> console_level;  ///< of messages that are shown; nothing: not said
  std::vector<std::string> secrets;       ///< values that configs hold; to be masked, never shown
  std::string selection = {};             ///< that it is limited to; empty: the whole job
  std::string strategy = {};              ///< of a re-execution
  std::string parent_run = {};            ///< of a re-execution
  std::string root_run = {};              ///< of a re-execution
  std::unordered_map<std::string, ReusedStep> reused = {};  ///< by step key
  /// Of a resumed run: attempts that steps begin with, by step key.
  std::unordered_map<std::string, std::int32_t> attempts = {};
  /// Of a resumed run: parts of reductions that failed for good, and why, by step key.
  std::map<std::string, std::string> failed = {};
  std::string on_worker_loss = {};  ///< `resume`, or empty
  std::optional<Keep> keep = {};    ///< that was asked for; nothing: as the job says

  /// True when `outer` is `scope` or one that contains it.
  bool contains(std::uint32_t outer, std::uint32_t scope) const;
};

/// The plan as the JSON that RUN_STARTING keeps: see docs/formats/event-log.md.
std::string plan_json(const RunPlan& plan);

/// The tag that limits how long a run may take, such as `90s` or `2h`; goes before the job's limit.
inline constexpr const char* kMaxRuntimeTag = "penstock/max_runtime";

/// What holds for all runs of a program, where neither request nor definitions say something.
struct RunDefaults {
  std::optional<Keep> keep = {};
  PoolAmounts pools = {};              ///< limits; also of pools that the job does not have
  bool allow_literal_secrets = false;  ///< documents may hold secrets themselves
};

/// What somebody asks to be run.
struct RunRequest {
  std::string job;
  ConfigValue config = ConfigValue::map();
  Tags tags = {};
  std::optional<Keep> keep = {};              ///< instead of the job's
  PoolAmounts pools = {};                     ///< limits of pools; those of the job apply to others
  ConfigValue supplied = ConfigValue::map();  ///< by a schedule or sensor: over the job's default
  std::string selection = {};                 ///< steps to be run, see selection.h; empty: all
  std::string on_worker_loss = {};            ///< `resume`: another process may go on with the run
  RunDefaults defaults = {};
};

/// Resolve a request against the definitions. Pure but for `environment`, where references are
/// looked up. Errors: NotFound (job), Config (all problems of the document, one a line; a selection
/// of nothing; a selected step that reads from one that is not).
Result<RunPlan> plan_run(const Definitions& definitions, const RunRequest& request,
                         const ConfigEnvironment& environment = process_environment());

}  // namespace penstock
