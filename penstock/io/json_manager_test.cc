// Values of every type at their extremes through the managers that write files: what is loaded is
// what was stored.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "penstock/base/checksum.h"
#include "penstock/io/file_managers.h"
#include "penstock/testing/store_output.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

enum class Fuel : std::uint8_t { Coal = 1, Gas = 2 };
std::vector<std::pair<Fuel, std::string_view>> config_names(Fuel) {
  return {{Fuel::Coal, "coal"}, {Fuel::Gas, "gas"}};
}

struct Oven {
  static constexpr std::string_view kConfigName = "oven";
  double heat = 1;
  static void describe(ConfigSchema<Oven>& s) { s.field("heat", &Oven::heat).range(0, 10); }
  friend bool operator==(const Oven&, const Oven&) = default;
};
struct Wheel {
  static constexpr std::string_view kConfigName = "wheel";
  int turns = 1;
  static void describe(ConfigSchema<Wheel>& s) { s.field("turns", &Wheel::turns); }
  friend bool operator==(const Wheel&, const Wheel&) = default;
};

// One field of every type, with the constraints that a config would have.
struct Reading {
  bool good = true;
  std::int8_t tiny = 0;
  std::int64_t whole = 0;
  std::uint64_t natural = 0;
  float coarse = 0;
  double fine = 0;
  std::string name = "a";
  fs::path place;
  Bytes size;
  std::chrono::nanoseconds lag{0};
  std::chrono::duration<double, std::ratio<3600>> load{0};
  std::chrono::duration<std::int64_t, std::ratio<90>> frames{0};
  Fuel fuel = Fuel::Coal;
  std::vector<double> levels;
  std::vector<bool> flags;
  std::map<std::string, std::vector<std::string>> notes;
  std::optional<std::uint64_t> limit;
  std::vector<std::optional<double>> gaps;
  std::variant<Oven, Wheel> machine;
  std::variant<double, std::vector<double>> either = 0.5;
  ConfigValue anything;
  std::map<std::string, ConfigValue> more;

  static void describe(ConfigSchema<Reading>& s) {
    using R = Reading;
    s.field("good", &R::good);
    s.field("tiny", &R::tiny).min(0);
    s.field("whole", &R::whole).range(0, 10);
    s.field("natural", &R::natural).max(10);
    s.field("coarse", &R::coarse).min(0);
    s.field("fine", &R::fine).range(0, 1);
    s.field("name", &R::name).pattern("[a-z]*");
    s.field("place", &R::place);
    s.field("size", &R::size).min(Bytes{0});
    s.field("lag", &R::lag).min(std::chrono::nanoseconds(0));
    s.field("load", &R::load);
    s.field("frames", &R::frames);
    s.field("fuel", &R::fuel);
    s.field("levels", &R::levels).max_items(1);
    s.field("flags", &R::flags);
    s.field("notes", &R::notes);
    s.field("limit", &R::limit);
    s.field("gaps", &R::gaps);
    s.field("machine", &R::machine);
    s.field("either", &R::either);
    s.field("anything", &R::anything);
    s.permissive(&R::more);
  }
  static void check(const Reading& self, ConfigCheck& check) {
    if (self.tiny < 0) check.problem("tiny", "is a rule of configs");
  }
};

template <class T>
concept Container = requires(const T& a) { typename T::value_type; a.begin(); } &&
                    !std::same_as<T, std::string> && !std::same_as<T, fs::path>;
template <class T>
concept Length = requires(const T& a) { a.count(); typename T::period; };

template <class T>
bool same(const T& a, const T& b) {
  if constexpr (std::floating_point<T>)
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
  else if constexpr (Length<T>)
    return same(a.count(), b.count());
  else if constexpr (requires { a.has_value(); })
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
  else if constexpr (requires { a.second; })
    return a.first == b.first && same(a.second, b.second);
  else if constexpr (Container<T>)
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
  else
    return a == b;
}

bool same(const Reading& a, const Reading& b) {
  return same(a.good, b.good) && same(a.tiny, b.tiny) && same(a.whole, b.whole) &&
         same(a.natural, b.natural) && same(a.coarse, b.coarse) && same(a.fine, b.fine) &&
         same(a.name, b.name) && same(a.place, b.place) && same(a.size, b.size) &&
         same(a.lag, b.lag) && same(a.load, b.load) && same(a.frames, b.frames) &&
         same(a.fuel, b.fuel) && same(a.levels, b.levels) && same(a.flags, b.flags) &&
         same(a.notes, b.notes) && same(a.limit, b.limit) && same(a.gaps, b.gaps) &&
         same(a.machine, b.machine) && same(a.either, b.either) && same(a.anything, b.anything) &&
         same(a.more, b.more);
}

