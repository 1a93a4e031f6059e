// Events for tests of the stores: runs and steps with fixed ids and times.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "penstock/event/event_log.h"

namespace penstock::test {

/// The time `n` microseconds after the tests' epoch.
inline Time at(std::int64_t n) { return Time(Micros(1'700'000'000'000'000 + n)); }

/// The n-th run of the tests.
inline RunId run_id(std::uint64_t n) {
  return RunId::make(at(static_cast<std::int64_t>(n) * 1000), n * 0x9E3779B97F4A7C15u,
                     n * 0xD1B54A32D192ED03u);
}

/// An event of a run.
inline Event event(RunId run, EventBody body, std::string step = {}) {
  return {.time = at(7), .run = run, .step = std::move(step), .body = std::move(body)};
}

/// The events that begin a run.
inline std::vector<Event> begin_run(RunId run, std::string job = "etl", Tags tags = {}) {
  RunStarting starting{.job = std::move(job),
                       .config = R"({"years":[2017]})",
                       .tags = std::move(tags),
                       .executor = "threads",
                       .pid = 42,
                       .host = "here"};
  return {event(run, std::move(starting)), event(run, RunStart{3})};
}

/// The life of a step that succeeds.
inline std::vector<Event> run_step(RunId run, std::string step, std::int64_t duration_us = 12) {
  return {event(run, StepStart{.worker = 1, .waited_us = 35}, step),
          event(run, StepOutput{.value_type = "int", .bytes = 4}, step),
          event(run, StepSuccess{.duration_us = duration_us, .cpu_us = 10}, step)};
}

/// All events that a query finds.
inline std::vector<Event> read_all(EventLog& log, const EventQuery& query = {}) {
  std::vector<Event> events;
  const auto status = log.read(query, [&](const Event& found) {
    events.push_back(found);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.error().to_string();
  return events;
}

/// The types of events, in their order.
inline std::vector<std::string> types_of(const std::vector<Event>& events) {
  std::vector<std::string> types;
  for (const auto& each : events) types.emplace_back(event_type(each));
  return types;
}

/// A folder that is empty at first and gone in the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace penstock::test
