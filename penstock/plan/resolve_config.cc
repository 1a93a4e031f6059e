#include "penstock/plan/resolve_config.h"

#include "penstock/base/text.h"
#include "penstock/model/config_document.h"

namespace penstock {

Result<ConfigValue> apply_mapping(const ConfigMapping& mapping, const ConfigValue* outer,
                                  const ConfigEnvironment& environment) {
  const auto decoded =
      PENSTOCK_TRY(decode_erased(*mapping.outer, outer ? *outer : ConfigValue::map(), environment));
  return mapping.inner(decoded.get());
}

Result<ConfigValue> check_mapped(const ConfigType& inner, const ConfigValue& given,
                                 const std::string& who) {
  auto checked = validate_config(inner, given, {.allow_literal_secrets = true});
  if (checked.ok()) return std::move(checked.value);
  return config_error(checked.problems)
      .within("the config mapping of " + who + " gives a wrong document");
}

Result<ResolvedConfig> resolve_job_config(const Definitions& definitions, const JobDef& job,
                                          const ConfigValue& given,
                                          const ConfigEnvironment& environment) {
  const auto type = job_config_type(definitions, job);
  auto outcome = validate_config(*type, merge_config(job.default_config, given, type.get()));
  if (!outcome.ok()) return config_error(outcome.problems);
  ResolvedConfig resolved{std::move(outcome.value), {}};
  if (!job.mapping) {
    resolved.inner = resolved.launch;
    return resolved;
  }
  auto inner = PENSTOCK_TRY(apply_mapping(*job.mapping, &resolved.launch, environment));
  resolved.inner = PENSTOCK_TRY(
      check_mapped(*inner_config_type(definitions, job), inner, "job " + quote(job.name)));
  return resolved;
}

}  // namespace penstock
