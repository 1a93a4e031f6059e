#include "penstock/io/file_managers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "penstock/base/checksum.h"
#include "penstock/frame/column.h"
#include "penstock/testing/store_output.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

struct Report {
  std::string title = "none";
  std::vector<double> levels;
  static void describe(ConfigSchema<Report>& s) {
    s.field("title", &Report::title);
    s.field("levels", &Report::levels);
  }
  friend bool operator==(const Report&, const Report&) = default;
};

class FileManagersTest : public ::testing::Test {
 protected:
  FileManagersTest() {
    std::string name = (fs::temp_directory_path() / "penstock-XXXXXX").string();
    PENSTOCK_CHECK(::mkdtemp(name.data()) != nullptr, "cannot make a folder");
    folder_ = name;
  }
  ~FileManagersTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  FilesConfig config(std::string path = "{op}/{key}") const { return {folder_, std::move(path)}; }
  static OutputContext output() {
    return {"run1", "etl", "extract[ID 2017]", "extract", "result", {"ID-2017"}, 0, {}, {}};
  }
  static InputContext input(const StoredObject& object, const ValueType& type) {
    return {"run2", "load", object, &type};
  }
  static Frame frame() {
    Schema schema;
    schema.name = "loads";
    schema.fields = {{.name = "load", .type = DataType::Float64}};
    Frame made{std::make_shared<const Schema>(schema), {Column::make(DataType::Float64)}, 2};
    made.columns[0].get<double>() = {1.5, 2.5};
    return made;
  }

  fs::path folder_;
};

TEST_F(FileManagersTest, FilesHoldValuesOfAnyPortableType) {
  const auto manager = open_file_manager(config()).value();
  const auto stored = testing::store_output(manager, output(), Value::make(frame())).value();
  EXPECT_EQ(stored.path, (folder_ / "extract/ID-2017.value").string());
  EXPECT_EQ(stored.bytes, fs::file_size(stored.path));
  const auto loaded = manager.load_input(input(stored, value_type_of<Frame>())).value();
  EXPECT_EQ(loaded.as<Frame>().columns[0].get<double>(), (Buffer<double>{1.5, 2.5}));

  ASSERT_TRUE(write_file_atomically(stored.path, "something else").ok());
  const auto changed = manager.load_input(input(stored, value_type_of<Frame>()));
  ASSERT_FALSE(changed.ok());
  EXPECT_EQ(changed.error().message, stored.path + " has been changed since it was stored");
}

TEST_F(FileManagersTest, ParquetFilesHoldFrames) {
  const auto manager = open_parquet_manager(config()).value();
  const auto stored = testing::store_output(manager, output(), Value::make(frame())).value();
  EXPECT_EQ(stored.path, (folder_ / "extract/ID-2017.parquet").string());
  EXPECT_EQ(stored.metadata, (Metadata{{"rows", 2}}));
  const auto loaded = manager.load_input(input(stored, value_type_of<Frame>())).value();
  EXPECT_EQ(loaded.as<Frame>().columns[0].get<double>(), (Buffer<double>{1.5, 2.5}));

  ASSERT_TRUE(write_file_atomically(stored.path, "something else").ok());
  EXPECT_EQ(manager.load_input(input(stored, value_type_of<Frame>())).error().message,
            stored.path + " has been changed since it was stored");

  const auto refused = manager.handle_output(output(), Value::make(std::string("text")));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message,
            "Parquet files hold frames, and this value is of type \"string\"; use another manager "
            "for the output");
}

TEST_F(FileManagersTest, JsonFilesHoldTheTypesThatAreNamed) {
  const auto manager = open_json_manager<Report, std::vector<std::int64_t>>(config()).value();
  const Report report{"loads", {1.5, 2}};
  const auto stored = testing::store_output(manager, output(), Value::make(report)).value();
  EXPECT_EQ(read_file(stored.path).value(),
            "{\n  \"title\": \"loads\",\n  \"levels\": [\n    1.5,\n    2.0\n  ]\n}\n");
  EXPECT_EQ(manager.load_input(input(stored, value_type_of<Report>())).value().as<Report>(),
            report);
  const std::vector<std::int64_t> counts{3, -1};
  const auto list = testing::store_output(manager, output(), Value::make(counts)).value();
  const auto& type = value_type_of<std::vector<std::int64_t>>();
  EXPECT_EQ(manager.load_input(input(list, type)).value().as<std::vector<std::int64_t>>(), counts);

  const auto refused = manager.handle_output(output(), Value::make(1.5F));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message,
            "this manager does not write values of type \"float\"; name the type where it is "
            "opened: open_json_manager<…>");
}

