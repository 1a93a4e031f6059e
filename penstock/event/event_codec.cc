#include "penstock/event/event_codec.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "penstock/base/json_number.h"
#include "penstock/base/text.h"
#include "penstock/event/json_text.h"

namespace penstock {
namespace {

constexpr std::size_t kKnownTypes = EventBody::kTypes - 1;
static_assert(std::is_same_v<EventBody::Type<kKnownTypes>, UnknownEvent>);

template <std::size_t... I>
constexpr std::array<std::string_view, sizeof...(I)> type_names(std::index_sequence<I...>) {
  return {EventBody::Type<I>::kType...};
}
constexpr auto kTypeNames = type_names(std::make_index_sequence<kKnownTypes>());

template <class Number>
  requires std::is_arithmetic_v<Number>
bool is_default(Number value) {
  return value == Number{};
}
bool is_default(const std::string& value) { return value.empty(); }
bool is_default(const Tags& value) { return value.empty(); }
bool is_default(const Metadata& value) { return value.empty(); }
bool is_default(const std::vector<std::string>& value) { return value.empty(); }
bool is_default(const Error& value) { return value == Error{}; }

// Writes the fields of one body as a JSON object; a field with its default value is left out.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  template <class T>
  void operator()(std::string_view name, const T& value) {
    if (is_default(value)) return;
    key(name);
    write(value);
  }

 private:
  // Only for names from fields(), which need no escapes.
  void key(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  void write(bool value) { out_ += value ? "true" : "false"; }
  void write(std::int32_t value) { append_json_number(out_, std::int64_t(value)); }
  void write(std::int64_t value) { append_json_number(out_, value); }
  void write(const std::string& value) { append_json_string(out_, value); }
  void write(const Tags& value) { encode_tags(value, out_); }

  void write(const std::vector<std::string>& value) {
    out_ += '[';
    for (const auto& text : value) {
      if (out_.back() != '[') out_ += ',';
      append_json_string(out_, text);
    }
    out_ += ']';
  }

  void write(const Error& value) {
    FieldWriter nested(out_);
    nested("code", static_cast<std::int64_t>(value.code));
    nested("message", value.message);
    nested("kind", value.kind);
    nested("context", value.context);
    nested("detail", value.detail);
    if (!value.allow_retries) {
      nested.key("allow_retries");
      nested.write(false);
    }
    nested.end();
  }

  // A list of pairs and not an object: an op may add the same name twice, and order is kept.
  void write(const Metadata& value) {
    out_ += '[';
    for (const auto& [name, fact] : value) {
      if (out_.back() != '[') out_ += ',';
      out_ += '[';
      append_json_string(out_, name);
      out_ += ",{\"type\":\"";
      out_ += to_string(fact.kind());
      out_ += "\",\"value\":";
      write_fact(fact);
      out_ += "}]";
    }
    out_ += ']';
  }

  void write_fact(const MetadataValue& fact) {
    using Kind = MetadataValue::Kind;
    switch (fact.kind()) {
      case Kind::Null:
        out_ += "null";
        return;
      case Kind::Bool:
        write(fact.as_bool());
        return;
      case Kind::Int:
      case Kind::Timestamp:
        write(fact.as_int());
        return;
      case Kind::Float:
        append_json_number(out_, fact.as_float());
        return;
      default:
        if (fact.is_json() && Json::accept(fact.as_text()))
          out_ += fact.as_text();
        else
          write(fact.as_text());
    }
  }

  std::string& out_;
};

bool read(const Json& json, bool& value) {
  if (!json.is_boolean()) return false;
  value = json.get<bool>();
  return true;
}

template <class Integer>
  requires std::is_integral_v<Integer>
bool read(const Json& json, Integer& value) {
  if (!json.is_number_integer()) return false;
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<Integer>::max()))
    return false;
  const auto wide = json.get<std::int64_t>();
  value = static_cast<Integer>(wide);
  return value == wide;
}

bool read(const Json& json, std::string& value) {
  if (!json.is_string()) return false;
  value = json.get_ref<const std::string&>();
  return true;
}

bool read(const Json& json, std::vector<std::string>& value) {
  if (!json.is_array()) return false;
  value.clear();
  for (const auto& item : json)
    if (!read(item, value.emplace_back())) return false;
  return true;
}

bool read(const Json& json, Tags& value) {
  if (!json.is_object()) return false;
  value.clear();
  for (const auto& [key, text] : json.items())
    if (!read(text, value[key])) return false;
  return true;
}

