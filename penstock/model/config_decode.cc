// From a checked document to a struct, and back.
#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/masker.h"
#include "penstock/base/text.h"
#include "penstock/model/config_internal.h"
#include "penstock/model/config_schema.h"

namespace penstock {

void ConfigCheck::problem(std::string_view field, std::string message, std::string suggestion,
                          ConfigCode code) {
  const auto first = field.substr(0, std::min(field.find_first_of(".["), field.size()));
  if (!valid(first)) return;
  std::string path = path_;
  if (!field.empty() && !path.empty() && field[0] != '[') path += '.';
  path += field;
  const ConfigValue* at = find_path(value_, field);
  for (auto parent = field; at == nullptr && !parent.empty();) {
    const auto cut = parent.find_last_of(".[");
    parent = parent.substr(0, cut == parent.npos ? 0 : cut);
    at = find_path(value_, parent);
  }
  ConfigMark mark = at != nullptr ? at->mark() : value_.mark();
  if (mark.line == 0 && !mark.source) mark = value_.mark();
  problems_.push_back(
      {code, std::move(path), std::move(mark), std::move(message), "", std::move(suggestion)});
}

bool ConfigCheck::valid(std::string_view field) const {
  return std::ranges::find(invalid_, field) == invalid_.end();
}

void ConfigDecoder::enter(const std::string& step) {
  if (step.starts_with('['))
    path_ += step;
  else
    path_ = detail::path_key(path_, step);
}

std::optional<ConfigReference> ConfigDecoder::reference_of(const ConfigValue& value) {
  if (!value.is_map() || value.entries().size() != 1) return {};
  const ConfigEntry& entry = value.entries().front();
  for (const auto kind : {ConfigReference::Kind::Env, ConfigReference::Kind::File})
    if (entry.key == detail::kind_key(kind) && entry.value.is_string())
      return ConfigReference{kind, entry.value.as_string()};
  return {};
}

std::optional<ConfigValue> ConfigDecoder::look_up(const ConfigValue& value,
                                                  const ConfigType& type) {
  const auto reference = reference_of(value);
  if (environment_ == nullptr || !reference) return {};
  const auto fail = [&](std::string message) {
    problems_.push_back(
        {ConfigCode::PostProcessing, path_, value.mark(), std::move(message), describe_type(type)});
    return std::nullopt;
  };
  const auto text = detail::look_up(*reference, *environment_);
  if (!text.ok()) return fail(text.error().message);
  ConfigType literal = type;
  literal.source = literal.secret = false;
  const bool scalar = type.kind == ConfigKind::Int || type.kind == ConfigKind::Float ||
                      type.kind == ConfigKind::Bool;
  const auto found = scalar ? detail::plain_scalar(trim(*text)) : ConfigValue(*text);
  if (!found.ok()) return fail(detail::named(*reference) + " holds a number that is too large");
  auto outcome = validate_config(literal, *found);
  // The value stays out of the message: who put it there may have meant it to be secret.
  if (!outcome.ok())
    return fail(fmt::format("{} holds something else than expected: {}", detail::named(*reference),
                            describe_type(literal)));
  return std::move(outcome.value);
}

void ConfigDecoder::keep_secret(const ConfigValue& value, const std::string& secret) {
  if (environment_ == nullptr) return;
  if (secrets_ != nullptr) secrets_->push_back(secret);
  if (secret.size() < Masker::kShortest)
    problems_.push_back({ConfigCode::PostProcessing, path_, value.mark(),
                         fmt::format("the secret has fewer than {} characters, too few to be "
                                     "masked in logs; use a longer one",
                                     Masker::kShortest),
                         "secret"});
}

void ConfigDecoder::fail(const ConfigValue& value, const ConfigType& type, const Error& error) {
  problems_.push_back(
      {ConfigCode::PostProcessing, path_, value.mark(), with_causes(error), describe_type(type)});
}

void ConfigDecoder::run_rules(const ConfigValue& value, const ConfigType& type, void* object) {
  if (environment_ == nullptr || type.binding == nullptr || !type.binding->has_rules()) return;
  ConfigCheck check(path_, value, {});
  if (const auto status = type.binding->check(object, check); !status.ok())
    fail(value, type, status.error());
  problems_.insert(problems_.end(), check.problems().begin(), check.problems().end());
}

Result<std::shared_ptr<const void>> decode_erased(const ConfigType& type,
                                                  const ConfigValue& document,
                                                  const ConfigEnvironment& environment,
                                                  const ConfigPolicy& policy,
                                                  std::vector<std::string>* secrets) {
  if (type.binding == nullptr)
    return make_error(ErrorCode::Definition,
                      fmt::format("the config {} was not made from a struct", quote(type.name)));
  const ConfigOutcome outcome = validate_config(type, document, policy);
  if (!outcome.ok()) return config_error(outcome.problems);
  auto object = PENSTOCK_TRY(type.binding->make());
  ConfigDecoder decoder(&environment, {}, secrets);
  PENSTOCK_TRY(type.binding->decode(outcome.value, type, decoder, object.get()));
  if (!decoder.problems().empty()) return config_error(decoder.problems());
  return std::shared_ptr<const void>(std::move(object));
}

ConfigValue encode_erased(const ConfigType& type, const void* object) {
  PENSTOCK_CHECK(type.binding != nullptr, "only a config made from a struct can be encoded");
  return type.binding->encode(object, type).value();
}

}  // namespace penstock
