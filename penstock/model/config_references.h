// What a document refers to, `{env: NAME}` and `{file: PATH}`: looked up before anything runs.
#pragma once

#include <vector>

#include "penstock/model/config_type.h"

namespace penstock {

/// What is wrong with the values that a document refers to, its defaults included, as
/// POST_PROCESSING with path and position. The document may hold other mistakes; parts that do not
/// fit the type are passed over.
std::vector<ConfigProblem> check_references(const ConfigType& type, const ConfigValue& document,
                                            const ConfigEnvironment& environment);

/// What the rules of structs find in a document that was checked, once its references are looked
/// up.
std::vector<ConfigProblem> check_resolved(const ConfigType& type, const ConfigValue& checked,
                                          const ConfigEnvironment& environment);

}  // namespace penstock
