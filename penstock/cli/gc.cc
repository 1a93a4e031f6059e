#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/delete_runs.h"

namespace penstock {
namespace {

constexpr std::size_t kPage = 1000;
// Below this, copying the whole file to make it smaller is not worth its while.
constexpr std::int64_t kWorthwhile = std::int64_t(1) << 20;

struct Retention {
  std::optional<Micros> older_than;
  std::optional<std::int64_t> keep_last;
};

Result<Retention> read_retention(const CommandContext& context) {
  Retention retention;
  if (context.args.has("older-than"))
    retention.older_than = PENSTOCK_TRY(parse_duration(context.args.value("older-than")));
  retention.keep_last = PENSTOCK_TRY(context.args.number("keep-last", 0));
  if (!retention.older_than && !retention.keep_last)
    return make_error(ErrorCode::Config,
                      "nothing says which runs may go: give --older-than, --keep-last or both");
  return retention;
}

// Newest first, so the newest of each job are counted before the others are looked at.
Result<std::vector<RunRecord>> find_expired(EventLog& log, const Retention& retention, Time now) {
  std::vector<RunRecord> expired;
  std::map<std::string, std::int64_t> kept;
  RunQuery query{.limit = kPage};
  for (bool has_more = true; has_more;) {
    auto runs = PENSTOCK_TRY(log.runs(query));
    has_more = runs.size() == kPage;
    if (has_more) query.before = runs.back().id;
    for (auto& run : runs) {
      if (!is_final(run.status)) continue;
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

void print_result(const CommandContext& context, const DeletedRuns& deleted, bool dry,
                  const StorageRoom& room) {
  if (context.global.json) {
    auto json = deleted_runs_json(deleted, !dry);
    json["schema"] = "gc.v1";
    json["size"] = room.size;
    json["unused"] = room.unused;
    context.print_json(json);
    return;
  }
  for (const auto& run : deleted.runs)
    context.print(fmt::format("{}  {}  {}  {}\n", dry ? "would delete" : "deleted",
                              run.id.to_string(), CommandContext::time_text(run.ended), run.job));
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
  if (!dry) deleted = PENSTOCK_TRY(delete_runs(context, *storage, deleted.runs, "gc"));
  const auto room = PENSTOCK_TRY(dry ? storage->room() : give_room_back(*storage));
  print_result(context, deleted, dry, room);
  return ExitCode::Done;
}

}  // namespace

CommandSpec gc_command() {
  return {.name = "gc",
          .summary = "delete old runs and give room back",
          .details =
              "Deletes runs that have ended and that each given rule lets go. Latest "
              "records of assets\nand checks stay, and so do files. When a quarter of the "
              "log's file is free after that, the\nfile is made smaller; else later runs "
              "use the room.",
          .options = {{"--older-than", "D", "runs that ended longer ago than this, such as 30d"},
                      {"--keep-last", "N", "all but the newest N runs of each job"},
                      {"--dry-run", "", "only tell which runs would be deleted"}},
          .examples = {"gc --older-than 30d --keep-last 10 --dry-run"},
          .run = run};
}

}  // namespace penstock
