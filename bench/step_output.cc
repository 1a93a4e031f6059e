// What steps print and log: how fast it is captured, tailed and searched.
//
//   bench_step_output [LINES]      one million, in the current folder
//
// One step in a worker process prints the lines; they are captured, tailed while they are written,
// and searched when they are packed. As many messages are logged and searched in SQLite. What is
// found is checked before anything is printed: "name value unit".
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <penstock/penstock.h>

#include "penstock/plan/run_plan.h"
#include "penstock/run/execute_run.h"
#include "penstock/run/logs/captured_file.h"
#include "penstock/run/logs/captured_stream.h"
#include "penstock/store/memory_log.h"
#include "penstock/store/sqlite/sqlite_log.h"

namespace {

using namespace penstock;
using Stopwatch = std::chrono::steady_clock;

constexpr const char* kNeedle = "the needle in the haystack";

double seconds_since(Stopwatch::time_point start) {
  return std::chrono::duration<double>(Stopwatch::now() - start).count();
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "bench_step_output: %s\n", result.error().to_string().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "bench_step_output: expected %s\n", what);
  std::exit(1);
}

std::string line_of(int i, int lines) {
  if (i == lines - 2) return kNeedle;
  return "2017-06-01 12:00:00 row " + std::to_string(i) + " of the plant has a gross load";
}

/// Seconds of a run whose only step prints lines, to where nobody keeps them or captured.
double run_printer(int lines, const std::filesystem::path& home, LogsCaptured& kept) {
  DefinitionsBuilder defs;
  defs.job("print", [lines](GraphBuilder& g) {
    g.op("print", [lines] {
      for (int i = 0; i < lines; ++i) std::printf("%s\n", line_of(i, lines).c_str());
    });
  });
  const auto definitions = must(defs.build());
  const auto plan = must(plan_run(definitions, {"print"}));
  MemoryLog log;
  RunOptions options;
  options.executor = ExecutorKind::Processes;
  options.logs.home = home;
  options.logs.limit = std::uint64_t(1) << 30;
  options.observer = [&](const Event& event) {
    if (const auto* found = event.body.get_if<LogsCaptured>()) kept = *found;
  };
  const auto start = Stopwatch::now();
  const auto report = must(execute_run(plan, log, SystemClock(), options));
  const double spent = seconds_since(start);
  require(report.status == RunStatus::Success, "the run to succeed");
  return spent;
}

double tail(int lines) {
  const std::filesystem::path folder = "tailed";
  LogOptions options;
  options.limit = std::uint64_t(1) << 27;
  CapturedStream stream(folder / "s", options);
  TailPosition at;
  double spent = 0;
  for (int i = 0; i < lines;) {
    std::string some;
    for (int end = std::min(i + 1000, lines); i < end; ++i) some += line_of(i, lines) + "\n";
    stream.write(some);
    const auto start = Stopwatch::now();
    must(read_open(folder, "s", at, [](std::int64_t, std::string_view) { return true; }));
    spent += seconds_since(start);
  }
  require(at.line == lines, "every line to be tailed");
  must(stream.close());
  return spent;
}

double find_in_output(const std::filesystem::path& file) {
  int found = 0;
  const auto start = Stopwatch::now();
  must(read_captured(file, 0, [&](std::int64_t, std::string_view line) {
    found += line.find(kNeedle) != line.npos;
    return true;
  }));
  const double spent = seconds_since(start);
  require(found == 1, "the text in the output");
  return spent;
}

double find_in_messages(int lines) {
  const auto log = must(SqliteLog::open("messages-home"));
  const auto now = SystemClock().now();
  const auto run = RunId::make(now);
  std::vector<Event> events{{.time = now, .run = run, .body = RunStarting{.job = "log"}},
                            {.time = now, .run = run, .body = RunStart{1}}};
  for (int i = 0; i < lines; ++i) {
    events.push_back(
        {.time = now, .run = run, .step = "step", .body = LogMessage{.text = line_of(i, lines)}});
    if (events.size() >= 1000) log->append(std::exchange(events, {}));
  }
  log->append(std::move(events));
  must(log->sync());
  int found = 0;
  const auto start = Stopwatch::now();
  must(log->read({.run = run, .text = kNeedle}, [&](const Event&) { return ++found > 0; }));
  const double spent = seconds_since(start);
  require(found == 1, "the text in the messages");
  return spent;
}

}  // namespace

int main(int argc, char** argv) {
  const int lines = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
  LogsCaptured kept;
  const double captured = run_printer(lines, "captured-home", kept);
  require(kept.lines == lines && !kept.truncated, "every line to be captured");
  std::printf("captured %.0f lines/s\n", lines / captured);
  std::printf("tailed %.0f lines/s\n", lines / tail(lines));
  std::printf("find_output %.1f ms\n",
              find_in_output(std::filesystem::path("captured-home") / kept.file) * 1e3);
  std::printf("find_messages %.1f ms\n", find_in_messages(lines) * 1e3);
  return 0;
}
