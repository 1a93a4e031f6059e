// What standard output is.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "penstock/cli/services.h"

namespace penstock {

/// Look at standard output; NO_COLOR and TERM=dumb are honoured.
Terminal terminal_of_stdout(
    const std::function<std::optional<std::string>(const std::string&)>& environment);

}  // namespace penstock