class JsonManagerTest : public ::testing::Test {
 protected:
  JsonManagerTest() {
    std::string name = (fs::temp_directory_path() / "penstock-XXXXXX").string();
    PENSTOCK_CHECK(::mkdtemp(name.data()) != nullptr, "cannot make a folder");
    folder_ = name;
  }
  ~JsonManagerTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  static OutputContext output() {
    return {"run1", "etl", "extract", "extract", "result", {}, 0, {}, {}};
  }
  template <class T>
  static Result<T> through(const IoManager& manager, const T& value) {
    const auto stored = PENSTOCK_TRY(testing::store_output(manager, output(), Value::make(value)));
    const InputContext input{"run2", "load", stored, &value_type_of<T>()};
    return PENSTOCK_TRY(manager.load_input(input)).template as<T>();
  }
  template <class T>
  Result<T> through_json(const T& value) {
    return through<T>(open_json_manager<T>({folder_}).value(), value);
  }
  template <class T>
  void expect_survives(const T& value) {
    const auto json = through_json<T>(value);
    ASSERT_TRUE(json.ok()) << json.error().to_string();
    EXPECT_TRUE(same(*json, value)) << read_file(folder_ / "etl/extract.result.json").value();
    if constexpr (is_portable<T>) {
      const auto encoded = through<T>(open_file_manager({folder_}).value(), value);
      ASSERT_TRUE(encoded.ok()) << encoded.error().to_string();
      EXPECT_TRUE(same(*encoded, value));
    }
  }
  template <class T>
  void expect_all_survive(const std::vector<T>& values) {
    expect_survives<std::vector<T>>(values);
    std::map<std::string, std::optional<T>> named = {{"none", {}}};
    for (const T& value : values) {
      expect_survives<T>(value);
      named.emplace(std::to_string(named.size()), value);
    }
    expect_survives(named);
  }

  fs::path folder_;
};

template <class T>
std::vector<T> limits() {
  using Limits = std::numeric_limits<T>;
  return {Limits::min(), T(0), T(1), Limits::max()};
}

template <class T>
std::vector<T> floats() {
  using Limits = std::numeric_limits<T>;
  return {T(0.1),          T(-0.0),          Limits::infinity(),   -Limits::infinity(),
          Limits::max(),   Limits::lowest(), Limits::denorm_min(), Limits::quiet_NaN(),
          T(1) / T(3),     T(1e16),          T(16777217)};
}

std::vector<std::string> texts() {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += char(byte);
  return {"",      "null",        "no",          "1e3", ".inf",     ".nan",          "two\nlines",
          "caf\xe9", "\xff\xfe",  "\xed\xa0\x80", "é😀", "\x7f\x01", std::string("a\0b", 3),
          all_bytes, std::string(1'000'000, 'x'), "$float", "$$", "$base64:eA==",
          "{\"$float\": 1}"};
}

TEST_F(JsonManagerTest, NumbersAreReadBackAsTheyWere) {
  expect_all_survive(limits<std::int8_t>());
  expect_all_survive(limits<std::uint8_t>());
  expect_all_survive(limits<std::int32_t>());
  expect_all_survive(limits<std::uint32_t>());
  expect_all_survive(limits<std::int64_t>());
  expect_all_survive(limits<std::uint64_t>());
  expect_all_survive<std::uint64_t>({std::uint64_t{1} << 63});
  expect_all_survive<std::int64_t>({9007199254740993});
  expect_all_survive(floats<float>());
  expect_all_survive(floats<double>());
}

TEST_F(JsonManagerTest, TextsAreReadBackAsTheyWere) {
  expect_all_survive(texts());
  for (const auto& text : texts()) {
    expect_survives<fs::path>(text);
    expect_survives<std::map<std::string, std::string>>({{text, text}});
    expect_survives<std::map<std::string, ConfigValue>>({{text, ConfigValue(text)}});
    expect_survives(ConfigValue::map({{text, ConfigValue(text)}}));
  }
}

