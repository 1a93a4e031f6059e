#include "penstock/model/value_codec.h"

#include <gtest/gtest.h>

#include "penstock/model/value.h"

namespace penstock {
namespace {

enum class Fuel : std::uint8_t { Coal, Gas };
struct Unit {
  std::string name;
  double megawatts = 0;
  std::optional<Fuel> fuel;
  friend bool operator==(const Unit&, const Unit&) = default;
};
struct Plant {
  std::int32_t id = 0;
  std::vector<Unit> units;
  std::map<std::string, std::vector<float>> load;
  std::variant<int, std::string> note;
  std::array<std::int16_t, 3> codes{};
  std::pair<bool, std::chrono::seconds> seen;
  friend bool operator==(const Plant&, const Plant&) = default;
};
struct Tree {
  std::string name;
  std::vector<Tree> below;
  friend bool operator==(const Tree&, const Tree&) = default;
};
struct Empty {};
struct WithPointer {
  int* at = nullptr;
};
struct WithArray {
  int digits[3] = {};
  int more = 0;
};
struct WithBase : Unit {
  int more = 0;
};
struct OpenFile {
  static constexpr bool kPortable = false;
  int descriptor = -1;
};
struct HoldsOpenFile {
  OpenFile file;
};
struct WithPrivate {
 private:
  [[maybe_unused]] int hidden_ = 0;
};
class Celsius {
 public:
  static constexpr std::string_view kLayout = "celsius 1";
  explicit Celsius(double degrees) : degrees_(degrees) {}
  void encode(ByteWriter& out) const { out.number(degrees_); }
  static Celsius decode(ByteReader& in) {
    const auto degrees = in.number<double>();
    if (degrees < -273.15) in.fail("below zero kelvin");
    return Celsius(degrees);
  }
  double degrees() const { return degrees_; }

 private:
  double degrees_;
};
struct Reading {
  std::string station;
  Celsius temperature;
};
struct Later {
  std::string name;
  float megawatts = 0;
};

static_assert(is_portable<Plant> && is_portable<Tree> && is_portable<Empty>);
static_assert(is_portable<Celsius> && is_portable<Reading> && is_portable<std::vector<Reading>>);
static_assert(!is_portable<int*> && !is_portable<WithPointer> && !is_portable<WithArray>);
static_assert(!is_portable<WithBase> && !is_portable<WithPrivate>);
static_assert(!is_portable<OpenFile> && !is_portable<HoldsOpenFile>);
static_assert(!is_portable<std::vector<WithPointer>>);

template <class T>
std::string encoded(T value) {
  StringSink sink;
  const auto status = Value::make(std::move(value)).encode(sink);
  EXPECT_TRUE(status.ok());
  return sink.take();
}
template <class T>
Result<Value> decoded(std::string bytes) {
  return Value::decode(value_type_of<T>(), SharedBytes::own(std::move(bytes)));
}
template <class T>
T round(T value) {
  return decoded<T>(encoded(std::move(value))).value().template as<T>();
}

Plant some_plant() {
  return {7,
          {{"1A", 512.25, Fuel::Gas}, {"", -0.0, {}}},
          {{"winter", {1.5f, 2.5f}}, {"summer", {}}},
          "ends in May",
          {1, -2, 3},
          {true, std::chrono::seconds(90)}};
}

TEST(ValueCodec, GivesBackWhatItWrote) {
  EXPECT_EQ(round(some_plant()), some_plant());
  EXPECT_EQ(round(std::string("a\0b", 3)), std::string("a\0b", 3));
  EXPECT_EQ(round(std::vector<std::uint64_t>{1, ~0ull}), (std::vector<std::uint64_t>{1, ~0ull}));
  EXPECT_EQ(round(std::vector<bool>{true, false}), (std::vector<bool>{true, false}));
  const Tree tree{"root", {{"left", {}}, {"right", {{"leaf", {}}}}}};
  EXPECT_EQ(round(tree), tree);
  EXPECT_EQ(round(Celsius(21.5)).degrees(), 21.5);
  EXPECT_EQ(round(std::vector<Nothing>(3)).size(), 3u);
}

TEST(ValueCodec, NumbersThatLieSideBySideAreOneBlock) {
  EXPECT_EQ(encoded(std::vector<double>(1000)).size(), 8u + 8000u);
}

TEST(ValueCodec, EveryShorterTextIsRefused) {
  const auto bytes = encoded(some_plant());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto short_value = decoded<Plant>(bytes.substr(0, size));
    ASSERT_FALSE(short_value.ok()) << size;
    EXPECT_EQ(short_value.error().code, ErrorCode::Corrupt);
  }
  const auto longer = decoded<Plant>(bytes + "!");
  ASSERT_FALSE(longer.ok());
  EXPECT_NE(longer.error().to_string().find("1 bytes follow where it should end"),
            std::string::npos);
}

TEST(ValueCodec, ADamagedCountTakesNoMemory) {
  auto bytes = encoded(std::vector<std::string>{"a"});
  bytes[7] = '\x7f';
  const auto value = decoded<std::vector<std::string>>(bytes);
  ASSERT_FALSE(value.ok());
  EXPECT_NE(value.error().message.find("a count of"), std::string::npos);
}

TEST(ValueCodec, ABoolIsOneOfTwo) {
  for (const char byte : {'\2', '\xff'}) {
    const auto value = decoded<bool>(std::string(1, byte));
    ASSERT_FALSE(value.ok());
    EXPECT_NE(value.error().message.find("a bool that is neither true nor false"),
              std::string::npos);
  }
}

TEST(ValueCodec, ATypeMayRefuseWhatItReads) {
  const auto value = decoded<Celsius>(encoded(Celsius(-300)));
  ASSERT_FALSE(value.ok());
  EXPECT_EQ(value.error().message, "an encoded value cannot be read: below zero kelvin");
}

TEST(ValueCodec, ValuesOfSomeTypesStayInTheirProcess) {
  StringSink sink;
  const auto status = Value::make(OpenFile{3}).encode(sink);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::Refused);
  EXPECT_NE(status.error().message.find("stay in their process"), std::string::npos);
}

TEST(ValueCodec, TheLayoutChangesWithTheType) {
  EXPECT_EQ(value_type_of<Unit>().layout, "{s,f8,?{u1}}");
  EXPECT_EQ(value_type_of<Later>().layout, "{s,f4}");
  EXPECT_EQ(value_type_of<Reading>().layout, "{s,celsius 1}");
  EXPECT_EQ(value_type_of<Tree>().layout, "{s,*{@}}");
  EXPECT_NE(value_type_of<Plant>().layout, value_type_of<Tree>().layout);
  EXPECT_EQ(value_type_of<OpenFile>().layout, "");
}

}  // namespace
}  // namespace penstock
