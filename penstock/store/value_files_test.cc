#include "penstock/store/value_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "penstock/base/files.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

struct OpenFile {
  static constexpr bool kPortable = false;
};

class ValueFilesTest : public ::testing::Test {
 protected:
  ValueFilesTest() {
    std::string name = (fs::temp_directory_path() / "penstock-XXXXXX").string();
    PENSTOCK_CHECK(::mkdtemp(name.data()) != nullptr, "cannot make a folder");
    home_ = name;
  }
  ~ValueFilesTest() override {
    std::error_code ignored;
    fs::remove_all(home_, ignored);
  }

  static ValueKey key(std::string step, std::string mapping_key = {}) {
    const auto run = RunId::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();
    return {run, std::move(step), 1, "result", std::move(mapping_key)};
  }
  static std::string large() { return std::string(ValueFiles::kInlineBytes, 'x') + "end"; }
  void overwrite(const std::string& object, const std::string& bytes) const {
    std::ofstream(home_ / object, std::ios::binary | std::ios::trunc) << bytes;
  }
  const ValueType& text_type() const { return value_type_of<std::string>(); }

  fs::path home_;
};

TEST_F(ValueFilesTest, SmallValuesNeedNoFile) {
  ValueFiles values(home_);
  const auto stored = values.save(key("count"), Value::make(std::int32_t(7))).value();
  EXPECT_EQ(stored, (StoredValue{"file", "data:BwAAAA==", 4, stored.hash, "i4"}));
  EXPECT_FALSE(values.is_file(stored));
  EXPECT_TRUE(fs::is_empty(home_));
  EXPECT_TRUE(values.has(stored, value_type_of<std::int32_t>()));
  EXPECT_FALSE(values.has(stored, value_type_of<std::uint32_t>()));
  EXPECT_EQ(values.load(stored, value_type_of<std::int32_t>()).value().as<std::int32_t>(), 7);
  EXPECT_TRUE(values.remove(stored).ok());
}

TEST_F(ValueFilesTest, LargeValuesAreFilesNamedForTheirStep) {
  ValueFiles values(home_);
  const auto stored = values.save(key("map[a].load", "k"), Value::make(large())).value();
  EXPECT_EQ(stored.object,
            "values/01890a5d-ac96-774b-bcce-b302099a8057/map%5Ba%5D.load.1.result%5Bk%5D");
  EXPECT_EQ(fs::file_size(home_ / stored.object), stored.bytes);
  EXPECT_TRUE(values.is_file(stored));
  EXPECT_TRUE(values.has(stored, text_type()));
  ValueFiles later(home_);
  EXPECT_EQ(later.load(stored, text_type()).value().as<std::string>(), large());
  EXPECT_TRUE(later.verify(stored).ok());
  const auto files = later.files({}).value();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].object, stored.object);
  EXPECT_EQ(files[0].run, key("").run);
  EXPECT_EQ(files[0].bytes, stored.bytes);
  EXPECT_EQ(files[0].pid, 0);
}

TEST_F(ValueFilesTest, NamesAreNeverTooLong) {
  ValueFiles values(home_);
  const std::string step(300, 's');
  const auto one = values.save(key(step + "1"), Value::make(large())).value();
  const auto two = values.save(key(step + "2"), Value::make(large())).value();
  EXPECT_NE(one.object, two.object);
  EXPECT_TRUE(values.has(one, text_type()));
}

TEST_F(ValueFilesTest, RemovedValuesAreGoneWithTheirFolder) {
  ValueFiles values(home_);
  const auto stored = values.save(key("a"), Value::make(large())).value();
  ValueFiles later(home_);
  EXPECT_TRUE(later.remove(stored).ok());
  EXPECT_TRUE(later.remove(stored).ok());
  EXPECT_TRUE(fs::is_empty(home_ / "values"));
  EXPECT_FALSE(later.has(stored, text_type()));
  const auto loaded = later.load(stored, text_type());
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::NotFound);
  EXPECT_EQ(loaded.error().message, "stored value " + stored.object + " is gone");
  EXPECT_TRUE(later.files({}).value().empty());
}

TEST_F(ValueFilesTest, DamageIsNoticed) {
  ValueFiles values(home_);
  const auto stored = values.save(key("a"), Value::make(large())).value();
  auto bytes = read_file(home_ / stored.object).value();
  bytes.back() = '!';
  overwrite(stored.object, bytes);
  auto loaded = values.load(stored, text_type());
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::Corrupt);
  EXPECT_TRUE(loaded.error().message.starts_with("stored value " + stored.object +
                                                 " is damaged: its hash is crc64:"))
      << loaded.error().message;
  overwrite(stored.object, "short");
  EXPECT_FALSE(values.has(stored, text_type()));
  loaded = values.load(stored, text_type());
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().message,
            "stored value " + stored.object + " is damaged: 5 bytes, expected 1035");
}

TEST_F(ValueFilesTest, AChangedTypeIsNotMisread) {
  ValueFiles values(home_);
  const auto stored = values.save(key("a"), Value::make(large())).value();
  const auto& type = value_type_of<std::vector<std::int64_t>>();
  EXPECT_FALSE(values.has(stored, type));
  const auto loaded = values.load(stored, type);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().message, "a value was stored as layout s and " + ("\"" + type.name) +
                                        "\" is of layout " + type.layout + " now");
}

TEST_F(ValueFilesTest, ValuesOfTypesThatStayInTheirProcessAreRefused) {
  ValueFiles values(home_);
  const auto saved = values.save(key("a"), Value::make(OpenFile()));
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code, ErrorCode::Refused);
}

TEST_F(ValueFilesTest, NothingOutsideItsFolderIsTouched) {
  ValueFiles values(home_);
  overwrite("penstock.db", "precious");
  for (const auto* object : {"penstock.db", "/etc/passwd", "values/../penstock.db", ""}) {
    StoredValue stored{"file", object, 8, "", "s"};
    EXPECT_FALSE(values.remove(stored).ok());
    EXPECT_FALSE(values.has(stored, text_type()));
    const auto loaded = values.load(stored, text_type());
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, ErrorCode::Refused);
  }
  EXPECT_EQ(read_file(home_ / "penstock.db").value(), "precious");
}

TEST_F(ValueFilesTest, UnfinishedFilesAreListedAsSuch) {
  ValueFiles values(home_);
  values.save(key("a"), Value::make(large())).value();
  const auto folder = "values/01890a5d-ac96-774b-bcce-b302099a8057/";
  overwrite(folder + std::string(".b.0.result.4711-3.tmp"), "half");
  const auto files = values.files(key("").run).value();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].pid, 4711);
  EXPECT_EQ(files[1].pid, 0);
}

}  // namespace
}  // namespace penstock
