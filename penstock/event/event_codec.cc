#include "penstock/event/event_codec.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "penstock/base/byte_archive.h"
#include "penstock/base/json_number.h"
#include "penstock/base/json_text.h"
#include "penstock/base/narrow.h"
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
        if (fact.is_json() && !json_problem(fact.as_text()))
          out_ += fact.as_text();
        else
          write(fact.as_text());
    }
  }

  std::string& out_;
};

// Each reads a value as it is written in the payload, which is known to be JSON. No tree is made:
// so neither depth nor number of members of what users recorded can do harm.
bool read(std::string_view json, bool& value) {
  const auto found = json_bool(json);
  value = found.value_or(value);
  return found.has_value();
}

template <class Integer>
  requires std::is_integral_v<Integer>
bool read(std::string_view json, Integer& value) {
  const auto found = json_integer(json);
  if (!found || !std::in_range<Integer>(*found)) return false;
  value = static_cast<Integer>(*found);
  return true;
}

bool read(std::string_view json, std::string& value) {
  auto found = json_string(json);
  if (found) value = std::move(*found);
  return found.has_value();
}

bool read(std::string_view json, std::vector<std::string>& value) {
  const auto items = json_items(json);
  value.clear();
  if (!items) return false;
  for (const auto item : *items)
    if (!read(item, value.emplace_back())) return false;
  return true;
}

bool read(std::string_view json, Tags& value) {
  const auto members = json_members(json);
  value.clear();
  if (!members) return false;
  for (const auto& [key, text] : *members)
    if (!read(text, value[key])) return false;
  return true;
}

std::optional<MetadataValue::Kind> kind_of(std::string_view name) {
  for (std::uint8_t kind = 0; kind <= number_of(MetadataValue::Kind::Artifact); ++kind)
    if (to_string(MetadataValue::Kind(kind)) == name) return MetadataValue::Kind(kind);
  return {};
}

// A fact of any kind that keeps a text, in the form in which facts pass between processes.
MetadataValue text_fact(MetadataValue::Kind kind, std::string_view text) {
  constexpr std::uint8_t kText = 2;
  StringSink sink;
  ByteWriter out(sink);
  out.number(number_of(kind));
  out.number(kText);
  out.text(text);
  PENSTOCK_CHECK(out.finish().ok(), "a string takes what is written");
  ByteReader in(SharedBytes::own(sink.take()));
  return MetadataValue::decode(in);
}

// The kind that fits JSON without one.
MetadataValue inferred(std::string_view json) {
  if (json == "null") return {};
  if (const auto truth = json_bool(json)) return *truth;
  if (const auto whole = json_integer(json)) return *whole;
  if (const auto text = json_string(json)) return *text;
  const auto number = json_number(json);
  if (number && json.find_first_of(".eE") != json.npos) return *number;
  return MetadataValue::json_text(std::string(json));
}

// Numbers that are none, or not finite, are no numbers in JSON.
std::optional<MetadataValue> read_float(std::string_view json) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (json == "null") return MetadataValue(std::numeric_limits<double>::quiet_NaN());
  if (json == R"("nan")") return MetadataValue(std::numeric_limits<double>::quiet_NaN());
  if (json == R"("inf")") return MetadataValue(kInfinity);
  if (json == R"("-inf")") return MetadataValue(-kInfinity);
  const auto number = json_number(json);
  return number ? std::optional(MetadataValue(*number)) : std::nullopt;
}

std::optional<MetadataValue> read_fact(MetadataValue::Kind kind, std::string_view json) {
  using Kind = MetadataValue::Kind;
  if (kind == Kind::Null) return MetadataValue();
  if (kind == Kind::Float) return read_float(json);
  if (kind == Kind::Bool) {
    const auto truth = json_bool(json);
    return truth ? std::optional(MetadataValue(*truth)) : std::nullopt;
  }
  if (kind == Kind::Int || kind == Kind::Timestamp) {
    const auto whole = json_integer(json);
    if (!whole) return {};
    return kind == Kind::Int ? MetadataValue(*whole)
                             : MetadataValue::timestamp(Time(Micros(*whole)));
  }
  if (kind >= Kind::JsonText) return text_fact(kind, json);
  const auto text = json_string(json);
  return text ? text_fact(kind, *text) : inferred(json);
}

bool read(std::string_view json, MetadataValue& value) {
  const auto members = json_members(json);
  if (!members) return false;
  std::optional<std::string> type;
  std::optional<std::string_view> stored;
  for (const auto& [name, part] : *members) {
    if (name == "type") type = json_string(part);
    if (name == "value") stored = part;
  }
  if (!type || !stored) return false;
  const auto kind = kind_of(*type);
  if (!kind) {
    value = inferred(*stored);  // of a later version
    return true;
  }
  auto fact = read_fact(*kind, *stored);
  if (fact) value = std::move(*fact);
  return fact.has_value();
}

bool read(std::string_view json, Metadata& value) {
  const auto facts = json_items(json);
  value.clear();
  if (!facts) return false;
  for (const auto fact : *facts) {
    const auto pair = json_items(fact);
    if (!pair || pair->size() != 2) return false;
    auto& [name, content] = value.emplace_back();
    if (!read((*pair)[0], name) || !read((*pair)[1], content)) return false;
  }
  return true;
}

bool read(std::string_view json, Error& value);

// Reads the fields of one body; one that is not there keeps its default.
class FieldReader {
 public:
  explicit FieldReader(const std::vector<JsonMember>& members) : members_(members) {}

  template <class T>
  void operator()(std::string_view name, T& value) {
    for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
      if (member->first != name) continue;
      if (!read(member->second, value) && wrong_.empty()) wrong_ = name;
      return;
    }
  }
  /// The first field that is not of its type; empty when all are.
  const std::string& wrong() const { return wrong_; }

 private:
  const std::vector<JsonMember>& members_;
  std::string wrong_;
};

bool read(std::string_view json, Error& value) {
  const auto members = json_members(json);
  if (!members) return false;
  std::int32_t code = number_of(value.code);
  FieldReader reader(*members);
  reader("code", code);
  reader("message", value.message);
  reader("kind", value.kind);
  reader("context", value.context);
  reader("detail", value.detail);
  reader("allow_retries", value.allow_retries);
  value.code = static_cast<ErrorCode>(code);
  return reader.wrong().empty() && std::in_range<std::underlying_type_t<ErrorCode>>(code);
}

Error corrupt(std::string_view type, std::string_view what) {
  return make_error(ErrorCode::Corrupt,
                    "payload of " + std::string(type) + " cannot be read: " + std::string(what));
}

template <class Body>
Result<EventBody> decode_as(std::string_view payload) {
  Body body;
  if (payload.empty() || payload == "{}") return EventBody(std::move(body));
  if (json_problem(payload)) return corrupt(Body::kType, "it is not JSON");
  const auto members = json_members(payload);
  if (!members) return corrupt(Body::kType, "it is not a JSON object");
  FieldReader reader(*members);
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
  if (json_problem(payload)) return corrupt(type, "it is not JSON");
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
  if (json_problem(json) || !read(json, tags))
    return make_error(ErrorCode::Corrupt, "tags are not a JSON object of strings");
  return tags;
}

void encode_body(const EventBody& body, std::string& out) {
  body.visit([&out]<class T>(const T& value) {
    if constexpr (std::is_same_v<T, UnknownEvent>) {
      if (value.payload.empty())
        out += "{}";
      else if (!json_problem(value.payload))
        out += value.payload;
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
