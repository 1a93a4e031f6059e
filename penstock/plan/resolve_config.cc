#include "penstock/plan/resolve_config.h"

#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/model/config_references.h"

namespace penstock {
namespace {

void add_problems(ConfigOutcome& outcome, const std::vector<ConfigProblem>& more) {
  outcome.problems.insert(outcome.problems.end(), more.begin(), more.end());
  sort_problems(outcome.problems);
}

}  // namespace

Result<ConfigValue> apply_mapping(const ConfigMapping& mapping, const ConfigValue* outer,
                                  const ConfigEnvironment& environment,
                                  std::vector<std::string>& secrets) {
  const auto decoded = PENSTOCK_TRY(decode_erased(
      *mapping.outer, outer ? *outer : ConfigValue::map(), environment, kInnerConfig, &secrets));
  auto inner = mapping.inner(decoded.get());
  if (inner.ok() || inner.error().code != ErrorCode::UserException) return inner;
  auto error = std::move(inner).error();
  error.code = ErrorCode::Config;
  return std::move(error).within("the config mapping from " + quote(mapping.outer->name) +
                                 " threw");
}

Result<ConfigValue> check_mapped(const ConfigType& inner, const ConfigValue& given,
                                 const std::string& who) {
  auto checked = validate_config(inner, given, kInnerConfig);
  if (checked.ok()) return std::move(checked.value);
  return config_error(checked.problems)
      .within("the config mapping of " + who + " gives a wrong document");
}

ConfigOutcome check_launch(const Definitions& definitions, const JobDef& job,
                           const ConfigValue& given, const ConfigValue& supplied,
                           const ConfigPolicy& policy, const ConfigEnvironment* environment) {
  const auto type = job_config_type(definitions, job);
  auto document = merge_config(job.default_config, supplied, type.get());
  document = merge_config(std::move(document), given, type.get());
  auto outcome = validate_config(*type, document, policy);
  if (environment == nullptr) return outcome;
  add_problems(outcome, check_references(*type, document, *environment));
  if (outcome.ok()) add_problems(outcome, check_resolved(*type, outcome.value, *environment));
  return outcome;
}

Result<ResolvedConfig> resolve_job_config(const Definitions& definitions, const JobDef& job,
                                          const ConfigValue& given, const ConfigValue& supplied,
                                          const ConfigPolicy& policy,
                                          const ConfigEnvironment& environment,
                                          std::vector<std::string>& secrets) {
  auto outcome = check_launch(definitions, job, given, supplied, policy, &environment);
  if (!outcome.ok()) return config_error(outcome.problems);
  ResolvedConfig resolved;
  resolved.launch = without_fixed_fields(*job_config_type(definitions, job), outcome.value);
  if (!job.mapping) {
    resolved.inner = std::move(outcome.value);
    return resolved;
  }
  auto inner = PENSTOCK_TRY(apply_mapping(*job.mapping, &outcome.value, environment, secrets));
  resolved.inner = PENSTOCK_TRY(
      check_mapped(*inner_config_type(definitions, job), inner, "job " + quote(job.name)));
  return resolved;
}

}  // namespace penstock
