#include "penstock/run/run_needs.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "penstock/base/machine.h"
#include "penstock/base/narrow.h"

namespace penstock {
namespace {

// Of a step in a thread: its captured output. Of one in a process, with it: a socket, three pipes,
// a process, a timer, a counter, its memory, and a value on its way in each direction.
constexpr std::uint64_t kFilesOfStep = 4, kFilesOfProcess = 12;
constexpr std::uint64_t kFilesOfRest = 64;  // of the program, its log and its zygote
constexpr std::uint64_t kFilesOfRun = 24;   // of those: what a run opens that has started

std::uint64_t files_of_step(bool in_processes) {
  return in_processes ? kFilesOfProcess : kFilesOfStep;
}

}  // namespace

std::uint64_t files_of_run(std::uint64_t jobs, bool in_processes) {
  return jobs * files_of_step(in_processes) + kFilesOfRest;
}

std::uint64_t processes_of_run(std::uint64_t jobs, bool in_processes) {
  constexpr std::uint64_t kOfRest = 8;  // the main thread, the log's, the display's, the zygote …
  return jobs * (in_processes ? 3 : 1) + kOfRest;
}

std::int32_t wanted_jobs(ExecutorKind executor, std::int32_t asked) {
  if (executor == ExecutorKind::Inline) return 1;
  const auto cores = saturate<std::int32_t>(std::thread::hardware_concurrency());
  return asked > 0 ? asked : std::max(1, cores);
}

std::int32_t jobs_that_fit(std::int32_t jobs, bool in_processes) {
  const auto free = free_open_files();
  const auto fit = free > kFilesOfRun ? (free - kFilesOfRun) / files_of_step(in_processes) : 0;
  return saturate<std::int32_t>(std::clamp<std::uint64_t>(fit, 1, std::uint64_t(jobs)));
}

std::string too_few_threads(std::int32_t started, std::int32_t wanted) {
  return fmt::format(
      "the machine gives no more threads: {} of {} workers were started; raise its limit (ulimit "
      "-u, or pids of the container), or run fewer --jobs",
      started, wanted);
}

std::string too_few_files(std::int32_t jobs, std::int32_t wanted) {
  return fmt::format(
      "{} of {} steps run at a time: more would need more open files than this program may have; "
      "raise the hard limit (ulimit -Hn), or run fewer --jobs",
      jobs, wanted);
}

std::string step_is_held(const std::string& key, const std::string& why) {
  return fmt::format(
      "{}; step {}, and others like it, wait until running steps have ended; raise the limits "
      "(ulimit -Hn, ulimit -u, pids of the container), or run fewer --jobs",
      why, key);
}

}  // namespace penstock
