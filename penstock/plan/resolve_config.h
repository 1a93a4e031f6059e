// From the document of a launch to the document of every op and resource.
#pragma once

#include "penstock/model/definitions.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// The documents of a launch.
struct ResolvedConfig {
  ConfigValue launch;  ///< as given, over the job's defaults, defaults filled in; nothing fixed
  ConfigValue inner;   ///< `{inputs: …, ops: …, resources: …}`, with what is fixed
};

/// Check a launch document. What it says goes before what a schedule or sensor supplied, that
/// before the job's default config, and that before the defaults of fields; maps merge by key,
/// lists are replaced. All problems at once; with an environment, also those of what the document
/// refers to.
ConfigOutcome check_launch(const Definitions& definitions, const JobDef& job,
                           const ConfigValue& given,
                           const ConfigValue& supplied = ConfigValue::map(),
                           const ConfigPolicy& policy = {},
                           const ConfigEnvironment* environment = nullptr);

/// How strictly launch documents are checked.
inline ConfigPolicy launch_policy(const RunDefaults& defaults) {
  return {.allow_literal_secrets = defaults.allow_literal_secrets};
}

/// Check a launch document and apply the job's mapping. All problems at once. The values of secrets
/// are added to `secrets`, here and below.
Result<ResolvedConfig> resolve_job_config(const Definitions& definitions, const JobDef& job,
                                          const ConfigValue& given, const ConfigValue& supplied,
                                          const ConfigPolicy& policy,
                                          const ConfigEnvironment& environment,
                                          std::vector<std::string>& secrets);

/// Check the document that a config mapping gave; `who` is named in the error.
Result<ConfigValue> check_mapped(const ConfigType& inner, const ConfigValue& given,
                                 const std::string& who);

/// Apply a mapping to the document of its outer struct, which may be null (all defaults).
Result<ConfigValue> apply_mapping(const ConfigMapping& mapping, const ConfigValue* outer,
                                  const ConfigEnvironment& environment,
                                  std::vector<std::string>& secrets);

}  // namespace penstock
