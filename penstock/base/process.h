// Processes of this machine, told apart although the system uses their numbers again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock {

/// The name of this machine.
std::string host_name();

/// What tells the living process with this number from all that had it before or will have it: the
/// boot of the machine, the time of its start, and the PID namespace in which it has the number, as
/// text for is_process_alive(). Nothing when no such process lives, one that has ended and was not
/// waited for included; empty when the system does not tell.
std::optional<std::string> process_birth(std::int32_t pid);

/// True when the process that had this number and this birth lives, on this machine. A birth that
/// is empty, or as earlier versions recorded it, without the namespace, is taken for one of this
/// namespace. Nothing when it cannot be judged: it was born in another PID namespace, as that of a
/// container is, since the machine was started.
std::optional<bool> is_process_alive(std::int32_t pid, const std::string& birth);

/// Processes whose parent is this one, in no order. Those that have ended and were not waited for
/// are among them. Empty when the system does not tell.
std::vector<std::int32_t> child_processes();

/// Send SIGTERM to all processes below this one: its children, theirs, and so on. For a process
/// that is about to end.
void end_descendants();

}  // namespace penstock
