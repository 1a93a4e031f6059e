// From the document of a launch to the document of every op and resource.
#pragma once

#include "penstock/model/definitions.h"

namespace penstock {

/// The documents of a launch.
struct ResolvedConfig {
  ConfigValue launch;  ///< as given, merged over the job's defaults, defaults filled in
  ConfigValue inner;   ///< `{ops: …, resources: …}`; equals launch when the job has no mapping
};

/// Check a launch document and apply the job's mapping. All problems at once.
Result<ResolvedConfig> resolve_job_config(const Definitions& definitions, const JobDef& job,
                                          const ConfigValue& given,
                                          const ConfigEnvironment& environment);

/// Check the document that a config mapping gave; `who` is named in the error.
Result<ConfigValue> check_mapped(const ConfigType& inner, const ConfigValue& given,
                                 const std::string& who);

/// Apply a mapping to the document of its outer struct, which may be null (all defaults).
Result<ConfigValue> apply_mapping(const ConfigMapping& mapping, const ConfigValue* outer,
                                  const ConfigEnvironment& environment);

}  // namespace penstock
