// Durable events per second, and bytes on disk for one no-op step, of the log in SQLite.
//
// usage: bench_log_bench [STEPS [RUNS]]: STEPS in each of RUNS runs (10000 and 10). Every run is
// read back and counted before a figure is printed.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "penstock/event/event_codec.h"
#include "penstock/store/sqlite/sqlite_log.h"

namespace {

using namespace penstock;
using Stopwatch = std::chrono::steady_clock;

double seconds_since(Stopwatch::time_point start) {
  return std::chrono::duration<double>(Stopwatch::now() - start).count();
}

void require(const Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s: %s\n", what, status.error().to_string().c_str());
  std::exit(1);
}

Event event(RunId run, EventBody body, std::string step = {}) {
  const auto now = SystemClock().now();
  return {.time = now, .run = run, .step = std::move(step), .body = std::move(body)};
}

// What an engine writes for a step that does nothing.
std::vector<Event> no_op_step(RunId run, const std::string& step) {
  return {event(run, StepStart{.worker = 1, .waited_us = 35}, step),
          event(run, StepOutput{.value_type = "int", .bytes = 4}, step),
          event(run, StepSuccess{.duration_us = 12, .cpu_us = 10}, step)};
}

double encode_ns() {
  constexpr int kTimes = 2'000'000;
  const EventBody body = StepSuccess{.duration_us = 1234, .cpu_us = 1180};
  std::string out;
  std::size_t bytes = 0;
  const auto start = Stopwatch::now();
  for (int i = 0; i < kTimes; ++i) {
    out.clear();
    encode_body(body, out);
    bytes += out.size();
  }
  const double spent = seconds_since(start);
  if (bytes == 0) std::exit(1);
  return spent / kTimes * 1e9;
}

std::uintmax_t size_on_disk(const std::filesystem::path& home) {
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(home)) size += entry.file_size();
  return size;
}

// One sync after each step: what a chain of steps that waits for the disk would cost.
double one_by_one(SqliteLog& log, RunId run, int steps) {
  const auto start = Stopwatch::now();
  for (int i = 0; i < steps; ++i) {
    log.append(no_op_step(run, "chain.op_" + std::to_string(i)));
    require(log.sync(), "sync");
  }
  return steps / seconds_since(start);
}

void write_run(SqliteLog& log, int number, int steps) {
  const auto run = RunId::make(SystemClock().now());
  log.append({event(run, RunStarting{.job = "bench"}), event(run, RunStart{steps})});
  const auto start = Stopwatch::now();
  for (int i = 0; i < steps; ++i)
    log.append(no_op_step(run, "state_year[" + std::to_string(i) + "].transform"));
  log.append({event(run, RunSuccess{})});
  require(log.sync(), "sync");
  const double spent = seconds_since(start);
  const auto record = log.find_run(run.to_string());
  if (!record.ok() || record->steps.succeeded != steps) std::exit(1);
  std::printf("run %2d: %8.0f durable events/s, %5.2f us a step\n", number, 3 * steps / spent,
              spent / steps * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int runs = argc > 2 ? std::atoi(argv[2]) : 10;
  const auto home =
      std::filesystem::temp_directory_path() / ("penstock-log-bench-" + std::to_string(::getpid()));
  auto start = Stopwatch::now();
  auto log = SqliteLog::open(home).value();
  std::printf("open, new file: %.1f ms\n", seconds_since(start) * 1e3);
  log.reset();
  const auto empty = size_on_disk(home);
  start = Stopwatch::now();
  log = SqliteLog::open(home).value();
  std::printf("open, old file: %.1f ms\n", seconds_since(start) * 1e3);
  std::printf("encode STEP_SUCCESS: %.0f ns\n", encode_ns());

  for (int i = 1; i <= runs; ++i) write_run(*log, i, steps);
  std::size_t read = 0;
  start = Stopwatch::now();
  require(log->read({}, [&](const Event&) { return ++read > 0; }), "read");
  std::printf("read: %.0f events/s\n", static_cast<double>(read) / seconds_since(start));
  if (read != static_cast<std::size_t>(runs) * (3 + 3 * static_cast<std::size_t>(steps))) return 1;
  start = Stopwatch::now();
  require(log->rebuild_projections(), "rebuild");
  std::printf("rebuild: %.0f events/s\n", static_cast<double>(read) / seconds_since(start));
  log.reset();
  const auto grown = static_cast<double>(size_on_disk(home) - empty);
  std::printf("%.1f bytes on disk a step\n", grown / steps / runs);

  start = Stopwatch::now();
  log = SqliteLog::open(home).value();
  if (log->runs({}).value().size() != std::size_t(runs)) return 1;
  std::printf("open and list the runs of %zu events: %.1f ms\n", read, seconds_since(start) * 1e3);
  const auto run = RunId::make(SystemClock().now());
  log->append({event(run, RunStarting{.job = "chain"}), event(run, RunStart{})});
  std::printf("a sync for each step: %.0f steps/s\n", one_by_one(*log, run, 1000));
  log.reset();
  std::filesystem::remove_all(home);
}
