// Which code this program is: the id that the linker put into it.
#pragma once

#include <string>

namespace penstock {

/// The GNU build id of the running program as lower-case hex digits; empty when it has none.
std::string program_build_id();

}  // namespace penstock
