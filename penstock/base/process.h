// Processes of this machine, told apart although the system uses their numbers again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace penstock {

/// The name of this machine.
std::string host_name();

/// What tells the living process with this number from all that had it before or will have it: the
/// boot of the machine and the time of its start, as text to compare. Nothing when no such process
/// lives, one that has ended and was not waited for included; empty when the system does not tell.
std::optional<std::string> process_birth(std::int32_t pid);

}  // namespace penstock
