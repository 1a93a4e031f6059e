// Every type of a config at its extremes: struct, document (YAML and JSON), struct, the record of a
// run, document again. Nothing may be lost on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "penstock/model/config_document.h"
#include "penstock/model/config_schema.h"

namespace penstock {
namespace {

template <class T>
struct Holder {
  T value{};
  static void describe(ConfigSchema<Holder>& s) { s.field("value", &Holder::value); }
};

template <class T>
concept Container = requires(const T& a) { typename T::value_type; a.begin(); } &&
                    !std::same_as<T, std::string> && !std::same_as<T, std::filesystem::path>;
template <class T>
concept Optional = requires(const T& a) { a.has_value(); *a; };
template <class T>
concept Pair = requires(const T& a) { a.first; a.second; };

// Equal as tests of round trips mean it: NaN is NaN, and -0 is not 0.
template <class T>
bool same(const T& a, const T& b) {
  if constexpr (std::floating_point<T>)
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
  else if constexpr (Optional<T>)
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
  else if constexpr (Pair<T>)
    return a.first == b.first && same(a.second, b.second);
  else if constexpr (Container<T>)
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
  else
    return a == b;
}

std::string problems_of(const std::vector<ConfigProblem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += to_string(problem) + "\n";
  return text;
}

template <class T>
void expect_read(const ParsedConfig& parsed, const T& value, const std::string& text) {
  ASSERT_TRUE(parsed.ok()) << text << problems_of(parsed.problems);
  const auto read = decode_config<Holder<T>>(parsed.value);
  ASSERT_TRUE(read.ok()) << text << read.error().to_string();
  EXPECT_TRUE(same(read->value, value)) << text;
}

template <class T>
void expect_survives(const T& value) {
  const auto document = encode_config(Holder<T>{value});
  const auto checked = validate_config(*config_type_of<Holder<T>>(), document);
  ASSERT_TRUE(checked.ok()) << to_yaml(document) << problems_of(checked.problems);
  const auto yaml = to_yaml(checked.value), json = to_json(checked.value).dump();
  expect_read<T>(parse_config(yaml, "a.yaml"), value, yaml);
  // A JSON document says infinity as a text, which a place for anything takes for one.
  const bool is_text = std::same_as<T, ConfigValue> && to_stored_json(checked.value).dump() != json;
  if (!is_text) expect_read<T>(parse_config(json, "a.json"), value, json);
  // A run keeps its resolved document; a re-execution reads it, checks it and keeps it again.
  const auto record = to_stored_json(checked.value).dump();
  const auto stored = from_json(Json::parse(record));
  EXPECT_EQ(stored, checked.value) << record;
  expect_read<T>({stored, {}}, value, record);
  const auto again = validate_config(*config_type_of<Holder<T>>(), stored);
  ASSERT_TRUE(again.ok()) << record << problems_of(again.problems);
  EXPECT_EQ(to_stored_json(again.value).dump(), record);
}

template <class T>
void expect_all_survive(const std::vector<T>& values) {
  for (const T& value : values) {
    expect_survives<T>(value);
    if constexpr (!detail::may_be_null<T>) {
      expect_survives<std::optional<T>>(value);
      expect_survives<std::vector<std::optional<T>>>({value, std::nullopt, value});
    }
    expect_survives<std::vector<T>>({value, value});
    expect_survives<std::map<std::string, std::vector<T>>>({{"a key", {value}}, {"", {}}});
  }
}

template <class T>
std::vector<T> limits() {
  using Limits = std::numeric_limits<T>;
  return {Limits::min(), T(Limits::min() + 1), T(0), T(1), T(Limits::max() - 1), Limits::max()};
}

template <class T>
std::vector<T> floats() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values = {T(0), T(-0.0), T(0.1), T(1) / 3, T(1e15), T(1e16), T(1e-7), T(-2.5)};
  for (const T value : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::max(),
                        Limits::lowest(), Limits::min(), Limits::denorm_min(), Limits::epsilon(),
                        T(16777217), T(123456789.25)})
    values.push_back(value);
  std::uint64_t state = 1;
  for (int i = 0; i < 200; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const auto bits = state ^ (state >> 29);
    if constexpr (sizeof(T) == 8)
      values.push_back(std::bit_cast<T>(bits));
    else
      values.push_back(std::bit_cast<T>(std::uint32_t(bits >> 32)));
  }
  return values;
}

