#include "penstock/run/processes/worker_death.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <charconv>
#include <filesystem>

#include "penstock/base/files.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  const char* words = ::sigdescr_np(signal);
  const auto known =
      name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
  return words != nullptr ? fmt::format("{} ({})", known, to_lower(words)) : known;
}

std::string bytes(std::int64_t count) { return format_bytes(std::uint64_t(count)); }

StepResult dead(ErrorCode code, std::string message, ProcessDeath death, const WorkerEnd& end) {
  StepResult result;
  auto error = make_error(code, std::move(message), "process_ended");
  if (!end.last_words.empty()) error.detail = "the end of its standard error:\n" + end.last_words;
  result.status = std::move(error);
  result.death = std::move(death);
  result.peak_rss = end.peak_rss;
  return result;
}

StepResult out_of_memory(const WorkerEnd& end) {
  if (end.memory_used > 0)
    return dead(ErrorCode::Exhausted,
                fmt::format("out of memory: it took {} and may take {} (peak of its process {}); "
                            "raise the op's memory() or --step-memory, or give it less at a time",
                            bytes(end.memory_used), bytes(end.memory_limit), bytes(end.peak_rss)),
                {"infrastructure", "OOM_KILLED", -1, SIGKILL}, end);
  return dead(ErrorCode::Exhausted,
              fmt::format("out of memory: the system killed its process for want of memory (peak "
                          "{}); run fewer steps at a time, or limit them with --memory",
                          bytes(end.peak_rss)),
              {"infrastructure", "OOM_KILLED", -1, SIGKILL}, end);
}

StepResult signaled(const WorkerEnd& end) {
  const int signal = WTERMSIG(end.status);
  if (signal == SIGKILL && (end.memory_used > 0 || (end.system_was_short && !end.asked_to_stop)))
    return out_of_memory(end);
  if (end.asked_to_stop && (signal == SIGKILL || signal == SIGTERM))
    return dead(ErrorCode::Canceled,
                fmt::format("it did not stop when it was asked to, and its process was ended by "
                            "{}; look at op.canceled() now and then",
                            signal_name(signal)),
                {"user", "SIGNAL", -1, signal}, end);
  const bool own_doing =
      signal != SIGKILL && signal != SIGTERM && signal != SIGHUP && signal != SIGINT;
  return dead(ErrorCode::WorkerLost,
              fmt::format("its process was ended by {}, peak memory {}", signal_name(signal),
                          bytes(end.peak_rss)),
              {own_doing ? "user" : "infrastructure", "SIGNAL", -1, signal}, end);
}

/// The number behind a word in a file of lines `word number`; 0 when it is not there.
std::int64_t count_in(const std::filesystem::path& file, std::string_view word) {
  const auto text = read_file(file);
  if (!text.ok()) return 0;
  for (const auto& line : split(*text, '\n')) {
    if (!line.starts_with(word) || line.size() <= word.size() || line[word.size()] != ' ') continue;
    std::int64_t count = 0;
    std::from_chars(line.data() + word.size() + 1, line.data() + line.size(), count);
    return count;
  }
  return 0;
}

}  // namespace

StepResult result_of(const WorkerEnd& end) {
  if (!end.reported)
    return dead(ErrorCode::WorkerLost,
                "the process that starts worker processes has ended, and this step's with it",
                {"infrastructure", "WORKER_LOST", -1, 0}, end);
  if (WIFSIGNALED(end.status)) return signaled(end);
  const int code = WEXITSTATUS(end.status);
  return dead(ErrorCode::WorkerLost,
              fmt::format("its process exited with code {}; an op returns or throws, it does not "
                          "call exit()",
                          code),
              {"user", "EXIT", code, 0}, end);
}

std::int64_t count_memory_kills() {
  auto kills = count_in("/proc/vmstat", "oom_kill");
  const auto group = read_file("/proc/self/cgroup");
  if (!group.ok()) return kills;
  for (const auto& line : split(*group, '\n'))
    if (line.starts_with("0::"))
      kills += count_in("/sys/fs/cgroup" + line.substr(3) + "/memory.events", "oom_kill");
  return kills;
}

}  // namespace penstock
