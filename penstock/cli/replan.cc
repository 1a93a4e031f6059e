#include "penstock/cli/replan.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "penstock/base/json_text.h"
#include "penstock/cli/launch_config.h"
#include "penstock/cli/launch_request.h"
#include "penstock/cli/settings.h"
#include "penstock/event/managed_files.h"

namespace penstock {
namespace {

/// Looks at files that IO managers stored, at each once.
class ManagedLooks {
 public:
  /// What is wrong with it; empty: nothing.
  std::string fault(const StoredValue& stored) {
    const auto [look, is_new] = looks_.try_emplace({stored.object, stored.hash});
    if (is_new)
      if (const auto sound = verify_managed(stored); !sound.ok())
        look->second = sound.error().message;
    return look->second;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::string> looks_;  // by path and hash
};

/// What an IO manager stored elsewhere than in a file is taken to be there: only a run opens it.
KnownRun known_run(const CommandContext& context, const Definitions& definitions,
                   const RunHistory& history, ValueStore* values, const RunRecord& run) {
  KnownRun known{
      .history = history, .build_id = context.services.build_id, .run_text = run.id.short_text()};
  const auto looks = std::make_shared<ManagedLooks>();
  known.has = [definitions, values, looks](const StoredValue& stored, const ValueType& type) {
    for (const auto& resource : definitions.resources())
      if (resource->name == stored.manager) return looks->fault(stored).empty();
    return values != nullptr && values->has(stored, type);
  };
  known.fault = [looks](const StoredValue& stored) { return looks->fault(stored); };
  return known;
}

std::optional<Keep> keep_of(const RunHistory& history) {
  const auto keep = parse_keep(history.starting().keep);
  return keep.ok() ? std::optional(*keep) : std::nullopt;
}

// What cannot be read is not taken for an empty config: the run would do something else.
Result<ConfigValue> recorded_config(const RunRecord& run) {
  if (run.config.empty()) return ConfigValue::map();
  const auto document = parse_json(run.config);
  if (document.ok() && document->is_object()) return from_json(*document);
  return make_error(ErrorCode::Corrupt,
                    fmt::format("the recorded config of run {} cannot be read: {}; start the job "
                                "anew with 'job run'",
                                run.id.short_text(),
                                document.ok() ? "it is not an object" : document.error().message));
}

}  // namespace

Status read_limits(const CommandContext& context, ReplanChoice& choice) {
  choice.pools = PENSTOCK_TRY(read_pools(context));
  choice.on_worker_loss = PENSTOCK_TRY(read_on_worker_loss(context));
  return {};
}

Result<ReexecutionPlan> replan(const CommandContext& context, const Definitions& definitions,
                               EventLog& log, ValueStore* values, const RunRecord& run,
                               const ReplanChoice& choice) {
  const auto job = PENSTOCK_TRY(definitions.find_job(run.job));
  auto config = PENSTOCK_TRY(recorded_config(run));
  auto launch = PENSTOCK_TRY(read_launch_config(context, definitions, *job, std::move(config)));
  for (const auto& warning : launch.warnings) context.warn(warning);
  if (!launch.problems.empty())
    return config_error(launch.problems)
        .within(fmt::format("the config of run {}, with what was given here over it",
                            run.id.short_text()));
  const auto history = PENSTOCK_TRY(RunHistory::read(log, run));
  ReexecutionRequest request;
  request.run.job = run.job;
  request.run.config = std::move(launch.document);
  request.run.tags = run.tags;
  request.run.tags.erase("penstock/retry_number");
  for (const auto& [key, value] : choice.tags) request.run.tags[key] = value;
  request.run.keep = choice.keep ? choice.keep : keep_of(history);
  request.run.pools = choice.pools;
  request.run.on_worker_loss = choice.on_worker_loss;
  request.run.selection = history.starting().selection;
  request.run.defaults = run_defaults(PENSTOCK_TRY(context.settings())->values);
  request.strategy = choice.strategy;
  request.selection = choice.selection;
  return plan_reexecution(definitions, request,
                          known_run(context, definitions, history, values, run),
                          context.services.environment);
}

Result<RunPlan> plan_rest(const CommandContext& context, const Definitions& definitions,
                          EventLog& log, ValueStore* values, const RunRecord& run) {
  const auto history = PENSTOCK_TRY(RunHistory::read(log, run));
  auto config = PENSTOCK_TRY(recorded_config(run));
  RunRequest request{run.job, std::move(config), run.tags};
  request.selection = history.starting().selection;
  request.keep = keep_of(history);
  request.on_worker_loss = history.starting().on_worker_loss;
  request.defaults = run_defaults(PENSTOCK_TRY(context.settings())->values);
  return plan_resumption(definitions, request,
                         known_run(context, definitions, history, values, run),
                         context.services.environment);
}

Result<Strategy> retry_strategy(const Tags& tags, Strategy otherwise) {
  const auto tag = tags.find("penstock/retry_strategy");
  if (tag == tags.end()) return otherwise;
  auto strategy = parse_strategy(tag->second);
  if (strategy.ok() && *strategy != Strategy::FromFailure && *strategy != Strategy::AllSteps)
    return make_error(ErrorCode::Config,
                      "tag penstock/retry_strategy is FROM_FAILURE or ALL_STEPS");
  if (!strategy.ok()) return std::move(strategy).error().within("tag penstock/retry_strategy");
  return strategy;
}

}  // namespace penstock