std::vector<std::string> texts() {
  return {"",      " ",      "  two  blanks ", "no",        "Yes",       "on",      "n",
          "~",     "null",   "Null",           "true",      "False",     "1e3",     "0x10",
          "0o17",  "1_000",  "1:30",           ".5",        "-1",        "+1",      ".inf",
          "-.inf", ".nan",   "NaN",            "inf",       "1e400",     "0xFFFFFFFFFFFFFFFFFF",
          "-",     "- a",    "a: b",           "a:",        ": a",       "a #b",    "#a",
          "---",   "...",    "%a",             "@a",        "`a",        "&a",      "*a",
          "!a",    "!!str",  "|",              ">",         "{a: 1}",    "[1]",     "'",
          "\"",    "\\",     "\\n",            "two\nlines", "\n",       "ends\n",  "\r\n",
          "\t",    "a\tb",   "\x01\x1f\x7f",   "é",         "\u0085",    "\u2028",  "\ufeff",
          "😀",    "<<",     "=",              "?",         "? a",       "2020-01-01",
          "****x", std::string("a\0b", 3),     std::string(3000, 'x'),   "$float", "$$"};
}

enum class Color : std::uint8_t { Red = 0, Blue = 255 };
std::vector<std::pair<Color, std::string_view>> config_names(Color) {
  return {{Color::Red, "null"}, {Color::Blue, "1e3"}};
}
enum class Wide : std::uint64_t { Low = 0, High = ~std::uint64_t{0} };
std::vector<std::pair<Wide, std::string_view>> config_names(Wide) {
  return {{Wide::Low, "low"}, {Wide::High, "true"}};
}

TEST(ConfigRoundTrip, Integers) {
  expect_all_survive(limits<std::int8_t>());
  expect_all_survive(limits<std::uint8_t>());
  expect_all_survive(limits<std::int16_t>());
  expect_all_survive(limits<std::uint16_t>());
  expect_all_survive(limits<std::int32_t>());
  expect_all_survive(limits<std::uint32_t>());
  expect_all_survive(limits<std::int64_t>());
  expect_all_survive(limits<std::uint64_t>());
  expect_all_survive<std::uint64_t>({std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1});
  expect_all_survive<std::int64_t>({9007199254740993, -9007199254740993});
  expect_all_survive<bool>({false, true});
}

TEST(ConfigRoundTrip, Floats) {
  expect_all_survive(floats<double>());
  expect_all_survive(floats<float>());
}

TEST(ConfigRoundTrip, Texts) {
  expect_all_survive(texts());
  for (const auto& text : texts()) {
    expect_survives<std::filesystem::path>(text);
    expect_survives<Source<std::string>>(text);
    expect_survives<std::map<std::string, std::string>>({{text, text}});
    expect_survives<std::variant<std::string, std::vector<std::string>>>(text);
    expect_survives<std::variant<std::string, std::vector<std::string>>>(std::vector{text});
    expect_survives<ConfigValue>(ConfigValue(text));
    expect_survives<ConfigValue>(ConfigValue::map({{text, ConfigValue(text)}}));
  }
}

TEST(ConfigRoundTrip, OtherTypes) {
  expect_all_survive<Color>({Color::Red, Color::Blue});
  expect_all_survive<Wide>({Wide::Low, Wide::High});
  expect_all_survive<Bytes>({{0}, {1}, {1023}, {1024}, {INT64_MAX}, {std::int64_t{1} << 62}});
  using namespace std::chrono;
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1},
                                   std::int64_t{90}, std::int64_t{86'400'000},
                                   std::int64_t{9007199254740993}, INT64_MIN, INT64_MAX}) {
    expect_survives(nanoseconds(count));
    expect_survives(microseconds(count));
    expect_survives(milliseconds(count));
    expect_survives(duration<std::int64_t>(count));
    expect_survives(duration<std::int64_t, std::ratio<3600>>(count));
    expect_survives(std::optional(microseconds(count)));
    expect_survives(std::vector{minutes(7), minutes(-7)});
  }
  expect_survives(duration<double>(0.25));
  expect_survives(duration<double, std::milli>(1e-6));
  // A reference is stored as one.
  const Holder<Source<int>> elsewhere{
      Source<int>::at({ConfigReference::Kind::Env, "PENSTOCK_UNSET"})};
  EXPECT_EQ(to_stored_json(encode_config(elsewhere)).dump(),
            R"({"value":{"env":"PENSTOCK_UNSET"}})");
  expect_survives<std::vector<std::vector<int>>>({{}, {1}, {2, 3}});
  expect_survives<std::vector<std::map<std::string, int>>>({{}, {{"a", 1}}, {{"b", 1}, {"c", 2}}});
}

TEST(ConfigRoundTrip, Anything) {
  for (const double number : floats<double>()) expect_survives<ConfigValue>(ConfigValue(number));
  for (const auto number : limits<std::uint64_t>())
    expect_survives<ConfigValue>(ConfigValue(number));
  for (const auto number : limits<std::int64_t>())
    expect_survives<ConfigValue>(ConfigValue(number));
  ConfigValue deep(-INFINITY);
  for (int i = 0; i < 90; ++i)
    deep = i % 2 == 0 ? ConfigValue::list({deep, ConfigValue(".inf")})
                      : ConfigValue::map({{"$float", deep}, {"$x", ConfigValue()}});
  expect_survives<ConfigValue>(deep);
}

