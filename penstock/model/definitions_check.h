// What a compiler cannot see in definitions: names, resources, policies, config defaults.
#pragma once

#include <string>
#include <vector>

#include "penstock/model/definitions.h"

namespace penstock {

/// All problems of the definitions, each one sentence that says how to mend it. Pure.
std::vector<std::string> check_definitions(const Definitions& definitions);

}  // namespace penstock
