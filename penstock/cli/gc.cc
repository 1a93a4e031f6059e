#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/delete_runs.h"
#include "penstock/cli/leftover_files.h"
#include "penstock/cli/settings.h"
#include "penstock/cli/value_sweep.h"
#include "penstock/run/step_folder.h"

namespace penstock {
namespace {

constexpr std::size_t kPage = 1000;
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

// Newest first, so the newest of each job are counted before the others are looked at.
Result<std::vector<RunRecord>> find_expired(EventLog& log, const Retention& retention, Time now) {
  std::vector<RunRecord> expired;
  if (!retention.older_than && !retention.keep_last) return expired;
  const auto in_use = PENSTOCK_TRY(runs_in_use(log));
  std::map<std::string, std::int64_t> kept;
  RunQuery query{.limit = kPage};
  for (bool has_more = true; has_more;) {
    auto runs = PENSTOCK_TRY(log.runs(query));
    has_more = runs.size() == kPage;
    if (has_more) query.before = runs.back().id;
    for (auto& run : runs) {
      if (!is_final(run.status) || in_use.contains(run.id)) continue;
      if (retention.keep_last && kept[run.job]++ < *retention.keep_last) continue;
      if (retention.older_than && now - run.ended < *retention.older_than) continue;
      expired.push_back(std::move(run));
    }
  }
  return expired;
}

Result<StorageRoom> give_room_back(LogStorage& storage) {
  const auto room = PENSTOCK_TRY(storage.room());
  if (room.unused < kWorthwhile || room.unused < room.size / 4) return room;
  return storage.compact();
}

/// What goes beside runs.
struct Swept {
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

void print_result(const CommandContext& context, const DeletedRuns& deleted, const Swept& swept,
                  bool dry, const StorageRoom& room) {
  if (context.global.json) {
    auto json = deleted_runs_json(deleted, !dry);
    json["schema"] = "gc.v1";
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

Result<ExitCode> run(CommandContext& context) {
  const auto retention = PENSTOCK_TRY(read_retention(context));
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto now = context.services.clock->now();
  DeletedRuns deleted{.runs = PENSTOCK_TRY(find_expired(*log, retention, now))};
  const auto storage = PENSTOCK_TRY(context.services.open_storage(context.global.home));
  const bool dry = context.args.has("dry-run");
  // Found before anything goes: what is told to go and what goes are the same.
  const auto values = context.services.open_values(context.global.home);
  auto rules = retention.values;
  for (const auto& each : deleted.runs) rules.deleted.insert(each.id);
  const Swept swept{PENSTOCK_TRY(find_swept_values(*log, *values, rules, now)),
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

}  // namespace

CommandSpec gc_command() {
  return {.name = "gc",
          .summary = "delete old runs and values, and give room back",
          .details =
              "Deletes runs that have ended and that each given rule for runs lets go, with the "
              "values that\nthey stored. The settings give rules, too; without any, all runs stay. "
              "Latest records of\nassets and checks stay, and so do their files. Frees values that "
              "were kept for re-executions of\nfailed runs and have outlived that, and files that "
              "nobody knows of. When a quarter of the log's\nfile is free after that, the file is "
              "made smaller; else later runs use the room.",
          .options = {{"--older-than", "D", "runs that ended longer ago than this, such as 30d"},
                      {"--keep-last", "N", "all but the newest N runs of each job"},
                      {"--failed-ttl", "D",
                       "free what failed runs kept this long after their end; default: 7d"},
                      {"--max-bytes", "SIZE",
                       "free the oldest stored values until no more than this is left"},
                      {"--dry-run", "", "only tell what would be deleted and freed"}},
          .examples = {"gc --older-than 30d --keep-last 10 --dry-run"},
          .run = run};
}

}  // namespace penstock
