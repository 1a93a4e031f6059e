// Runs as text: the line of a list, the live display, and the report at the end.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "penstock/view/progress_view.h"
#include "penstock/view/step_views.h"
#include "penstock/view/text_style.h"

namespace penstock {

/// How points in time are written; the reader's zone is not this layer's business.
using TimeText = std::function<std::string(Time)>;

/// A run in a list.
struct RunRow {
  RunRecord run;
  bool process_gone = false;  ///< not ended, and the process that ran it lives no more
};

/// The tone of a status.
Tone tone_of(RunStatus status);
Tone tone_of(StepStatus status);
/// How long the run took, or has taken until now.
Micros duration_of(const RunRecord& run, Time now);
/// `12 passed, 1 warned, 2 failed`; empty when there was no check.
std::string check_counts(const RunRecord& run);
/// A table of runs, newest first as given.
std::string run_list_text(const std::vector<RunRow>& rows, Time now, const TimeText& time,
                          const TextStyle& style);
/// A table of steps with status, attempts, duration and outputs.
std::string step_table_text(const std::vector<StepView>& steps, const TextStyle& style);
/// Failures with their message and what was being done, each indented below its step.
std::string failures_text(const std::vector<FailureView>& failures, std::int64_t count,
                          const TextStyle& style);
/// Checks in sum, those that did not pass, and what was materialized; may be empty.
std::string results_text(const ProgressView& view, const TextStyle& style);
/// The report at the end of a run: table of ops, failures, checks, materializations, last line.
std::string report_text(const ProgressView& view, const TextStyle& style);
/// One line for an event that somebody who watches a run without a terminal wants to see; empty for
/// most events, and for messages and warnings below `least`.
std::string watch_line(const Event& event, LogLevel least, const TextStyle& style);

/// What the live display shows besides the run.
struct LiveOptions {
  Instant now;
  std::optional<Micros> left = {};  ///< estimated
  std::size_t height = 24;          ///< lines of the terminal
  std::string notice = {};          ///< such as what an interrupt did
};
/// The lines of the live display, none wider than the terminal, at most its height less two.
std::vector<std::string> live_lines(const ProgressView& view, const LiveOptions& options,
                                    const TextStyle& style);

}  // namespace penstock
