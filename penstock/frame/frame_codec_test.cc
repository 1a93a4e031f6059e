#include <gtest/gtest.h>

#include "penstock/frame/column.h"
#include "penstock/frame/detail/frame_for_test.h"

namespace penstock {
namespace {

using detail::make_category_column;
using detail::make_column;
using detail::make_text_column;

/// A frame with a column of every type.
Frame sample() {
  auto frame = detail::make_frame(
      {{.name = "on", .type = DataType::Bool},
       {.name = "plant", .nullable = false, .description = "its number", .min = 1},
       {.name = "watts", .type = DataType::Int64, .unit = "W"},
       {.name = "load", .type = DataType::Float32, .max = 0.5},
       {.name = "heat", .type = DataType::Float64},
       {.name = "name", .type = DataType::Text},
       {.name = "code", .type = DataType::Category, .categories = {"b", "a"}},
       {.name = "day", .type = DataType::Date},
       {.name = "at",
        .type = DataType::Timestamp,
        .time_unit = TimeUnit::Second,
        .utc_adjusted = true},
       {.name = "held otherwise", .type = DataType::Text}},
      {make_column<std::uint8_t>(DataType::Bool, {1, {}, 0}),
       make_column<std::int32_t>(DataType::Int32, {1, 2, 3}),
       make_column<std::int64_t>(DataType::Int64, {{}, {}, {}}),
       make_column<float>(DataType::Float32, {0.5F, {}, -1.F}),
       make_column<double>(DataType::Float64, {1e300, 2., {}}),
       make_text_column({"Häfen", {}, ""}), make_category_column({"b", "a"}, {"a", {}, "b"}),
       make_column<std::int32_t>(DataType::Date, {17000, {}, -1}),
       make_column<std::int64_t>(DataType::Timestamp, {1, 2, {}}),
       make_category_column({"x"}, {"x", "x", {}})});
  auto schema = *frame.schema;
  schema.description = "everything";
  schema.primary_key = {"plant"};
  schema.metadata = {{"source", "made up"}};
  frame.schema = std::make_shared<const Schema>(std::move(schema));
  return frame;
}

std::string encode(const Frame& frame) {
  StringSink sink;
  ByteWriter out(sink);
  frame.encode(out);
  EXPECT_TRUE(out.finish().ok());
  return sink.take();
}

TEST(FrameCodec, EveryTypeComesBack) {
  const auto frame = sample();
  ByteReader in(SharedBytes::own(encode(frame)));
  const auto back = Frame::decode(in);
  ASSERT_TRUE(in.ok()) << in.status().error().to_string();
  EXPECT_EQ(in.left(), 0u);
  detail::expect_same_rows(back, frame);
  ASSERT_TRUE(back.schema);
  EXPECT_EQ(*back.schema, *frame.schema);
  EXPECT_EQ(back.columns[9].type, DataType::Category);
}

TEST(FrameCodec, FramesWithoutRowsColumnsOrSchemaComeBack) {
  for (auto frame : {Frame(), detail::make_frame({{.name = "a", .type = DataType::Text}},
                                                 {make_text_column({})})}) {
    ByteReader in(SharedBytes::own(encode(frame)));
    const auto back = Frame::decode(in);
    ASSERT_TRUE(in.ok()) << in.status().error().to_string();
    EXPECT_EQ(back.schema == nullptr, frame.schema == nullptr);
    detail::expect_same_rows(back, frame);
  }
}

TEST(FrameCodec, ColumnsStayWhereTheyLie) {
  auto frame = detail::make_frame({{.name = "load", .type = DataType::Float64}},
                                  {make_column<double>(DataType::Float64, {1., 2., 3.})});
  // 64-byte aligned, as mapped memory is
  const auto bytes = encode(frame);
  const auto memory = std::make_shared<std::vector<char>>(bytes.size() + 64);
  auto* at = memory->data();
  at += (64 - reinterpret_cast<std::uintptr_t>(at) % 64) % 64;
  std::copy(bytes.begin(), bytes.end(), at);
  ByteReader in({memory, {at, bytes.size()}});
  auto back = Frame::decode(in);
  const auto* values = reinterpret_cast<const char*>(back.columns[0].get<double>().data());
  EXPECT_GE(values, at);
  EXPECT_LT(values, at + bytes.size());
  EXPECT_EQ((values - at) % 64, 0);

  // A copy has memory of its own; the bytes live as long as somebody looks at them.
  const std::weak_ptr<void> alive = memory;
  auto copy = back.columns[0];
  copy.get<double>()[0] = 7;
  copy.get<double>().push_back(4);
  EXPECT_EQ(back.columns[0].get<double>(), (Buffer<double>{1, 2, 3}));
  EXPECT_EQ(copy.get<double>(), (Buffer<double>{7, 2, 3, 4}));
  const auto moved = std::move(back);
  EXPECT_EQ(moved.columns[0].get<double>().data(), static_cast<const void*>(values));
}

TEST(FrameCodec, BytesThatNobodyOwnsAreCopied) {
  const auto frame = sample();
  auto bytes = encode(frame);
  ByteReader in({nullptr, bytes});
  const auto back = Frame::decode(in);
  ASSERT_TRUE(in.ok());
  bytes.assign(bytes.size(), '?');
  detail::expect_same_rows(back, frame);
}

TEST(FrameCodec, TheBytesAreLetGoWithTheLastColumn) {
  auto shared = SharedBytes::own(encode(sample()));
  const std::weak_ptr<const void> alive = shared.owner;
  Column last;
  {
    ByteReader in(std::move(shared));
    auto frame = Frame::decode(in);
    last = std::move(frame.columns[3]);
  }
  EXPECT_FALSE(alive.expired());
  EXPECT_EQ(last.get<float>()[2], -1.F);
  last = Column();
  EXPECT_TRUE(alive.expired());
}

TEST(FrameCodec, DamagedBytesAreNotAFrame) {
  const auto bytes = encode(sample());
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    ByteReader in(SharedBytes::own(bytes.substr(0, size)));
    Frame::decode(in);
    ASSERT_FALSE(in.ok()) << size;
    EXPECT_EQ(in.status().error().code, ErrorCode::Corrupt);
  }
  ByteReader in(SharedBytes::own(std::string(200, '\x01')));
  Frame::decode(in);
  ASSERT_FALSE(in.ok());
  EXPECT_TRUE(in.status().error().message.starts_with(
      "an encoded value cannot be read: not a frame: "))
      << in.status().error().message;
}

TEST(Buffer, EncodesItsValues) {
  StringSink sink;
  ByteWriter out(sink);
  Buffer<std::uint16_t>{1, 2, 3}.encode(out);
  Buffer<double>().encode(out);
  ASSERT_TRUE(out.finish().ok());
  ByteReader in(SharedBytes::own(sink.take()));
  EXPECT_EQ(Buffer<std::uint16_t>::decode(in), (Buffer<std::uint16_t>{1, 2, 3}));
  EXPECT_EQ(Buffer<double>::decode(in), Buffer<double>());
  EXPECT_EQ(in.left(), 0u);
  EXPECT_EQ(Buffer<std::uint16_t>::kLayout, "bu2");
  EXPECT_EQ(Buffer<double>::kLayout, "bf8");
}

}  // namespace
}  // namespace penstock