std::vector<std::string> refusals(const ConfigType& type, const ConfigValue& document) {
  std::vector<std::string> found;
  for (const auto& problem : validate_config(type, document).problems)
    found.push_back(to_string(problem));
  return found;
}
using Texts = std::vector<std::string>;

template <class T>
Texts refusals_of(std::string_view yaml) {
  const auto parsed = parse_config(yaml, "a.yaml");
  EXPECT_TRUE(parsed.ok());
  return refusals(*config_type_of<Holder<T>>(), parsed.value);
}

TEST(ConfigRoundTrip, WhatATypeCannotHoldIsRefused) {
  EXPECT_EQ(refusals_of<float>("value: 1e39"),
            Texts{"a.yaml:1:8: value: 1e39 is too large for a number of 32 bits; expected at most "
                  "3.4028235e+38"});
  EXPECT_EQ(refusals_of<float>("value: 3.4028235e38"), Texts{});
  EXPECT_EQ(refusals_of<std::uint64_t>("value: 18446744073709551616"),
            Texts{"a.yaml:1:8: value: 18446744073709551616 does not fit into 64 bits"});
  EXPECT_EQ(refusals_of<std::uint64_t>("value: -1"),
            Texts{"a.yaml:1:8: value: -1 is out of range; expected 0 to 18446744073709551615"});
  EXPECT_EQ(refusals_of<std::int64_t>("value: 9223372036854775808"),
            Texts{"a.yaml:1:8: value: 9223372036854775808 does not fit into 64 bits"});
  EXPECT_EQ(refusals_of<std::uint8_t>("value: 256"),
            Texts{"a.yaml:1:8: value: 256 is out of range; expected 0 to 255"});
  EXPECT_EQ(refusals_of<ConfigValue>("value: [1, 99999999999999999999]"),
            Texts{"a.yaml:1:12: value[1]: 99999999999999999999 does not fit into 64 bits; did you "
                  "mean 1e+20?"});
}

struct Bounded {
  std::uint64_t large = ~std::uint64_t{0};
  std::int64_t exact = 9007199254740993;
  static void describe(ConfigSchema<Bounded>& s) {
    s.field("large", &Bounded::large).min(~std::uint64_t{0} - 1);
    s.field("exact", &Bounded::exact).min(9007199254740993);
  }
};

TEST(ConfigRoundTrip, BoundsAreComparedExactly) {
  const auto& type = *config_type_of<Bounded>();
  EXPECT_EQ(mistakes_in(type), Texts{});
  EXPECT_EQ(refusals(type, parse_config("large: 18446744073709551613", "a.yaml").value),
            Texts{"a.yaml:1:8: large: 18446744073709551613 is out of range; expected "
                  "18446744073709551614 to 18446744073709551615"});
  EXPECT_EQ(refusals(type, parse_config("exact: 9007199254740992", "a.yaml").value),
            Texts{"a.yaml:1:8: exact: 9007199254740992 is out of range; expected at least "
                  "9007199254740993"});
}

struct Latin {
  std::string city = "Besan\xe7on";
  std::map<std::string, int> counts = {{"\xff", 1}};
  std::filesystem::path folder = "\xe9";
  ConfigValue anything = ConfigValue::list({ConfigValue("\xe9")});
  static void describe(ConfigSchema<Latin>& s) {
    s.field("city", &Latin::city);
    s.field("counts", &Latin::counts);
    s.field("folder", &Latin::folder).describe("caf\xe9");
    s.field("anything", &Latin::anything);
  }
};

TEST(ConfigRoundTrip, TextThatIsNotUtf8IsAMistakeOfTheDefinitions) {
  const std::string why =
      ": its default is refused: a text that is not UTF-8 stands here; config documents are UTF-8";
  EXPECT_EQ(mistakes_in(*config_type_of<Latin>()),
            (Texts{"Latin: what is said about a field is not UTF-8", "Latin.city" + why,
                   "Latin.counts" + why, "Latin.folder" + why, "Latin.anything" + why}));
  // As a config mapping may give it.
  EXPECT_EQ(refusals(*config_type_of<Latin>(), encode_config(Latin())).size(), 4u);
}

TEST(ConfigRoundTrip, FloatsAreShownByTheirShortestDecimal) {
  EXPECT_EQ(to_yaml(encode_config(Holder<float>{0.1F})), "value: 0.1\n");
  EXPECT_EQ(to_yaml(encode_config(Holder<double>{1.0 / 3})), "value: 0.3333333333333333\n");
}

TEST(ConfigRoundTrip, LongKeysAreWrittenSoThatTheyAreRead) {
  const std::string key(4000, 'k');
  expect_survives<std::map<std::string, std::vector<std::string>>>(
      {{key, {std::string(100, 'x')}}, {key + "\n", {}}});
}

}  // namespace
}  // namespace penstock