TEST_F(FileManagersTest, NothingIsInItsPlaceBeforeTheEngineSaysSo) {
  const auto manager = open_json_manager<Report>(config()).value();
  const auto final_path = folder_ / "extract/ID-2017.json";
  {
    const auto to_be_dropped = output();
    ASSERT_TRUE(manager.handle_output(to_be_dropped, Value::make(Report())).ok());
    EXPECT_TRUE(fs::exists(to_be_dropped.staging->temporary()));
    EXPECT_FALSE(fs::exists(final_path));
  }
  EXPECT_TRUE(fs::is_empty(folder_ / "extract"))
      << "nothing is left of an attempt that did not count";
  const auto stored = testing::store_output(manager, output(), Value::make(Report())).value();
  EXPECT_EQ(stored.path, final_path.string());
  EXPECT_EQ(stored.bytes, fs::file_size(final_path));
  EXPECT_EQ(stored.hash, crc64_text(crc64(0, read_file(final_path).value())));
}

TEST_F(FileManagersTest, AStagedFileMayBeWrittenByAnybody) {
  const auto path = folder_ / "report.txt";
  const auto context = output();
  const auto file = context.stage(path).value();
  std::ofstream(file.temporary()) << "written elsewhere";
  const auto sealed = context.staging->seal(file.stored({{"pages", 1}})).value();
  EXPECT_EQ(sealed.bytes, 17u);
  EXPECT_EQ(sealed.hash, crc64_text(crc64(0, "written elsewhere")));
  EXPECT_EQ(sealed.metadata, (Metadata{{"pages", 1}}));
  ASSERT_TRUE(context.staging->commit().ok());
  EXPECT_EQ(read_file(path).value(), "written elsewhere");
}

TEST_F(FileManagersTest, AnOutputIsOneFileAndThatIsTheOneToTellOf) {
  const auto context = output();
  const auto first = context.stage(folder_ / "a").value();
  const auto second = context.stage(folder_ / "b");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, "an output is one file, and " + (folder_ / "a").string() +
                                        " was begun for it before " + (folder_ / "b").string());
  const auto other = context.staging->seal({"c"});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().message,
            "it began the file " + (folder_ / "a").string() +
                " and tells of \"c\"; return what stored() of the file gives");
}

TEST_F(FileManagersTest, PathsAreFilledInAndEncoded) {
  const auto path_of = [](std::string_view text, OutputContext from) {
    return PathTemplate::parse(text).value().path_of(from).value().string();
  };
  EXPECT_EQ(path_of("{job}/{step}.{output}", output()), "etl/extract%5BID%202017%5D.result");
  auto partitioned = output();
  partitioned.metadata = {{"partition", "year=2017,state=I/D"}};
  EXPECT_EQ(path_of("hours/{partition}/part", partitioned), "hours/year=2017/state=I%2FD/part");
  auto nested = output();
  nested.map_keys = {"a", "b"};
  EXPECT_EQ(path_of("{run}-{key}", nested), "run1-a,b");
  nested.item_key = "b";
  EXPECT_EQ(path_of("{op}.{output}", nested), "extract.result%5Bb%5D") << "items have paths each";
}

TEST_F(FileManagersTest, PathsThatCannotBeFilledInAreExplained) {
  const auto unknown = open_parquet_manager(config("{op}/{year}"));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().to_string(),
            "path: {year} is not known; expected one of job, key, op, output, run, partition, "
            "step");
  const auto open = PathTemplate::parse("a/{key");
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().message, "a brace is not closed: \"{key\"");
  auto single = output();
  single.map_keys.clear();
  const auto no_key = PathTemplate::parse("{key}").value().path_of(single);
  ASSERT_FALSE(no_key.ok());
  EXPECT_EQ(no_key.error().message,
            "step \"extract[ID 2017]\" has no mapping key, which the path of its output asks for");
  const auto no_partition = PathTemplate::parse("{partition}").value().path_of(output());
  ASSERT_FALSE(no_partition.ok());
  EXPECT_EQ(no_partition.error().message,
            "output \"result\" of step \"extract[ID 2017]\" has no fact \"partition\", which its "
            "path asks for; add it with op.add_metadata(\"partition\", …)");
}

}  // namespace
}  // namespace penstock
