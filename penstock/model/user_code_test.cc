#include "penstock/model/user_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include "penstock/model/config_schema.h"
#include "penstock/model/op_context.h"
#include "penstock/model/value.h"

namespace penstock {
namespace {

struct Oddity {};

template <class T>
Error error_of(T thrown) {
  const auto status = call_user_code([&] { throw thrown; });
  EXPECT_FALSE(status.ok());
  return status.ok() ? Error{} : status.error();
}

TEST(UserCodeErrors, HaveTheTypeAndTextOfWhatWasThrown) {
  EXPECT_EQ(error_of(std::out_of_range("row 7")).message, "std::out_of_range: row 7");
  EXPECT_EQ(error_of<const char*>("plain").message, "const char*: plain");
  EXPECT_EQ(error_of<const char*>(nullptr).message, "const char*: null");
  char own[] = "writable";
  EXPECT_EQ(error_of<char*>(own).message, "const char*: writable");
  EXPECT_EQ(error_of(std::string("text")).message, "std::string: text");
  EXPECT_EQ(error_of(std::string_view("view")).message, "std::string_view: view");
  EXPECT_EQ(error_of(42).message, "int: 42");
  EXPECT_EQ(error_of(make_error_code(std::errc::timed_out)).message,
            "std::error_code: Connection timed out");
  EXPECT_EQ(error_of(Oddity{}).message,
            "exception of type penstock::(anonymous namespace)::Oddity");
  EXPECT_EQ(error_of(Oddity{}).code, ErrorCode::UserException);
}

TEST(UserCodeErrors, AreTheErrorThatWasThrown) {
  auto thrown = make_error(ErrorCode::NotFound, "no such file", "lost");
  thrown.detail = "looked in three places";
  thrown = std::move(thrown).within("input");
  EXPECT_EQ(error_of(thrown), thrown);
  EXPECT_EQ(error_of(ErrorException(thrown)), thrown);
  EXPECT_EQ(error_of(Skip("nothing to do")).code, ErrorCode::Skipped);
  EXPECT_EQ(call_user_code([&] { return Result<int>(thrown).value(); }).error(), thrown);
  EXPECT_EQ(call_user_code([&]() -> Result<int> { return thrown; }).error(), thrown);
}

TEST(UserCodeErrors, ListNestedCausesOfAnyTypeUnderAnyType) {
  const auto status = call_user_code([] {
    try {
      try {
        try {
          throw Oddity{};
        } catch (...) {
          std::throw_with_nested(std::string("middle"));
        }
      } catch (...) {
        std::throw_with_nested(ErrorException(make_error(ErrorCode::Io, "disk 3")));
      }
    } catch (...) {
      std::throw_with_nested(Failure("all is lost"));
    }
  });
  EXPECT_EQ(status.error().code, ErrorCode::UserFailure);
  EXPECT_EQ(status.error().message, "all is lost");
  EXPECT_EQ(status.error().detail,
            "caused by penstock::Error: disk 3\ncaused by std::string: middle\ncaused by exception "
            "of type penstock::(anonymous namespace)::Oddity\n");
  EXPECT_EQ(with_causes(status.error()),
            "all is lost; caused by penstock::Error: disk 3; caused by std::string: middle; caused "
            "by exception of type penstock::(anonymous namespace)::Oddity");
}

void nest(int levels) {
  if (levels == 0) throw std::runtime_error("the first");
  try {
    nest(levels - 1);
  } catch (...) {
    std::throw_with_nested(std::runtime_error(std::to_string(levels)));
  }
}

TEST(UserCodeErrors, ListSoManyCausesAndNoMore) {
  const auto few = call_user_code([] { nest(3); });
  EXPECT_EQ(few.error().message, "std::runtime_error: 3");
  EXPECT_TRUE(few.error().detail.ends_with("caused by std::runtime_error: the first\n"));
  const auto many = call_user_code([] { nest(1000); });
  EXPECT_TRUE(
      many.error().detail.ends_with("caused by more exceptions, which are left out\n"));
  EXPECT_EQ(std::ranges::count(many.error().detail, '\n'), 33);
}

TEST(UserCodeErrors, OfShortagesHaveTheirKindAlsoAsCauses) {
  const auto full = make_error_code(std::errc::no_space_on_device);
  const auto disk = error_of(std::filesystem::filesystem_error("write", full));
  EXPECT_EQ(disk.code, ErrorCode::Exhausted);
  EXPECT_EQ(disk.kind, "disk_full");
  EXPECT_EQ(error_of(std::bad_alloc()).kind, "out_of_memory");
  EXPECT_EQ(error_of(std::bad_array_new_length()).code, ErrorCode::UserException);
  const auto nested = call_user_code([&] {
    try {
      throw std::system_error(full);
    } catch (...) {
      std::throw_with_nested(std::runtime_error("cannot save"));
    }
  });
  EXPECT_EQ(nested.error().kind, "disk_full");
  EXPECT_EQ(nested.error().message, "std::runtime_error: cannot save");
}

TEST(UserFunctions, GiveResults) {
  const UserFunction<int(int)> half = [](int n) {
    if (n % 2 != 0) throw std::invalid_argument("odd");
    return n / 2;
  };
  EXPECT_EQ(half(4).value(), 2);
  EXPECT_EQ(half(3).error().message, "std::invalid_argument: odd");
  EXPECT_FALSE(UserFunction<void()>());
  EXPECT_FALSE(UserFunction<void()>()().ok());
  const UserPointer<int(int)> twice = [](int n) { return 2 * n; };
  EXPECT_EQ(twice(4).value(), 8);
  EXPECT_FALSE(UserPointer<void()>());
}

TEST(Results, ThrowWhatIsNotThere) {
  const Result<int> none = make_error(ErrorCode::NotFound, "no number");
  EXPECT_THROW((void)*none, ErrorException);
  EXPECT_THROW(none.value(), ErrorException);
  try {
    none.value();
  } catch (const std::exception& exception) {
    EXPECT_STREQ(exception.what(), "no number");
  }
  EXPECT_THROW(Result<int>(3).error(), std::logic_error);
  EXPECT_THROW(Status().error(), std::logic_error);
}

struct Unpacker {
  static Unpacker decode(ByteReader&) { throw std::string("cannot unpack"); }
  void encode(ByteWriter&) const {}
};

TEST(Values, WhoseCodecThrowsGiveErrors) {
  const auto read = Value::decode(value_type_of<Unpacker>(), SharedBytes::own(""));
  EXPECT_EQ(read.error().to_string(),
            "decode() of penstock::Unpacker: std::string: cannot unpack");
}

struct Fragile {
  std::shared_ptr<int> armed = {};
  ~Fragile() noexcept(false) {
    if (armed && armed.use_count() == 1) throw std::runtime_error("broken");
  }
  Fragile() = default;
  explicit Fragile(std::shared_ptr<int> at) : armed(std::move(at)) {}
  Fragile(Fragile&& other) noexcept : armed(std::move(other.armed)) {}
};

TEST(Values, WhoseDestructorThrowsDoNotEndTheProgram) {
  auto armed = std::make_shared<int>(1);
  auto value = Value::make(Fragile(armed));
  armed.reset();
  ::testing::internal::CaptureStderr();
  value = Value();
  const auto said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("Fragile threw, which is ignored: std::runtime_error: broken"),
            std::string::npos)
      << said;
}

/// A config whose rules throw for 13, and whose constructor throws when it is to.
struct Superstitious {
  int number = 1;
  inline static bool is_cursed = false;
  Superstitious() {
    if (is_cursed) throw "cursed";
  }
  static void describe(ConfigSchema<Superstitious>& s) {
    s.field("number", &Superstitious::number);
  }
  static void check(Superstitious& config, ConfigCheck&) {
    if (config.number == 13) throw std::runtime_error("not that one");
  }
};

TEST(ConfigRules, ThatThrowAreProblemsOfTheirPlace) {
  const auto& type = *config_type_of<Superstitious>();
  const auto checked = validate_config(type, ConfigValue::map({{"number", ConfigValue(13), {}}}));
  ASSERT_EQ(checked.problems.size(), 1u);
  EXPECT_EQ(checked.problems[0].code, ConfigCode::PostProcessing);
  EXPECT_EQ(checked.problems[0].message,
            "check() of the config Superstitious: std::runtime_error: not that one");
  EXPECT_TRUE(validate_config(type, ConfigValue::map({{"number", ConfigValue(12), {}}})).ok());
  const auto decoded = decode_config<Superstitious>(
      ConfigValue::map({{"number", ConfigValue(13), {}}}));
  EXPECT_EQ(decoded.error().code, ErrorCode::Config);
}

TEST(ConfigStructs, WhoseConstructorThrowsAreErrors) {
  const auto& type = *config_type_of<Superstitious>();
  Superstitious::is_cursed = true;
  const auto checked = validate_config(type, ConfigValue::map());
  const auto made = type.binding->make();
  Superstitious::is_cursed = false;
  ASSERT_EQ(checked.problems.size(), 1u);
  EXPECT_EQ(checked.problems[0].message,
            "the constructor of the config Superstitious: const char*: cursed");
  EXPECT_EQ(made.error().code, ErrorCode::Config);
}

}  // namespace
}  // namespace penstock
