// What steps that run at the same time need of the system, and how many of them it allows.
#pragma once

#include <cstdint>
#include <string>

#include "penstock/model/executor_kind.h"

namespace penstock {

/// Open files of a run of so many steps at a time. Files that ops open are not known.
std::uint64_t files_of_run(std::uint64_t jobs, bool in_processes);

/// Processes and threads of such a run.
std::uint64_t processes_of_run(std::uint64_t jobs, bool in_processes);

/// How many steps at a time were asked for; 0 stands for as many as the machine has cores.
std::int32_t wanted_jobs(ExecutorKind executor, std::int32_t asked);

/// So many steps at a time, or as many as the files suffice for that this process may still open,
/// if those are fewer; at least one.
std::int32_t jobs_that_fit(std::int32_t jobs, bool in_processes);

/// Warnings: fewer threads than wanted; fewer steps, for want of files; a step that waits.
std::string too_few_threads(std::int32_t started, std::int32_t wanted);
std::string too_few_files(std::int32_t jobs, std::int32_t wanted);
std::string step_is_held(const std::string& key, const std::string& why);

}  // namespace penstock