TEST_F(JsonManagerTest, OtherTypesAreReadBackAsTheyWere) {
  using namespace std::chrono;
  expect_all_survive<Fuel>({Fuel::Coal, Fuel::Gas, Fuel(0), Fuel(255)});
  expect_all_survive<Bytes>({{0}, {1024}, {INT64_MAX}, {INT64_MIN}});
  expect_all_survive<nanoseconds>({nanoseconds(1), nanoseconds::min(), nanoseconds::max()});
  expect_all_survive<hours>({hours(1), hours::min(), hours::max()});
  expect_all_survive<duration<double>>({duration<double>(0.1), duration<double>(-INFINITY)});
  expect_all_survive<duration<std::uint64_t>>({duration<std::uint64_t>::max()});
  ConfigValue deep(-INFINITY);
  for (int i = 0; i < 190; ++i) deep = ConfigValue::list({std::move(deep)});
  expect_survives(deep);
  expect_survives(ConfigValue::map({{"$float", ConfigValue(".inf")}}));
  expect_survives(ConfigValue::map({{"$float", ConfigValue(INFINITY)}}));
  expect_survives(ConfigValue(~std::uint64_t{0}));
}

TEST_F(JsonManagerTest, StructsHoldWhatNoConfigMaySay) {
  Reading reading;
  expect_survives(reading);
  reading.tiny = -128;
  reading.whole = INT64_MIN;
  reading.natural = ~std::uint64_t{0};
  reading.coarse = -INFINITY;
  reading.fine = NAN;
  reading.name = "NO \xe9";
  reading.place = "\xff";
  reading.size = {-1};
  reading.lag = std::chrono::nanoseconds(-1);
  reading.load = std::chrono::duration<double, std::ratio<3600>>(1.0 / 3);
  reading.frames = decltype(reading.frames)(INT64_MAX);
  reading.fuel = Fuel(77);
  reading.levels = floats<double>();
  reading.flags = {true, false};
  reading.notes = {{"", texts()}, {"\xe9", {}}};
  reading.limit = ~std::uint64_t{0};
  reading.gaps = {NAN, std::nullopt, -0.0};
  reading.machine = Oven{NAN};
  reading.either = std::vector<double>{-INFINITY};
  reading.anything = ConfigValue::list({ConfigValue(NAN), ConfigValue(), ConfigValue(true)});
  reading.more = {{"$more", ConfigValue(1)}};
  const auto read = through_json(reading);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  ASSERT_TRUE(std::isnan(std::get<Oven>(read->machine).heat));
  auto loaded = *read;
  loaded.machine = reading.machine = Wheel{};
  EXPECT_TRUE(same(loaded, reading));
}

TEST_F(JsonManagerTest, FieldsThatAFileLacksKeepTheirInitialisers) {
  const auto manager = open_json_manager<Wheel>({folder_}).value();
  auto stored = testing::store_output(manager, output(), Value::make(Wheel{7})).value();
  ASSERT_TRUE(write_file_atomically(stored.path, "{}").ok());
  stored.hash = crc64_text(crc64(0, "{}"));
  const auto read = manager.load_input({"run2", "load", stored, &value_type_of<Wheel>()});
  EXPECT_EQ(read.value().as<Wheel>(), Wheel{});
}

TEST_F(JsonManagerTest, WhatIsNotReadBackIsRefusedWhenItIsStored) {
  ConfigValue deep;
  for (int i = 0; i < 100'000; ++i) {
    auto list = ConfigValue::list();
    list.items().push_back(std::move(deep));
    deep = std::move(list);
  }
  const auto manager = open_json_manager<std::map<std::string, ConfigValue>>({folder_}).value();
  ConfigValue nested(1);
  for (int i = 0; i < 300; ++i) nested = ConfigValue::list({std::move(nested)});
  const std::map<std::string, ConfigValue> value = {{"a", nested}};
  const auto refused = manager.handle_output(output(), Value::make(value));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().to_string().find("lists and mappings are nested deeper than 200"),
            std::string::npos)
      << refused.error().to_string();
  const auto twice = ConfigValue::map({{"a", ConfigValue(1)}, {"a", ConfigValue(2)}});
  const auto doubled = through_json(twice);
  ASSERT_FALSE(doubled.ok());
  EXPECT_NE(doubled.error().to_string().find("\"a\" is given twice"), std::string::npos);
}

TEST_F(JsonManagerTest, SecretsAreNotWrittenToFiles) {
  const auto manager = open_json_manager<std::vector<Secret>>({folder_});
  ASSERT_FALSE(manager.ok());
  EXPECT_NE(manager.error().message.find("hold a secret, which is not written to files"),
            std::string::npos)
      << manager.error().message;
}

}  // namespace
}  // namespace penstock
