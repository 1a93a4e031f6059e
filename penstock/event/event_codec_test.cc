// Bodies go to JSON and back unchanged, and nothing that is stored can do worse than be refused.
#include "penstock/event/event_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "penstock/base/files.h"

namespace penstock {
namespace {

// Gives every field of a body some content; about a fifth keep their default.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  template <class T>
  void operator()(std::string_view, T& value) {
    if (below(5) != 0) fill(value);
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::int64_t number() {
    const std::int64_t kinds[] = {std::int64_t(below(100)), -std::int64_t(below(1000)),
                                  std::numeric_limits<std::int64_t>::max(),
                                  std::numeric_limits<std::int64_t>::min()};
    return kinds[below(4)];
  }
  std::string text() {
    static const std::string kPieces[] = {
        "plain",  "\"",   "\\",       "\n\t\r",       std::string(1, '\0'),
        "\x1f",   "\x7f", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x8C\x8D",
        "{}[],:", ""};
    std::string made;
    for (auto n = below(6); n > 0; --n) made += kPieces[below(std::size(kPieces))];
    return made;
  }
  void fill(bool& value) { value = below(2) == 1; }
  void fill(std::int32_t& value) { value = static_cast<std::int32_t>(number()); }
  void fill(std::int64_t& value) { value = number(); }
  void fill(std::string& value) { value = text(); }
  void fill(std::vector<std::string>& value) {
    for (auto n = below(4); n > 0; --n) value.push_back(text());
  }
  void fill(Tags& value) {
    for (auto n = below(4); n > 0; --n) value[text()] = text();
  }
  void fill(Error& value) {
    value.code = static_cast<ErrorCode>(1 + below(18));
    value.message = text();
    value.kind = text();
    fill(value.context);
    value.detail = text();
    fill(value.allow_retries);
  }
  void fill(Metadata& value) {
    const auto fact = [&]() -> MetadataValue {
      switch (below(10)) {
        case 0:
          return {};
        case 1:
          return below(2) == 1;
        case 2:
          return number();
        case 3:
          return static_cast<double>(random_()) / 3e7;
        case 4:
          return MetadataValue::url(text());
        case 5:
          return MetadataValue::path(text());
        case 6:
          return MetadataValue::markdown(text());
        case 7:
          return MetadataValue::timestamp(Time(Micros(number())));
        case 8:
          return MetadataValue::json_text(R"({"a":[1,null,"x"]})");
        default:
          return text();
      }
    };
    for (auto n = below(4); n > 0; --n) value.emplace_back(text(), fact());
  }

  std::mt19937_64 random_;
};

// Collects the fields of a body, so that two bodies can be compared.
struct Fields {
  std::vector<std::variant<bool, std::int32_t, std::int64_t, std::string, std::vector<std::string>,
                           Tags, Error, Metadata>>
      values;
  template <class T>
  void operator()(std::string_view, T& value) {
    values.emplace_back(value);
  }
};

template <class Body>
void expect_round_trips() {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Filler filler(seed);
    Body body;
    body.fields(filler);
    const auto json = encode_body(body);
    ASSERT_TRUE(Json::accept(json)) << Body::kType << " " << json;
    auto decoded = decode_body(Body::kType, json);
    ASSERT_TRUE(decoded.ok()) << decoded.error().to_string() << " " << json;
    Fields before, after;
    body.fields(before);
    Body copy = decoded->template get<Body>();
    copy.fields(after);
    ASSERT_EQ(before.values, after.values) << Body::kType << " " << json;
  }
}

template <std::size_t... I>
void expect_all_round_trip(std::index_sequence<I...>) {
  (expect_round_trips<EventBody::Type<I>>(), ...);
}

TEST(EventCodec, EveryBodyGoesThereAndBack) {
  expect_all_round_trip(std::make_index_sequence<EventBody::kTypes - 1>());
}

TEST(EventCodec, LeavesOutDefaults) {
  EXPECT_EQ(encode_body(StepSuccess{}), "{}");
  EXPECT_EQ(encode_body(RunStarting{}), "{}");
  EXPECT_EQ(encode_body(StepSuccess{.duration_us = 12, .cpu_us = 10}),
            R"({"duration_us":12,"cpu_us":10})");
}

TEST(EventCodec, WritesNestedValues) {
  EXPECT_EQ(encode_body(StepFailure{.error = {.code = ErrorCode::Io,
                                              .message = "no disk",
                                              .context = {"a"},
                                              .allow_retries = false},
                                    .metadata = {{"rows", 5}, {"at", MetadataValue::path("x")}}}),
            R"({"error":{"code":5,"message":"no disk","context":["a"],"allow_retries":false},)"
            R"("metadata":[["rows",{"type":"int","value":5}],)"
            R"(["at",{"type":"path","value":"x"}]]})");
  EXPECT_EQ(encode_body(RunStarting{.tags = {{"a", "1"}, {"b", ""}}}),
            R"({"tags":{"a":"1","b":""}})");
}

TEST(EventCodec, FactsAreWrittenAsMetadataDoes) {
  const std::vector<MetadataValue> facts = {{},
                                            true,
                                            -7,
                                            0.1,
                                            "text",
                                            MetadataValue::url("u"),
                                            MetadataValue::path("p"),
                                            MetadataValue::markdown("m"),
                                            MetadataValue::timestamp(Time(Micros(5))),
                                            MetadataValue::json_text("[1]")};
  for (const auto& fact : facts)
    EXPECT_EQ(encode_body(StepOutput{.metadata = {{"n", fact}}}),
              R"({"metadata":[["n",)" + fact.to_json().dump() + "]]}");
}

TEST(EventCodec, AlwaysWritesJson) {
  for (const std::string bad : {"\xff", "a\xC3", "\xE2\x82", "\xED\xA0\x80", "\xC0\xAF", "\x80z"}) {
    const auto json = encode_body(LogMessage{.text = bad});
    EXPECT_TRUE(Json::accept(json)) << json;
    EXPECT_NE(json.find("\xEF\xBF\xBD"), std::string::npos) << json;
  }
  EXPECT_EQ(encode_body(LogMessage{.text = "a\xffz"}), "{\"text\":\"a\xEF\xBF\xBDz\"}");
  const auto broken = MetadataValue::json_text("{broken");
  EXPECT_TRUE(Json::accept(encode_body(StepOutput{.metadata = {{"x", broken}}})));
  EXPECT_EQ(encode_body(UnknownEvent{"X", "{broken"}), R"("{broken")");
}

TEST(EventCodec, NumbersThatAreNoneComeBackAsSuch) {
  const Metadata facts = {{"n", std::nan("")}, {"i", INFINITY}, {"m", -INFINITY}, {"z", -0.0}};
  const auto json = encode_body(StepOutput{.metadata = facts});
  EXPECT_EQ(json, R"({"metadata":[["n",{"type":"float","value":"nan"}],)"
                  R"(["i",{"type":"float","value":"inf"}],["m",{"type":"float","value":"-inf"}],)"
                  R"(["z",{"type":"float","value":-0.0}]]})");
  const auto body = decode_body("STEP_OUTPUT", json).value();
  const auto& read = body.get<StepOutput>().metadata;
  EXPECT_TRUE(std::isnan(read.at(0).second.as_float()));
  EXPECT_EQ(read.at(1).second.as_float(), INFINITY);
  EXPECT_EQ(read.at(2).second.as_float(), -INFINITY);
  EXPECT_EQ(read.at(2).second.display(), "-inf");
  EXPECT_TRUE(std::signbit(read.at(3).second.as_float()));
  // What logs of old say.
  const auto with = [](std::string value) {
    return decode_body("STEP_OUTPUT",
                       R"({"metadata":[["x",{"type":"float","value":)" + value + "}]]}");
  };
  const auto old = with("null");
  EXPECT_TRUE(std::isnan(old.value().get<StepOutput>().metadata.at(0).second.as_float()));
  EXPECT_FALSE(with("\"1\"").ok());
}

TEST(EventCodec, InfiniteNumbersComeBackAsSuch) {
  for (const double number : {HUGE_VAL, -HUGE_VAL}) {
    const auto json = encode_body(StepOutput{.metadata = {{"x", number}}});
    const auto body = decode_body("STEP_OUTPUT", json).value();
    EXPECT_EQ(body.get<StepOutput>().metadata.at(0).second.as_float(), number) << json;
  }
}

TEST(EventCodec, NoDepthOfStoredJsonDoesHarm) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const auto body =
      decode_body("STEP_OUTPUT", R"({"metadata":[["x",{"type":"json","value":)" + deep + "}]]}")
          .value();
  EXPECT_EQ(body.get<StepOutput>().metadata.at(0).second.as_text(), deep);
  EXPECT_TRUE(decode_body("LOG", R"({"new":)" + deep + "}").ok());
  EXPECT_FALSE(decode_body("LOG", R"({"text":)" + deep + "}").ok());
  EXPECT_FALSE(decode_body("LOG", deep).ok());
  EXPECT_FALSE(decode_body("TEA_MADE", deep.substr(1)).ok());
}

TEST(EventCodec, IgnoresUnknownFieldsAndKeepsUnknownTypes) {
  const auto body = decode_body("STEP_SUCCESS", R"({"cpu_us":3,"new":[1,{"x":2}]})").value();
  EXPECT_EQ(body.get<StepSuccess>().cpu_us, 3);
  const auto unknown = decode_body("TEA_MADE", R"({"cups":2})").value();
  EXPECT_EQ(unknown.get<UnknownEvent>().type, "TEA_MADE");
  EXPECT_EQ(event_type(unknown), "TEA_MADE");
  EXPECT_EQ(encode_body(unknown), R"({"cups":2})");
}

TEST(EventCodec, RefusesWhatIsNotOfItsType) {
  const std::pair<const char*, const char*> bad[] = {
      {"STEP_SUCCESS", R"({"cpu_us":"3"})"},
      {"STEP_SUCCESS", R"({"cpu_us":1.5})"},
      {"STEP_SUCCESS", R"({"cpu_us":null})"},
      {"STEP_SUCCESS", R"({"cpu_us":9223372036854775808})"},
      {"STEP_START", R"({"worker":2147483648})"},
      {"STEP_SKIPPED", R"({"started":1})"},
      {"LOG", R"({"text":["x"]})"},
      {"RUN_STARTING", R"({"tags":{"a":1}})"},
      {"RUN_STARTING", R"({"tags":[]})"},
      {"RUN_FAILURE", R"({"failed_steps":[1]})"},
      {"RUN_FAILURE", R"({"error":{"code":-1}})"},
      {"RUN_FAILURE", R"({"error":{"code":"io"}})"},
      {"STEP_OUTPUT", R"({"metadata":[["x"]]})"},
      {"STEP_OUTPUT", R"({"metadata":[["x",{"type":7,"value":1}]]})"},
      {"STEP_OUTPUT", R"({"metadata":[["x",{"type":"int","value":"1"}]]})"},
      {"STEP_OUTPUT", R"({"metadata":{"x":1}})"}};
  for (const auto& [type, json] : bad) {
    const auto body = decode_body(type, json);
    ASSERT_FALSE(body.ok()) << json;
    EXPECT_EQ(body.error().code, ErrorCode::Corrupt);
  }
  EXPECT_EQ(decode_body("STEP_START", R"({"worker":"x"})").error().message,
            "payload of STEP_START cannot be read: field \"worker\" has an unexpected type");
  EXPECT_EQ(decode_body("LOG", "{").error().message,
            "payload of LOG cannot be read: it is not JSON");
  EXPECT_EQ(decode_body("LOG", "[]").error().message,
            "payload of LOG cannot be read: it is not a JSON object");
}

// Collects the names of a body's fields.
struct FieldNames {
  std::vector<std::string> names;
  template <class T>
  void operator()(const char* name, T&) {
    names.emplace_back(name);
  }
};

template <class Body>
void expect_documented(const std::string& page) {
  const auto name_in_row = " " + std::string(Body::kType);
  const auto row = std::min(page.find(name_in_row + " |"), page.find(name_in_row + ","));
  ASSERT_NE(row, std::string::npos) << Body::kType;
  const auto start = page.rfind('\n', row);
  const auto text = page.substr(start, page.find('\n', row) - start);
  FieldNames fields;
  Body().fields(fields);
  for (const auto& name : fields.names)
    EXPECT_NE(text.find("`" + name + "`"), std::string::npos) << Body::kType << " " << name;
}

template <std::size_t... I>
void expect_all_documented(const std::string& page, std::index_sequence<I...>) {
  (expect_documented<EventBody::Type<I>>(page), ...);
}

TEST(EventCodec, EveryFieldIsDocumented) {
  const char* root = std::getenv("PENSTOCK_SOURCE_DIR");
  const auto path = std::filesystem::path(root ? root : ".") / "docs/formats/event-log.md";
  const auto page = read_file(path).value();
  expect_all_documented(page.substr(page.find("## Payloads")),
                        std::make_index_sequence<EventBody::kTypes - 1>());
}

TEST(EventCodec, DamagedPayloadsNeverDoWorse) {
  std::mt19937_64 random(11);
  const std::string good = encode_body(RunFailure{
      .failed_steps = {"a", "b"}, .error = {.message = "m", .context = {"c"}}, .cpu_us = 8});
  for (int i = 0; i < 5000; ++i) {
    std::string bad = good;
    for (int n = 0; n < 3; ++n) bad[random() % bad.size()] = static_cast<char>(random());
    const auto body = decode_body("RUN_FAILURE", bad);
    if (!body.ok())
      EXPECT_EQ(body.error().code, ErrorCode::Corrupt);
    else
      EXPECT_TRUE(Json::accept(encode_body(*body)));
  }
}

}  // namespace
}  // namespace penstock
