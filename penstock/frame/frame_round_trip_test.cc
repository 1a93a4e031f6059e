// Frames of every shape, written and read back: equal, or refused with a clear error.
#include <gtest/gtest.h>

#include <fstream>

#include "penstock/base/files.h"
#include "penstock/base/utf8.h"
#include "penstock/frame/detail/random_frame_for_test.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/parquet_concat.h"
#include "penstock/frame/parquet_reader.h"
#include "penstock/frame/profile.h"

namespace penstock {
namespace {

using detail::difference;
using detail::RandomFrame;
using detail::ScratchFolder;
using T = DataType;

Result<std::string> encode(const Frame& frame) {
  StringSink sink;
  ByteWriter out(sink);
  frame.encode(out);
  PENSTOCK_TRY(out.finish());
  return sink.take();
}

Result<Frame> decode(std::string bytes) {
  ByteReader in(SharedBytes::own(std::move(bytes)));
  auto frame = Frame::decode(in);
  PENSTOCK_TRY(in.status());
  return frame;
}

bool all_utf8(const Frame& frame) {
  for (const auto& column : frame.columns)
    for (std::int64_t row = 0; column.type == T::Text && row < frame.rows; ++row)
      if (!column.is_null(row) && !is_utf8(column.text(row))) return false;
  return true;
}

TEST(FrameRoundTrip, EncodedFramesComeBack) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto frame = RandomFrame(seed).make();
    const auto back = decode(encode(frame).value());
    ASSERT_TRUE(back.ok()) << seed << ": " << back.error().message;
    ASSERT_EQ(*back->schema, *frame.schema) << seed;
    ASSERT_EQ(difference(*back, frame), "") << seed;
  }
}

TEST(FrameRoundTrip, ParquetFilesComeBack) {
  const ScratchFolder folder;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    RandomFrame random(seed);
    const auto frame = random.make(1);
    const auto groups = std::int64_t(1 + random.pick(200));
    const auto info = write_parquet(folder / "a", frame, {}, {.row_group_rows = groups});
    ASSERT_TRUE(info.ok()) << seed << ": " << info.error().message;
    const auto back = read_parquet(folder / "a");
    ASSERT_TRUE(back.ok()) << seed << ": " << back.error().message;
    ASSERT_EQ(difference(*back, frame, 1000), "") << seed;

    // Joined with itself, twice as long, with bounds that still hold.
    ASSERT_TRUE(concat_parquet({folder / "a", folder / "a"}, folder / "b").ok()) << seed;
    ASSERT_EQ(read_parquet(folder / "b").value().rows, frame.rows * 2) << seed;
  }
}

TEST(FrameRoundTrip, TextThatIsNotUtf8IsRefusedEverywhere) {
  const ScratchFolder folder;
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto frame = RandomFrame(seed, {.most_rows = 40, .bad_text = true}).make(1);
    const bool good = all_utf8(frame);
    const auto sound = frame.validate();
    ASSERT_EQ(sound.ok(), good) << seed;
    ASSERT_EQ(encode(frame).ok(), good) << seed;
    ASSERT_EQ(write_parquet(folder / "a", frame).ok(), good) << seed;
    ASSERT_EQ(profile_frame(frame).ok(), good) << seed;
    if (good) continue;
    ++refused;
    ASSERT_NE(sound.error().message.find("holds text that is not UTF-8 in row "),
              std::string::npos)
        << sound.error().message;
  }
  EXPECT_GT(refused, 20);
}

TEST(FrameRoundTrip, NoDamagedEncodingIsReadAsAnUnsoundFrame) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    RandomFrame random(seed, {.most_rows = 12});
    const auto bytes = encode(random.make(2)).value();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      auto damaged = bytes;
      damaged[at] = char(damaged[at] ^ (1 << random.pick(8)));
      const auto back = decode(damaged);
      if (back.ok()) {
        ASSERT_TRUE(back->validate().ok()) << seed << " at " << at;
      } else {
        ASSERT_EQ(back.error().code, ErrorCode::Corrupt) << seed << " at " << at;
      }
    }
  }
}

TEST(FrameRoundTrip, NoDamagedParquetFileIsReadAsAnUnsoundFrame) {
  const ScratchFolder folder;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    RandomFrame random(seed, {.most_rows = 12});
    write_parquet(folder / "a", random.make(2), {}, {.row_group_rows = 8}).value();
    const auto bytes = read_file(folder / "a").value();
    for (std::size_t at = 0; at < bytes.size(); at += 1 + random.pick(5)) {
      auto damaged = bytes;
      damaged[at] = char(damaged[at] ^ (1 << random.pick(8)));
      std::ofstream(folder / "b", std::ios::binary) << damaged;
      const auto back = read_parquet(folder / "b");
      if (back.ok()) {
        ASSERT_TRUE(back->validate().ok()) << seed << " at " << at;
      } else {
        ASSERT_NE(back.error().to_string().find((folder / "b").string()), std::string::npos)
            << back.error().to_string();
      }
      (void)concat_parquet({folder / "b"}, folder / "c");
    }
  }
}

}  // namespace
}  // namespace penstock
