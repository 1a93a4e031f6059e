// What the messages between coordinator and worker processes say: one plain struct per kind, named
// for it. Both ends are the same program, so nothing here has a version.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/event/event.h"
#include "penstock/run/processes/channel.h"
#include "penstock/run/step_task.h"

namespace penstock::messages {

struct Hello {
  std::string run;             ///< id of the run
  std::filesystem::path home;  ///< see StepEnvironment
};

struct RunStep {
  std::uint32_t step = 0;
  std::uint32_t copy = 0;
  std::int32_t attempt = 0;
  std::string key;
  std::vector<std::string> map_keys;
  std::vector<Extent> inputs;  ///< one per input of the op
};

struct Yield {
  std::uint32_t port = 0;
  std::string key;
  Extent value;
};

struct YieldDone {
  std::optional<Error> error;
};

/// An event without its envelope, as the log writes it.
struct Told {
  LogLevel level = LogLevel::Info;
  std::string type;
  std::string payload;
};

struct Ended {
  std::optional<Error> error;
  bool from_op = false;
  std::vector<Extent> outputs;        ///< one per output of the op
  std::vector<std::string> metadata;  ///< one JSON per output
  std::int64_t cpu_us = 0;
  std::int64_t peak_rss = 0;
  std::string failure_facts = {};  ///< JSON; of a Failure
  std::optional<std::int32_t> max_retries = {};
  std::optional<std::int64_t> retry_delay_us = {};
};

Told tell(const Event& event);
/// The body of what was told; Corrupt when it cannot be read.
Result<EventBody> body_of(const Told& told);

/// How an attempt ended, with its outputs as values of the message.
Result<Ended> pack(const StepResult& result, MessageWriter& values);
Result<StepResult> unpack(const Ended& ended, const Message& message, const OpDef& op);

}  // namespace penstock::messages
