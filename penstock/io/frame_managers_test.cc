// Frames of every shape through the IO managers and loaders: the same values come back, or an error
// says why not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "penstock/base/files.h"
#include "penstock/frame/column_builder.h"
#include "penstock/frame/detail/random_frame_for_test.h"
#include "penstock/io/file_managers.h"
#include "penstock/io/frame_loaders.h"
#include "penstock/testing/store_output.h"

namespace penstock {
namespace {

using detail::RandomFrame;
using detail::ScratchFolder;

OutputContext output() { return {"run1", "etl", "extract", "extract", "result", {}, 0, {}, {}}; }

/// Store a frame and load it as another run does.
Result<Frame> through(const IoManager& manager, const Frame& frame) {
  const auto stored = PENSTOCK_TRY(testing::store_output(manager, output(), Value::make(frame)));
  const auto value =
      PENSTOCK_TRY(manager.load_input({"run2", "load", stored, &value_type_of<Frame>()}));
  return value.as<Frame>();
}

TEST(FrameManagers, FramesComeBack) {
  const ScratchFolder folder;
  const FilesConfig config{folder / "out", "{op}"};
  const auto arrow = open_file_manager(config).value();
  const auto parquet = open_parquet_manager(config).value();
  for (std::uint64_t seed = 1000; seed < 1060; ++seed) {
    const auto frame = RandomFrame(seed).make();
    const auto same = through(arrow, frame);
    ASSERT_TRUE(same.ok()) << seed << ": " << same.error().message;
    ASSERT_EQ(detail::difference(*same, frame), "") << seed;
    const auto back = through(parquet, frame);
    if (frame.columns.empty()) {
      ASSERT_EQ(back.error().message, "table " + frame.schema->name + " has no columns");
      continue;
    }
    ASSERT_TRUE(back.ok()) << seed << ": " << back.error().message;
    ASSERT_EQ(detail::difference(*back, frame, 1000), "") << seed;
  }
}

TEST(FrameManagers, UnsoundFramesAreErrorsAndLeaveNoFile) {
  const ScratchFolder folder;
  const FilesConfig config{folder / "out", "{op}"};
  auto counted = detail::make_frame(
      {{.name = "n"}}, {detail::make_column<std::int32_t>(DataType::Int32, {1, {}})});
  counted.columns[0].null_count = 0;
  const auto latin = detail::make_frame({{.name = "t", .type = DataType::Text}},
                                        {detail::make_text_column({"caf\xE9"})});
  Frame nameless = counted;
  nameless.schema = nullptr;
  for (const auto& manager :
       {open_file_manager(config).value(), open_parquet_manager(config).value()})
    for (const auto& frame : {counted, latin, nameless}) {
      const auto stored = testing::store_output(manager, output(), Value::make(frame));
      ASSERT_FALSE(stored.ok());
      EXPECT_EQ(stored.error().code, ErrorCode::InvalidData) << stored.error().message;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / ""))
        EXPECT_FALSE(entry.is_regular_file()) << entry.path();
    }
}

/// A table of texts and numbers as an Arrow stream.
std::string arrow_stream() {
  auto frame = detail::make_frame({{.name = "t", .type = DataType::Text}, {.name = "n"}},
                                  {detail::make_text_column({"aaa", "bbbb", "ccccc"}),
                                   detail::make_column<std::int32_t>(DataType::Int32, {1, {}, 3})});
  StringSink sink;
  ByteWriter out(sink);
  frame.encode(out);
  EXPECT_TRUE(out.finish().ok());
  return sink.take();
}

Result<Frame> load_bytes(const ScratchFolder& folder, const std::string& bytes) {
  std::ofstream(folder / "a.arrow", std::ios::binary) << bytes;
  return load_arrow({folder / "a.arrow", {}});
}

/// The stream with other offsets of its texts, which are 0, 3, 7, 12.
std::string with_offsets(std::string bytes, const std::int64_t (&offsets)[4]) {
  const std::int64_t from[4] = {0, 3, 7, 12};
  const auto at = bytes.find(std::string_view(reinterpret_cast<const char*>(from), sizeof from));
  EXPECT_NE(at, bytes.npos);
  std::memcpy(bytes.data() + at, offsets, sizeof offsets);
  return bytes;
}

TEST(LoadArrow, OffsetsAreNotTrusted) {
  const ScratchFolder folder;
  const auto bytes = arrow_stream();
  const auto whole = load_bytes(folder, bytes);
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(detail::cells(whole->columns[0]),
            (std::vector<std::string>{"\"aaa\"", "\"bbbb\"", "\"ccccc\""}));
  for (const auto& damaged :
       {with_offsets(bytes, {0, 7, 3, 12}), with_offsets(bytes, {0, 3, 7, std::int64_t(1) << 40}),
        with_offsets(bytes, {0, -5, 7, 12}), with_offsets(bytes, {12, 7, 3, 0}),
        with_offsets(bytes, {std::int64_t(1) << 62, 7, 3, 0})}) {
    const auto loaded = load_bytes(folder, damaged);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, ErrorCode::Corrupt) << loaded.error().message;
    EXPECT_NE(loaded.error().to_string().find((folder / "a.arrow").string()), std::string::npos);
  }
}

TEST(LoadArrow, TextThatIsNotUtf8IsRefused) {
  const ScratchFolder folder;
  auto bytes = arrow_stream();
  bytes[bytes.find("aaabbbb") + 1] = '\xE9';
  const auto loaded = load_bytes(folder, bytes);
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().message.find("column t "), std::string::npos)
      << loaded.error().to_string();
}

TEST(LoadArrow, NoDamagedFileIsReadAsAnUnsoundFrame) {
  const ScratchFolder folder;
  const auto bytes = arrow_stream();
  std::mt19937 random(3);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto damaged = bytes;
    damaged[at] = char(damaged[at] ^ (1 << random() % 8));
    const auto loaded = load_bytes(folder, damaged);
    ASSERT_TRUE(!loaded.ok() || loaded->validate().ok()) << at;
  }
}

TEST(LoadArrow, TwoColumnsOfOneNameAreRefused) {
  const ScratchFolder folder;
  auto bytes = arrow_stream();
  // The name of the second column, in the schema.
  const auto at = bytes.find(std::string("\x01\0\0\0n\0", 6));
  ASSERT_NE(at, bytes.npos);
  bytes[at + 4] = 't';
  const auto loaded = load_bytes(folder, bytes);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().message,
            (folder / "a.arrow").string() +
                " has 2 columns that are called \"t\"; names of columns are unique");
}

TEST(LoadArrow, AFileNameThatIsNotUtf8NamesATable) {
  const ScratchFolder folder;
  std::ofstream(folder / "caf\xE9.arrow", std::ios::binary) << arrow_stream();
  EXPECT_EQ(load_arrow({folder / "caf\xE9.arrow", {}}).value().schema->name, "caf%E9");
  std::ofstream(folder / "caf\xE9.csv") << "a\n1\n";
  EXPECT_EQ(load_csv({.path = folder / "caf\xE9.csv"}).value().schema->name, "caf%E9");
}

}  // namespace
}  // namespace penstock
