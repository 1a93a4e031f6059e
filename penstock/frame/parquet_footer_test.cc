// What the footers of Parquet files say of the values: bounds that hold, in bounded space.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "penstock/base/files.h"
#include "penstock/base/utf8.h"
#include "penstock/frame/detail/parquet_footer.h"
#include "penstock/frame/detail/random_frame_for_test.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/parquet_concat.h"
#include "penstock/frame/parquet_reader.h"

namespace penstock {
namespace {

using detail::ChunkMeta;
using detail::make_column;
using detail::make_frame;
using detail::make_text_column;
using detail::ScratchFolder;
using T = DataType;

ChunkMeta bounded(std::string min, std::string max) {
  ChunkMeta chunk;
  chunk.type = std::int32_t(detail::PhysicalType::ByteArray);
  chunk.min = std::move(min);
  chunk.max = std::move(max);
  detail::bound_range(chunk);
  return chunk;
}

TEST(ParquetRange, ShortTextsStayExact) {
  const auto chunk = bounded("", std::string(64, 'z'));
  EXPECT_EQ(chunk.min, "");
  EXPECT_EQ(chunk.max, std::string(64, 'z'));
  EXPECT_EQ(chunk.min_is_exact, true);
  EXPECT_EQ(chunk.max_is_exact, true);
}

TEST(ParquetRange, LongTextsAreCutToBounds) {
  const auto chunk = bounded(std::string(1000, 'a'), std::string(1000, 'b'));
  EXPECT_EQ(chunk.min, std::string(64, 'a'));
  EXPECT_EQ(chunk.max, std::string(63, 'b') + "c");
  EXPECT_EQ(chunk.min_is_exact, false);
  EXPECT_EQ(chunk.max_is_exact, false);
  const auto one = bounded("short", std::string(65, 'b'));
  EXPECT_EQ(one.min, "short");
  EXPECT_EQ(one.min_is_exact, true);
  EXPECT_EQ(one.max_is_exact, false);
}

TEST(ParquetRange, CutsAreAtTheBordersOfCharacters) {
  const std::string front(62, 'a');
  // Three bytes do not fit behind 62: the character is left out.
  const auto chunk = bounded(front + "€€", front + "€€");
  EXPECT_EQ(chunk.min, front);
  EXPECT_EQ(chunk.max, std::string(61, 'a') + "b");
  const auto raise = [](std::string last) {
    return bounded("a", std::string(60, 'x') + last + std::string(9, 'y')).max;
  };
  // A character at the end of those kept is replaced by the next one, which may be longer.
  EXPECT_EQ(bounded("a", std::string(63, 'x') + "\x7F" + "yy").max,
            std::string(63, 'x') + "\xC2\x80");
  EXPECT_EQ(bounded("a", std::string(62, 'x') + "\xDF\xBF" + "yy").max,
            std::string(62, 'x') + "\xE0\xA0\x80");
  // There are no characters between U+D7FF and U+E000, and none behind U+10FFFF.
  EXPECT_EQ(bounded("a", std::string(61, 'x') + "\xED\x9F\xBF" + "yy").max,
            std::string(61, 'x') + "\xEE\x80\x80");
  EXPECT_EQ(bounded("a", std::string(61, 'x') + "\xEF\xBF\xBF" + "yy").max,
            std::string(61, 'x') + "\xF0\x90\x80\x80");
  EXPECT_EQ(raise("\xF4\x8F\xBF\xBF"), std::string(59, 'x') + "y");
}

TEST(ParquetRange, WithoutABoundThereIsNoRange) {
  std::string last;
  for (int i = 0; i < 20; ++i) last += "\xF4\x8F\xBF\xBF";
  for (const auto& chunk : {bounded("a", last), bounded("a", std::string(99, '\xFF')),
                            bounded(std::string(99, '\xFF'), "z")}) {
    EXPECT_FALSE(chunk.min);
    EXPECT_FALSE(chunk.max);
  }
}

TEST(ParquetRange, BoundsHoldForRandomTexts) {
  std::mt19937 random(64);
  const std::string parts[] = {"a", "\x7F", "é", "€", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    const auto kinds = 1 + random() % std::size(parts);
    for (auto left = random() % 60; left > 0; --left) text += parts[random() % kinds];
    const auto chunk = bounded(text, text);
    if (!chunk.max) continue;
    ASSERT_LE(*chunk.min, text);
    ASSERT_GE(*chunk.max, text);
    ASSERT_LE(chunk.min->size(), 64u);
    ASSERT_LE(chunk.max->size(), 67u);
    ASSERT_TRUE(is_utf8(*chunk.min) && is_utf8(*chunk.max));
    ASSERT_EQ(chunk.min_is_exact, *chunk.min == text);
    ASSERT_EQ(chunk.max_is_exact, *chunk.max == text);
  }
}

std::size_t footer_size(const std::filesystem::path& path) {
  const auto bytes = read_file(path).value();
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data() + bytes.size() - 8, 4);
  return size;
}

TEST(ParquetFooter, LongTextsAreNotInIt) {
  const ScratchFolder folder;
  const auto frame = make_frame({{.name = "page", .type = T::Text}},
                                {make_text_column({std::string(3'000'000, 'a'), {},
                                                   "ä" + std::string(3'000'000, 'b')})});
  write_parquet(folder / "a", frame).value();
  EXPECT_LT(footer_size(folder / "a"), 1000u);
  detail::expect_same_rows(read_parquet(folder / "a").value(), frame);
  const auto footer = detail::read_parquet_footer(folder / "a").value();
  const auto& chunk = footer.row_groups[0].columns[0];
  EXPECT_EQ(chunk.min, std::string(64, 'a'));
  EXPECT_EQ(chunk.max, "ä" + std::string(61, 'b') + "c");
  EXPECT_EQ(chunk.nulls, 1);

  concat_parquet({folder / "a", folder / "a"}, folder / "b").value();
  EXPECT_LT(footer_size(folder / "b"), 2000u);
  const auto joined = detail::read_parquet_footer(folder / "b").value();
  EXPECT_EQ(joined.row_groups[1].columns[0].max, chunk.max);
  EXPECT_FALSE(joined.row_groups[1].columns[0].max_is_exact) << "Arrow does not say";
}

template <class V>
ChunkMeta written(DataType type, const std::vector<std::optional<V>>& values) {
  const ScratchFolder folder;
  const auto frame = make_frame({{.name = "x", .type = type}}, {make_column<V>(type, values)});
  write_parquet(folder / "a", frame).value();
  return detail::read_parquet_footer(folder / "a").value().row_groups[0].columns[0];
}

TEST(ParquetFooter, NoRangeWhereNanOccurs) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const auto infinity = std::numeric_limits<double>::infinity();
  const auto some = written<double>(T::Float64, {1., nan, 3.});
  EXPECT_FALSE(some.min);
  EXPECT_FALSE(some.max);
  EXPECT_EQ(some.nulls, 0);
  EXPECT_FALSE(written<double>(T::Float64, {nan, {}}).min);
  EXPECT_FALSE(written<float>(T::Float32, {1.F, std::nanf("")}).max);
  // More values than a dictionary takes.
  std::vector<std::optional<double>> many;
  for (int i = 0; i < 50'000; ++i) many.push_back(i * 0.1);
  EXPECT_TRUE(written<double>(T::Float64, many).min);
  many[40'000] = nan;
  EXPECT_FALSE(written<double>(T::Float64, many).min);
  const auto as_bytes = [](double value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  };
  const auto ends = written<double>(T::Float64, {0., -infinity, infinity, {}});
  EXPECT_EQ(ends.min, as_bytes(-infinity));
  EXPECT_EQ(ends.max, as_bytes(infinity));
  const auto zero = written<double>(T::Float64, {0.});
  EXPECT_EQ(zero.min, as_bytes(-0.0));
  EXPECT_EQ(zero.max, as_bytes(0.0));
}

}  // namespace
}  // namespace penstock
