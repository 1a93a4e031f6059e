#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/reserve_file.h"
#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/delete_runs.h"
#include "penstock/cli/leftover_files.h"
#include "penstock/cli/settings.h"
#include "penstock/cli/value_sweep.h"
#include "penstock/cli/with_reserve.h"
#include "penstock/run/step_folder.h"

namespace penstock {
namespace {

// Below this, copying the whole file to make it smaller is not worth its while.
constexpr std::int64_t kWorthwhile = std::int64_t(1) << 20;

struct Retention {
  std::optional<Micros> older_than;
  std::optional<std::int64_t> keep_last;
  SweepRules values;
};

Retention retention_of(const Settings& settings) {
  Retention retention{.older_than = value_of(settings.retention.older_than),
                      .keep_last = value_of(settings.retention.keep_last),
                      .values = {.failed_ttl = *settings.intermediates.failed_ttl}};
  if (const auto most = value_of(settings.intermediates.max_bytes))
    retention.values.max_bytes = std::uint64_t(most->count);
  return retention;
}

// What the command line says goes before the settings.
Result<Retention> read_retention(const CommandContext& context) {
  auto retention = retention_of(PENSTOCK_TRY(context.settings())->values);
  if (context.args.has("older-than"))
    retention.older_than = PENSTOCK_TRY(context.args.duration("older-than"));
  if (const auto last = PENSTOCK_TRY(context.args.number("keep-last", 0)))
    retention.keep_last = last;
  if (context.args.has("failed-ttl"))
    retention.values.failed_ttl = PENSTOCK_TRY(context.args.duration("failed-ttl"));
  if (context.args.has("max-bytes")) {
    auto bytes = parse_bytes(context.args.value("max-bytes"));
    if (!bytes.ok()) return make_error(ErrorCode::Config, "--max-bytes: " + bytes.error().message);
    retention.values.max_bytes = *bytes;
  }
  return retention;
}

/// Which runs the rules let go, and which stay all the same.
struct Expired {
  std::vector<RunRecord> runs;
  NeededRuns needed;
  std::vector<RunId> spared;  ///< the rules let them go, and later failed runs need them
};

/// Whether the rules let a run go; `newer`: how many of its job are newer.
bool is_let_go(const Retention& retention, const RunRecord& run, std::int64_t newer, Time now) {
  if (!retention.older_than && !retention.keep_last) return false;
  if (retention.keep_last && newer < *retention.keep_last) return false;
  return !retention.older_than || now - run.ended >= *retention.older_than;
}

// Newest first, so the newest of each job are counted before the others are looked at, and who
// needs a run is known before it is.
Result<Expired> find_expired(EventLog& log, const Retention& retention, Time now) {
  Expired expired{.runs = {}, .needed = {log, retention.values.failed_ttl, now}, .spared = {}};
  const auto in_use = PENSTOCK_TRY(runs_in_use(log));
  std::map<std::string, std::int64_t> newer;
  PENSTOCK_TRY(each_run(log, [&](RunRecord& run) {
    const bool goes = is_final(run.status) && !in_use.contains(run.id) &&
                      is_let_go(retention, run, newer[run.job]++, now);
    const auto added = expired.needed.add(run, !goes);
    if (goes && expired.needed.needed_by(run.id) != nullptr)
      expired.spared.push_back(run.id);
    else if (goes)
      expired.runs.push_back(std::move(run));
    return added;
  }));
  return expired;
}

/// A run of which something outlives its time.
struct Spared {
  RunRecord run;
  RunId needed_by;
};

Result<std::vector<Spared>> find_spared(EventLog& log, ValueStore& values, const Expired& expired,
                                        const Retention& retention, Time now) {
  std::vector<Spared> spared;
  for (const auto& [id, by] : expired.needed.all()) {
    auto run = PENSTOCK_TRY(log.find_run(id.to_string()));
    const bool is_let_go = std::ranges::find(expired.spared, id) != expired.spared.end();
    const bool outlives =
        now - run.ended >= retention.values.failed_ttl && !PENSTOCK_TRY(values.files(id)).empty();
    if (is_let_go || outlives) spared.push_back({std::move(run), by});
  }
  return spared;
}

Result<StorageRoom> give_room_back(LogStorage& storage) {
  const auto room = PENSTOCK_TRY(storage.room());
  if (room.unused < kWorthwhile || room.unused < room.size / 4) return room;
  auto compacted = storage.compact();
  // On a full disk the copy cannot be made: later runs use the room.
  if (!compacted.ok() && is_out_of_room(compacted.error())) return storage.room();
  return compacted;
}

/// What goes beside runs, and what stays.
struct Swept {
  std::vector<Spared> spared;
  std::vector<SweptValue> values;
  std::vector<RunId> leftovers;  ///< runs of whose steps checkpoints or scratch folders are there
  std::vector<std::filesystem::path> temporaries;  ///< that killed processes left beside outputs
};

Json values_json(std::span<const SweptValue> swept) {
  Json values = Json::array();
  for (const auto& each : swept)
    values.push_back({{"object", each.file.object},
                      {"run", each.file.run.to_string()},
                      {"bytes", each.file.bytes},
                      {"cause", each.cause}});
  return values;
}

Json spared_json(std::span<const Spared> spared) {
  Json runs = Json::array();
  for (const auto& each : spared)
    runs.push_back({{"run", each.run.id.to_string()},
                    {"job", each.run.job},
                    {"needed_by", each.needed_by.to_string()}});
  return runs;
}

void print_result(const CommandContext& context, const DeletedRuns& deleted, const Swept& swept,
                  bool dry, const StorageRoom& room) {
  if (context.global.json) {
    auto json = deleted_runs_json(deleted, !dry);
    json["schema"] = "gc.v1";
    json["spared"] = spared_json(swept.spared);
    json["values"] = values_json(swept.values);
    json["value_bytes"] = bytes_of(swept.values);
    json["leftovers"] = Json::array();
    for (const auto& run : swept.leftovers) json["leftovers"].push_back(run.to_string());
    json["temporaries"] = Json::array();
    for (const auto& file : swept.temporaries) json["temporaries"].push_back(file.string());
    json["size"] = room.size;
    json["unused"] = room.unused;
    context.print_json(json);
    return;
  }
  for (const auto& run : deleted.runs)
    context.print(
        printable(fmt::format("{}  {}  {}  {}\n", dry ? "would delete" : "deleted",
                              run.id.to_string(), CommandContext::time_text(run.ended), run.job)));
  for (const auto& each : swept.spared)
    context.print(printable(fmt::format(
        "stays  {}  {}  {}  run {}, which did not succeed, needs it\n", each.run.id.to_string(),
        CommandContext::time_text(each.run.ended), each.run.job, each.needed_by.short_text())));
  for (const auto& run : swept.leftovers)
    context.print(fmt::format("{}  what steps of run {} had on disk\n",
                              dry ? "would free" : "freed", run.to_string()));
  for (const auto& file : swept.temporaries)
    context.print(printable(
        fmt::format("{}  {}  unfinished\n", dry ? "would free" : "freed", file.string())));
  for (const auto& each : swept.values)
    context.print(
        printable(fmt::format("{}  {}  {}  {}\n", dry ? "would free" : "freed", each.file.object,
                              format_bytes(each.file.bytes), each.cause)));
  if (!swept.values.empty())
    context.print(fmt::format("{} stored {}, {}\n", format_count(swept.values.size()),
                              swept.values.size() == 1 ? "value" : "values",
                              format_bytes(bytes_of(swept.values))));
  context.print(fmt::format(
      "{} {}; the log takes {}, of which {} are free for later runs\n",
      format_count(deleted.runs.size()), deleted.runs.size() == 1 ? "run" : "runs",
      format_bytes(std::uint64_t(room.size)), format_bytes(std::uint64_t(room.unused))));
}

Result<ExitCode> collect(CommandContext& context) {
  const auto retention = PENSTOCK_TRY(read_retention(context));
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto now = context.services.clock->now();
  const auto expired = PENSTOCK_TRY(find_expired(*log, retention, now));
  DeletedRuns deleted{.runs = expired.runs};
  const auto storage = PENSTOCK_TRY(context.services.open_storage(context.global.home));
  const bool dry = context.args.has("dry-run");
  // Found before anything goes: what is told to go and what goes are the same.
  const auto values = context.services.open_values(context.global.home);
  auto rules = retention.values;
  for (const auto& each : deleted.runs) rules.deleted.insert(each.id);
  rules.needed = &expired.needed;
  const Swept swept{PENSTOCK_TRY(find_spared(*log, *values, expired, retention, now)),
                    PENSTOCK_TRY(find_swept_values(*log, *values, rules, now)),
                    PENSTOCK_TRY(find_leftovers(*log, context.global.home, rules, now)),
                    PENSTOCK_TRY(find_leftover_files(*log)).others};
  if (!dry) {
    PENSTOCK_TRY(settle_leftover_files(*log));
    deleted = PENSTOCK_TRY(delete_runs(context, *storage, deleted.runs, "gc"));
    PENSTOCK_TRY(delete_swept(*log, *values, swept.values, now));
    for (const auto& run : swept.leftovers)
      StepFolder(context.global.home, run).end_run(/*with_checkpoints=*/true);
  }
  const auto room = PENSTOCK_TRY(dry ? storage->room() : give_room_back(*storage));
  print_result(context, deleted, swept, dry, room);
  return ExitCode::Done;
}

Result<ExitCode> execute_gc(CommandContext& context) {
  if (context.args.has("dry-run")) return collect(context);
  auto done = with_reserve(context, [&] { return collect(context); });
  if (done.ok()) make_reserve(context.global.home);
  return done;
}

}  // namespace

CommandSpec gc_command() {
  return {.name = "gc",
          .summary = "delete old runs and values, and give room back",
          .details =
              "Deletes runs that have ended and that each given rule for runs lets go, with the "
              "values that\nthey stored. The settings give rules, too; without any, all runs stay. "
              "What a failed re-execution\nneeds of earlier runs stays while failed runs keep "
              "values. Latest records of assets and checks\nstay, and so do their files. Frees "
              "values that were kept for re-executions of failed runs and have\noutlived that, and "
              "files that nobody knows of. When a quarter of the log's file is free after\nthat, "
              "the file is made smaller; else later runs use the room.",
          .options = {{"--older-than", "D", "runs that ended longer ago than this, such as 30d"},
                      {"--keep-last", "N", "all but the newest N runs of each job"},
                      {"--failed-ttl", "D",
                       "free what failed runs kept this long after their end; default: 7d"},
                      {"--max-bytes", "SIZE",
                       "free the oldest stored values until no more than this is left"},
                      {"--dry-run", "", "only tell what would be deleted and freed"}},
          .examples = {"gc --older-than 30d --keep-last 10 --dry-run"},
          .run = execute_gc};
}

}  // namespace penstock
