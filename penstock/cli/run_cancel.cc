#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "penstock/base/reserve_file.h"
#include "penstock/base/text.h"
#include "penstock/cli/commands.h"
#include "penstock/cli/with_reserve.h"
#include "penstock/event/lost_run.h"

namespace penstock {
namespace {

constexpr Micros kLookEvery = std::chrono::milliseconds(25);
constexpr Micros kPatience = std::chrono::seconds(30);

Error has_ended(const RunRecord& run) {
  return make_error(ErrorCode::Refused, fmt::format("run {} has ended already: {}",
                                                    run.id.to_string(), to_string(run.status)));
}

Error needs_force(const RunRecord& run, const std::string& why) {
  return make_error(ErrorCode::Refused,
                    fmt::format("run {} cannot be asked to stop: {}; --force records it as "
                                "canceled",
                                run.id.to_string(), why));
}

// Until the run has ended, its process has, or time is up; then as it stands.
Result<RunRecord> wait_for_end(const CommandContext& context, EventLog& log, const RunRecord& run,
                               Micros timeout) {
  const auto& clock = *context.services.clock;
  const auto until = clock.instant() + timeout;
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  for (;;) {
    // In this order: what a process wrote before it ended must be seen.
    const bool gone = context.services.is_process_gone(run);
    auto now = PENSTOCK_TRY(log.find_run(run.id.to_string()));
    if (is_final(now.status) || gone || clock.instant() >= until) return now;
    clock.wait(lock, never, std::min(until, clock.instant() + kLookEvery));
  }
}

// Record the end at once. The log refuses what the process of the run writes from then on; it is
// asked to stop, if it lives, and nobody waits for that.
Result<RunRecord> force(const CommandContext& context, EventLog& log, const RunRecord& run) {
  const auto lost = PENSTOCK_TRY(LostRun::read(log, run));
  const auto ended = PENSTOCK_TRY(
      end_run(log, lost.end_as_canceled(context.services.clock->now(), "force", "force")));
  auto now = PENSTOCK_TRY(log.find_run(run.id.to_string()));
  if (!ended) return has_ended(now);
  if (!context.services.is_process_gone(run)) (void)context.services.ask_process_to_stop(run).ok();
  return now;
}

Result<RunRecord> cancel(const CommandContext& context, EventLog& log, Micros timeout) {
  const auto run = PENSTOCK_TRY(log.find_run(context.args.value("RUN")));
  if (is_final(run.status)) return has_ended(run);
  if (context.args.has("force")) return force(context, log, run);
  if (context.services.is_process_gone(run))
    return needs_force(run, fmt::format("its process {} lives no more", run.pid));
  const auto asked = context.services.ask_process_to_stop(run);
  if (!asked.ok()) return needs_force(run, asked.error().message);
  auto now = PENSTOCK_TRY(wait_for_end(context, log, run, timeout));
  if (is_final(now.status)) return now;
  if (context.services.is_process_gone(now))
    return needs_force(now, fmt::format("its process {} ended without an end of the run", now.pid));
  return make_error(
      ErrorCode::Timeout,
      fmt::format("run {} was asked to stop and is {} after {}: its steps have not ended yet; wait "
                  "longer with --timeout, end process {}, or record it as canceled with --force",
                  now.id.to_string(), to_string(now.status), format_duration(timeout), now.pid));
}

Result<ExitCode> cancel_and_tell(CommandContext& context) {
  auto timeout = kPatience;
  if (context.args.has("timeout")) timeout = PENSTOCK_TRY(context.args.duration("timeout"));
  const auto log = PENSTOCK_TRY(context.open_log());
  const auto ended = PENSTOCK_TRY(cancel(context, *log, timeout));
  if (context.global.json)
    context.print_json({{"schema", "run_cancel.v1"},
                        {"run", ended.id.to_string()},
                        {"status", to_string(ended.status)},
                        {"interrupted", ended.steps.canceled}});
  else
    context.print(fmt::format("{}  {}  {} step{} canceled, {} had succeeded\n",
                              to_string(ended.status), ended.id.to_string(), ended.steps.canceled,
                              ended.steps.canceled == 1 ? "" : "s", ended.steps.succeeded));
  return ended.status == RunStatus::Canceled ? ExitCode::Done : ExitCode::Failed;
}

Result<ExitCode> execute_run_cancel(CommandContext& context) {
  if (!context.args.has("force")) return cancel_and_tell(context);
  auto done = with_reserve(context, [&] { return cancel_and_tell(context); });
  if (done.ok()) make_reserve(context.global.home);
  return done;
}

}  // namespace

CommandSpec run_cancel_command() {
  return {
      .name = "run cancel",
      .summary = "ask a run to stop, and wait until it has",
      .details =
          "Its process is sent SIGTERM: running steps are asked to end, and no further "
          "ones start.\nOnly the process that began the run is, never another that got "
          "its number. With --force the run is\ncanceled at once, and what its process still "
          "writes is refused.",
      .arguments = {{"RUN", "id of the run, or six or more characters of its beginning or end"}},
      .options = {{"--timeout", "D", "how long to wait, such as 5m; default 30s"},
                  {"--force", "", "record it as canceled at once, whatever its process does"}},
      .examples = {"run cancel 3f2a91bc --timeout 2m"},
      .run = execute_run_cancel};
}

}  // namespace penstock
