// A declared op with its C++ types erased: what the planner and the engine work with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/model/config_type.h"
#include "penstock/model/executor_kind.h"
#include "penstock/model/keep.h"
#include "penstock/model/op_context.h"
#include "penstock/model/user_code.h"
#include "penstock/model/value.h"

namespace penstock {

/// How the delay before a retry grows.
enum class Backoff : std::uint8_t { None, Linear, Exponential };
/// How a retry's delay is spread.
enum class Jitter : std::uint8_t { None, Full, PlusMinus };

/// When and how often a failed step is tried again.
struct RetryPolicy {
  std::int32_t max_retries = 0;
  Micros delay{0};
  Backoff backoff = Backoff::None;
  Jitter jitter = Jitter::None;
  Micros max_delay = std::chrono::hours(24);
};

/// The delay before retry n = 1, 2, …; `random` is uniform in [0, 1). Pure.
Micros retry_delay(const RetryPolicy& policy, std::int32_t retry, double random);

/// When a step runs, seen from the steps before it.
enum class TriggerRule : std::uint8_t {
  AllSuccess,  ///< every one succeeded
  NoneFailed,  ///< each succeeded or was skipped
  AnySuccess,  ///< at least one succeeded
  AnyFailed,   ///< at least one failed
  AllDone      ///< each ended, however
};

/// Make one value out of several: the vector<T> that a collect or a fan-in hands on.
using GatherFunction = UserPointer<Value(std::span<const Value>)>;

/// A declared input.
struct InputDef {
  std::string name;
  const ValueType* type = nullptr;
  bool optional = false;  ///< std::optional: may be missing when the trigger rule lets the step run
  const ValueType* element = nullptr;  ///< of a std::vector: what it has; else null
  GatherFunction gather = {};          ///< of a std::vector: makes one of its elements
  bool stream = false;                 ///< of a Stream: `type` is that of its batches
  std::string description = {};
  Metadata metadata = {};
  /// The IO manager that loads what is stored of the output that feeds it; empty: it is given the
  /// value itself, and of an earlier run what the output's own manager loads.
  std::string loader = {};
};

/// A declared output.
struct OutputDef {
  std::string name;
  const ValueType* type = nullptr;
  bool required = true;           ///< false: std::optional; what needs a missing one is skipped
  bool dynamic = false;           ///< any number of keyed values
  bool nothing = false;           ///< carries order only
  std::optional<Keep> keep = {};  ///< nothing: as the op's use, the launch or the job says
  std::string io = {};            ///< the resource that stores it; empty: it stays in memory
  bool stream = false;            ///< comes in batches of `type`, while its op runs
  std::string description = {};
  Metadata metadata = {};
};

/// What the C++ type of an input says of it.
struct InputShape {
  const ValueType* type;
  bool optional = false;
  const ValueType* element = nullptr;
  GatherFunction gather = {};
  bool stream = false;
};
/// What the C++ type of an output says of it.
struct OutputShape {
  const ValueType* type;
  bool required = true, dynamic = false, nothing = false, stream = false;
};
OutputDef make_output(std::string_view name, const OutputShape& shape);

/// A resource that a function asks for.
struct ResourceNeed {
  std::string name;  ///< empty: the only resource of that type
  const std::type_info* type = nullptr;
  std::string type_name;
};
void add_need(std::vector<ResourceNeed>& needs, std::string_view name, const std::type_info& type,
              std::string_view raw_type_name);

/// One call of an op: its arguments, and where its outputs go.
struct OpCall {
  OpContext* context = nullptr;
  std::span<const Value> inputs;  ///< an empty Value for a missing optional one
  const void* config = nullptr;
  std::span<const void* const> resources;  ///< in the order of OpDef::resources
  std::vector<Value> outputs;              ///< one per output; filled by the call
};

/// Calls the user's function.
using OpFunction = UserFunction<Status(OpCall&)>;
/// Bytes that a step will need at most, from its inputs.
using MemoryEstimate = UserFunction<std::uint64_t(std::span<const Value>)>;

struct HookDef;
using HookDefPtr = std::shared_ptr<const HookDef>;

/// How much of which pools a step takes while it runs.
using PoolAmounts = std::map<std::string, std::int64_t>;

/// A declared op.
struct OpDef {
  explicit OpDef(std::string_view name = {});
  // Copied, moved and destroyed in the source file: programs that include this compile faster.
  OpDef(const OpDef& other);
  OpDef(OpDef&& other) noexcept;
  OpDef& operator=(const OpDef& other);
  OpDef& operator=(OpDef&& other) noexcept;
  ~OpDef();
  /// Add an input that is named by its place.
  void add_input(const InputShape& shape);
  void add_output(std::string_view output, const OutputShape& shape);

  std::string name;
  std::string description;
  std::vector<InputDef> inputs;
  std::vector<OutputDef> outputs;
  ConfigTypePtr config;  ///< null: takes none
  std::vector<ResourceNeed> resources;
  OpFunction call;
  std::map<std::string, std::string> tags;
  std::optional<RetryPolicy> retry;  ///< nothing: the job's
  TriggerRule trigger = TriggerRule::AllSuccess;
  std::int32_t priority = 0;                  ///< higher runs first
  std::int32_t cpu = 1;                       ///< slots it occupies
  MemoryEstimate memory;                      ///< null: the default reservation
  Micros timeout{0};                          ///< 0: none
  std::optional<ExecutorKind> executor = {};  ///< nothing: the run's
  std::vector<HookDefPtr> hooks;              ///< of every use: see hook.h
  PoolAmounts pools;                          ///< taken while a step runs
  /// What was said about the op that cannot be; build() reports it.
  std::vector<std::string> mistakes;
};

using OpDefPtr = std::shared_ptr<const OpDef>;

/// `; did you mean "table"?`: the input whose name is nearest, or those that there are.
std::string nearest_input(const OpDef& op, std::string_view name);

/// Why the op cannot run in a process of its own: one sentence for each input and output whose
/// values stay in their process, with what to do about it. Empty when it can.
std::vector<std::string> not_portable(const OpDef& op);

}  // namespace penstock