bool read_fact(const Json& json, MetadataValue& value) {
  if (!json.is_object() || !json.contains("type") || !json.contains("value")) return false;
  const auto& type = json["type"];
  const auto& stored = json["value"];
  if (!type.is_string()) return false;
  const auto& name = type.get_ref<const std::string&>();
  // Of what is not finite, logs of old say only that.
  if (name == "float" && stored.is_null()) {
    value = MetadataValue(std::numeric_limits<double>::quiet_NaN());
    return true;
  }
  const bool fits = name == "bool"                         ? stored.is_boolean()
                    : name == "int" || name == "timestamp" ? stored.is_number_integer()
                    : name == "float"                      ? read_json_number(stored).has_value()
                                                           : true;
  if (fits) value = MetadataValue::from_json(json);
  return fits;
}

bool read(const Json& json, Metadata& value) {
  if (!json.is_array()) return false;
  value.clear();
  for (const auto& pair : json) {
    if (!pair.is_array() || pair.size() != 2) return false;
    auto& [name, fact] = value.emplace_back();
    if (!read(pair[0], name) || !read_fact(pair[1], fact)) return false;
  }
  return true;
}

bool read(const Json& json, Error& value);

// Reads the fields of one body; one that is not there keeps its default.
class FieldReader {
 public:
  explicit FieldReader(const Json& object) : object_(object) {}

  template <class T>
  void operator()(const char* name, T& value) {
    const auto found = object_.find(name);
    if (found != object_.end() && !read(*found, value) && wrong_.empty()) wrong_ = name;
  }
  /// The first field that is not of its type; empty when all are.
  const std::string& wrong() const { return wrong_; }

 private:
  const Json& object_;
  std::string wrong_;
};

bool read(const Json& json, Error& value) {
  if (!json.is_object()) return false;
  std::int32_t code = static_cast<std::int32_t>(value.code);
  FieldReader reader(json);
  reader("code", code);
  reader("message", value.message);
  reader("kind", value.kind);
  reader("context", value.context);
  reader("detail", value.detail);
  reader("allow_retries", value.allow_retries);
  value.code = static_cast<ErrorCode>(code);
  return reader.wrong().empty() && code >= 0 && code <= std::numeric_limits<std::uint16_t>::max();
}

Error corrupt(std::string_view type, std::string_view what) {
  return make_error(ErrorCode::Corrupt,
                    "payload of " + std::string(type) + " cannot be read: " + std::string(what));
}

template <class Body>
Result<EventBody> decode_as(std::string_view payload) {
  Body body;
  if (payload.empty() || payload == "{}") return EventBody(std::move(body));
  const Json json = Json::parse(payload, nullptr, false);
  if (json.is_discarded()) return corrupt(Body::kType, "it is not JSON");
  if (!json.is_object()) return corrupt(Body::kType, "it is not a JSON object");
  FieldReader reader(json);
  body.fields(reader);
  if (!reader.wrong().empty())
    return corrupt(Body::kType, "field " + quote(reader.wrong()) + " has an unexpected type");
  return EventBody(std::move(body));
}

template <std::size_t... I>
Result<EventBody> decode_known(std::string_view type, std::string_view payload,
                               std::index_sequence<I...>) {
  using Decode = Result<EventBody> (*)(std::string_view);
  constexpr std::array<Decode, sizeof...(I)> kDecoders = {&decode_as<EventBody::Type<I>>...};
  for (std::size_t i = 0; i < kDecoders.size(); ++i)
    if (kTypeNames[i] == type) return kDecoders[i](payload);
  return EventBody(UnknownEvent{std::string(type), std::string(payload)});
}

}  // namespace

std::span<const std::string_view> known_event_types() { return kTypeNames; }

void encode_tags(const Tags& tags, std::string& out) {
  out += '{';
  for (const auto& [key, value] : tags) {
    if (out.back() != '{') out += ',';
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

Result<Tags> decode_tags(std::string_view json) {
  Tags tags;
  const Json parsed = Json::parse(json, nullptr, false);
  if (!read(parsed, tags))
    return make_error(ErrorCode::Corrupt, "tags are not a JSON object of strings");
  return tags;
}

void encode_body(const EventBody& body, std::string& out) {
  body.visit([&out]<class T>(const T& value) {
    if constexpr (std::is_same_v<T, UnknownEvent>) {
      if (Json::accept(value.payload))
        out += value.payload;
      else if (value.payload.empty())
        out += "{}";
      else
        append_json_string(out, value.payload);
    } else {
      FieldWriter writer(out);
      const_cast<T&>(value).fields(writer);  // fields() also serves the reader, so is not const
      writer.end();
    }
  });
}

Result<EventBody> decode_body(std::string_view type, std::string_view payload) {
  return decode_known(type, payload, std::make_index_sequence<kKnownTypes>());
}

}  // namespace penstock
