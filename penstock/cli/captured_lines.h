// Printing what steps wrote to their standard output and error.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "penstock/cli/command.h"
#include "penstock/event/event_log.h"
#include "penstock/run/logs/captured_file.h"
#include "penstock/run/logs/output_sink.h"

namespace penstock {

/// Shows the lines of one stream of a run's steps, in the order in which the steps began.
class CapturedLines {
 public:
  /// Of one step when `step` says which; only lines that contain `text`.
  CapturedLines(CommandContext& context, EventLog& log, RunId run, OutputStream stream,
                std::string step, std::string text);

  /// Show what is new since the last call; with --json, gather it.
  Status show();
  Json take_json() { return std::move(json_); }

 private:
  struct Attempt {
    std::string step;
    std::int32_t attempt = 0;
    TailPosition position = {};
    bool is_over = false;
  };
  Status find_attempts();
  Status show(const std::string& name, Attempt& attempt);
  void print(const Attempt& attempt, std::int64_t number, std::string_view line);

  CommandContext& context_;
  EventLog& log_;
  const RunId run_;
  const OutputStream stream_;
  const std::string step_, text_;
  const std::filesystem::path folder_;
  std::uint64_t seen_ = 0;  // last event that was looked at
  std::vector<std::string> order_;
  std::map<std::string, Attempt> attempts_;  // by the name of their stream
  Json json_ = Json::array();
};

/// The stream that --stream names, or Config.
Result<OutputStream> read_stream(const CommandContext& context);

}  // namespace penstock
