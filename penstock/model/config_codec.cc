#include "penstock/model/config_codec.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

#include "penstock/base/narrow.h"
#include "penstock/model/config_internal.h"

namespace penstock {

std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "****"; }

void ConfigCodec<Secret>::decode(const ConfigValue& value, const ConfigType& type,
                                 ConfigDecoder& decoder, Secret& out) {
  if (auto reference = ConfigDecoder::reference_of(value)) {
    out = Secret::at(std::move(*reference));
    if (const auto found = decoder.look_up(value, type)) out.resolve(found->as_string());
  } else if (value.is_string()) {
    out = Secret(value.as_string());
  }
  if (out.resolved()) decoder.keep_secret(value, out.reveal());
}

ConfigValue ConfigCodec<Secret>::encode(const Secret& secret, const ConfigType&) {
  if (secret.reference()) return detail::write_reference(*secret.reference());
  if (!secret.resolved()) return {};
  ConfigValue value(secret.reveal());
  value.set_secret(true);
  return value;
}

void ConfigCodec<std::vector<bool>>::decode(const ConfigValue& value, const ConfigType&,
                                            ConfigDecoder&, std::vector<bool>& out) {
  if (!value.is_list()) return;
  out.clear();
  for (const auto& item : value.items()) out.push_back(item.as_bool());
}

ConfigValue ConfigCodec<std::vector<bool>>::encode(const std::vector<bool>& value,
                                                   const ConfigType&) {
  ConfigValue list = ConfigValue::list();
  for (const bool item : value) list.items().push_back(ConfigValue(item));
  return list;
}

namespace detail {

ConfigType simple_type(ConfigKind kind) {
  ConfigType type;
  type.kind = kind;
  return type;
}

ConfigType integer_type(std::optional<std::int64_t> min, std::optional<std::int64_t> max) {
  ConfigType type = simple_type(ConfigKind::Int);
  if (min) type.min = ConfigValue(*min);
  if (max) type.max = ConfigValue(*max);
  return type;
}

ConfigType duration_type(const ConfigTicks& ticks) {
  ConfigType type = simple_type(ConfigKind::Duration);
  type.ticks = ticks;
  return type;
}

ConfigType integer_of(std::size_t width, bool is_unsigned) {
  ConfigType type = simple_type(ConfigKind::Int);
  type.width = narrow<std::uint8_t>(width);
  type.is_unsigned = is_unsigned;
  const auto bits = 8 * width;
  if (is_unsigned) {
    type.min = ConfigValue(0);
    type.max = ConfigValue(~std::uint64_t{0} >> (64 - bits));
  } else if (bits < 64) {
    type.min = ConfigValue(-(std::int64_t{1} << (bits - 1)));
    type.max = ConfigValue((std::int64_t{1} << (bits - 1)) - 1);
  }
  return type;
}

ConfigType float_type(std::size_t width) {
  ConfigType type = simple_type(ConfigKind::Float);
  type.width = narrow<std::uint8_t>(width);
  return type;
}

double widen(float value) {
  if (!std::isfinite(value)) return static_cast<double>(value);
  std::array<char, 32> digits;
  const auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  double wide = 0;
  std::from_chars(digits.data(), end, wide);
  return static_cast<float>(wide) == value ? wide : static_cast<double>(value);
}

ConfigType container_type(ConfigKind kind, ConfigType element) {
  ConfigType type = simple_type(kind);
  type.element = std::make_shared<const ConfigType>(std::move(element));
  return type;
}

ConfigType source_type(ConfigType literal) {
  literal.source = true;
  return literal;
}

ConfigType secret_type() {
  ConfigType type = source_type(simple_type(ConfigKind::String));
  type.secret = true;
  return type;
}

ConfigValue write_reference(const ConfigReference& reference) {
  return ConfigValue::map({{std::string(kind_key(reference.kind)), ConfigValue(reference.name)}});
}

std::optional<std::int64_t> enum_value(const ConfigType& type, const std::string& name) {
  for (const auto& known : type.names)
    if (known.name == name) return known.value;
  return {};
}

const std::string* enum_name(const ConfigType& type, std::int64_t value) {
  for (const auto& known : type.names)
    if (known.value == value) return &known.name;
  return nullptr;
}

void decode_items(const ConfigValue& list, const ConfigType& type, ConfigDecoder& decoder,
                  const ConfigAccess& item, void* first, std::size_t size) {
  auto* at = static_cast<std::byte*>(first);
  for (std::size_t i = 0; i < list.items().size(); ++i, at += size)
    decoder.at(fmt::format("[{}]", i),
               [&] { item.decode(list.items()[i], *type.element, decoder, at); });
}

ConfigValue encode_items(const void* first, std::size_t count, std::size_t size,
                         const ConfigType& type, const ConfigAccess& item) {
  ConfigValue list = ConfigValue::list();
  list.items().reserve(count);
  const auto* at = static_cast<const std::byte*>(first);
  for (std::size_t i = 0; i < count; ++i, at += size)
    list.items().push_back(item.encode(at, *type.element));
  return list;
}

}  // namespace detail
}  // namespace penstock
