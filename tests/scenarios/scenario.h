// A run written as text: a graph, how its steps behave, what it may use, and what must happen.
//
//   slots 2                                  memory 100        seed 7        cancel at 25
//   step list -> item*                       step sum all(load)
//   step load each(list) retries 1 delay 5   play load[b] fails 1 times "no such file"
//   play list yields a b every 2 takes 10
//   again from_steps load                    play list yields a b c     (in the second run)
//   ----
//   the expected events
//
// README.md in this folder lists every word.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/model/definitions.h"
#include "penstock/run/reactor.h"

namespace penstock::scenario {

/// One item that a dynamic output gives.
struct PlayedItem {
  std::uint32_t port = 0;
  std::string key;
};

/// How attempts of a step go. What a line does not say, the line of the whole op says.
struct Play {
  std::optional<std::int64_t> takes;  ///< µs
  std::optional<std::int64_t> every;  ///< µs between items
  std::optional<std::int32_t> fails;  ///< so many attempts
  std::optional<bool> skips;
  std::optional<std::string> text;                              ///< of the failure or skip
  std::optional<std::vector<std::vector<std::string>>> yields;  ///< by attempt; the last goes on
  std::vector<std::string> omits;                               ///< outputs that are not given
  bool final = false;                                           ///< the failure forbids retries
  bool ignores_stop = false;  ///< runs on when it is asked to stop
  bool loses = false;         ///< what it gives is not kept
};

/// The run is executed again.
struct Again {
  std::string strategy;
  std::string selection = {};
  std::map<std::string, Play> plays = {};  ///< as Scenario::plays; before these
};

/// A scenario as read.
struct Scenario {
  RunLimits limits;
  std::optional<std::int64_t> cancel_at;
  std::shared_ptr<GraphDef> graph;
  std::map<std::string, std::int64_t> output_bytes;  ///< by op
  std::map<std::string, Play> plays;                 ///< by step key or path
  std::vector<Again> again = {};                     ///< one after the other
};

/// Read the part above `----`. Errors: Config, with the line.
Result<Scenario> parse(const std::string& text);
/// Run it with a simulated clock; every event as a line, then how the run ended.
Result<std::string> play(const Scenario& scenario);
/// What two texts have in common and where they differ, line by line: ` `, `-` expected, `+` found.
std::string line_diff(const std::string& expected, const std::string& found);

}  // namespace penstock::scenario
