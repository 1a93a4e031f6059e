#include <gtest/gtest.h>

#include "penstock/base/byte_archive.h"
#include "penstock/frame/column_builder.h"
#include "penstock/frame/detail/frame_for_test.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/parquet_reader.h"
#include "penstock/frame/profile.h"

namespace penstock {
namespace {

using detail::make_category_column;
using detail::make_column;
using detail::make_frame;
using detail::make_text_column;
using detail::ScratchFolder;
using T = DataType;

std::string encoding_error(const Frame& frame) {
  StringSink sink;
  ByteWriter out(sink);
  frame.encode(out);
  const auto status = out.finish();
  return status.ok() ? "" : status.error().message;
}

/// What validate() says, after the codec, the writer and the profile were seen to say the same.
std::string why_refused(const Frame& frame) {
  const ScratchFolder folder;
  const auto sound = frame.validate();
  const std::string message = sound.ok() ? "" : sound.error().message;
  EXPECT_TRUE(sound.ok() || sound.error().code == ErrorCode::InvalidData);
  EXPECT_EQ(encoding_error(frame), message);
  const auto written = write_parquet(folder / "a", frame);
  EXPECT_EQ(written.ok(), sound.ok()) << (written.ok() ? "" : written.error().message);
  EXPECT_EQ(std::filesystem::exists(folder / "a"), sound.ok());
  const auto profile = profile_frame(frame);
  EXPECT_EQ(profile.ok() ? "" : profile.error().message, message);
  return message;
}

Frame of(Column column, Field field) {
  field.type = column.type;
  return make_frame({std::move(field)}, {std::move(column)});
}

TEST(FrameCheck, SoundFramesPass) {
  EXPECT_EQ(why_refused(of(make_column<float>(T::Float32, {1.F, {}}), {.name = "load"})), "");
  EXPECT_EQ(why_refused(of(make_text_column({"Häfen", {}, ""}), {.name = "text"})), "");
  EXPECT_EQ(why_refused(of(make_category_column({"a"}, {"a", {}}), {.name = "code"})), "");
  EXPECT_TRUE(Frame().validate().ok());
}

TEST(FrameCheck, NullsThatAreNotCountedAreNotWritten) {
  auto column = make_column<std::int32_t>(T::Int32, {1, {}, {}, 4});
  column.null_count = 0;
  EXPECT_EQ(why_refused(of(column, {.name = "n"})),
            "column n counts 0 nulls but its validity bits say 2; build columns with "
            "ColumnBuilder");
  column.null_count = 3;
  EXPECT_EQ(why_refused(of(column, {.name = "n"})),
            "column n counts 3 nulls but its validity bits say 2; build columns with "
            "ColumnBuilder");
  column.validity.clear();
  column.null_count = 2;
  EXPECT_EQ(why_refused(of(column, {.name = "n"})),
            "column n counts 2 nulls but has no validity bits; build columns with ColumnBuilder");
  auto longer = make_column<std::int64_t>(T::Int64, std::vector<std::optional<std::int64_t>>(20));
  longer.validity.resize(2);
  EXPECT_EQ(why_refused(of(longer, {.name = "n"})),
            "column n has validity bits for 16 of its 20 values; build columns with ColumnBuilder");
}

TEST(FrameCheck, BuffersMustFitTypeAndRows) {
  auto column = make_column<std::int32_t>(T::Int32, {1, 2});
  auto frame = of(column, {.name = "n"});
  frame.rows = 3;
  EXPECT_EQ(why_refused(frame), "column n has 2 rows, its frame 3");
  column.type = T::Int64;
  EXPECT_EQ(why_refused(of(column, {.name = "n"})),
            "column n is int64 but its buffer holds values of another type");
  frame = of(make_column<float>(T::Float32, {1.F}), {.name = "load"});
  frame.columns[0] = make_column<double>(T::Float64, {1.});
  EXPECT_EQ(why_refused(frame), "column load is float64, expected float32");
  frame.columns.clear();
  EXPECT_EQ(frame.validate().error().message, "the frame has 0 columns, its schema 1");
  EXPECT_EQ(frame.find("load"), nullptr);
  EXPECT_EQ(why_refused(of(make_column<std::uint8_t>(T::Bool, {1, 0}), {.name = "on"})), "");
  auto flag = make_column<std::uint8_t>(T::Bool, {1, 0, {}});
  flag.get<std::uint8_t>()[2] = 7;
  EXPECT_EQ(why_refused(of(flag, {.name = "on"})), "") << "a null may hold anything";
  flag.get<std::uint8_t>()[1] = 2;
  EXPECT_EQ(why_refused(of(flag, {.name = "on"})), "column on holds 2 in row 2, expected 0 or 1");
}

TEST(FrameCheck, TextMustBeUtf8WithAscendingOffsets) {
  const auto with = [](std::vector<std::int64_t> offsets, std::string_view bytes) {
    auto column = Column::make(T::Text);
    auto& text = std::get<TextValues>(column.values);
    text.offsets.assign(offsets.begin(), offsets.end());
    text.bytes.assign(bytes.begin(), bytes.end());
    return of(std::move(column), {.name = "t"});
  };
  EXPECT_EQ(why_refused(with({0, 3, 1, 3}, "abc")), "column t has offsets that descend");
  EXPECT_EQ(why_refused(with({0, 3, 9}, "abc")),
            "column t has offsets up to 9 but 3 bytes of text");
  EXPECT_EQ(why_refused(with({1, 3}, "abc")), "column t has offsets that do not start with 0");
  EXPECT_EQ(why_refused(with({-4, 3}, "abc")), "column t has offsets that do not start with 0");
  EXPECT_EQ(why_refused(with({}, "")), "the frame has -1 rows");
  EXPECT_EQ(why_refused(with({0, 1, 4}, "a\xE9zz")),
            "column t holds text that is not UTF-8 in row 2");
  // UTF-8 as a whole, but cut inside a character.
  EXPECT_EQ(why_refused(with({0, 1, 2}, "\xC3\xA9")),
            "column t holds text that is not UTF-8 in row 1");
  auto null = make_text_column({"a", {}});
  std::get<TextValues>(null.values).bytes.push_back('\xFF');
  std::get<TextValues>(null.values).offsets[2] = 2;
  EXPECT_EQ(why_refused(of(null, {.name = "t"})), "") << "a null may hold anything";
}

TEST(FrameCheck, CategoriesMustBeInTheirDictionary) {
  auto column = make_category_column({"a", "b"}, {"a", {}, "b"});
  column.get<std::int32_t>()[2] = 2;
  EXPECT_EQ(why_refused(of(column, {.name = "c"})),
            "column c holds index 2 but its dictionary has 2 texts");
  column.get<std::int32_t>()[2] = -1;
  EXPECT_EQ(why_refused(of(column, {.name = "c"})),
            "column c holds index -1 but its dictionary has 2 texts");
  column.dictionary.reset();
  EXPECT_EQ(why_refused(of(column, {.name = "c"})),
            "column c holds index 0 but its dictionary has 0 texts");
  EXPECT_EQ(why_refused(of(make_category_column({"\xFF"}, {"\xFF"}), {.name = "c"})),
            "column c has a dictionary with text that is not UTF-8");
  EXPECT_EQ(why_refused(of(make_category_column({"a", "b", "\xFF"}, {"\xFF"}), {.name = "c"})),
            "column c has a dictionary with text that is not UTF-8");
}

/// The same of a frame of one column, with a schema that is changed.
template <class Change>
std::string why_refused_with(Change change) {
  auto frame = of(make_column<std::int32_t>(T::Int32, {3, 1, 2}), {.name = "id"});
  auto schema = *frame.schema;
  change(schema);
  frame.schema = std::make_shared<const Schema>(std::move(schema));
  return why_refused(frame);
}

TEST(FrameCheck, SchemasMustBeReadableAgain) {
  const auto number = make_column<std::int32_t>(T::Int32, {1});
  const auto twice = make_frame({{.name = "a"}, {.name = "a"}}, {number, number});
  EXPECT_EQ(why_refused(twice), "two columns are called \"a\"; names of columns are unique");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.name = "\xFF"; }),
            "the name of the table is not UTF-8");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.fields[0].name = "caf\xE9"; }),
            "the name of column 1, counted from 1, is not UTF-8");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.fields[0].unit = "\xB0"; }),
            "the unit of column \"id\" is not UTF-8");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.fields[0].description = "\xB0"; }),
            "the description of column \"id\" is not UTF-8");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.metadata["k"] = "\xB0"; }),
            "the value of \"k\" in the metadata is not UTF-8");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.metadata["ARROW:schema"] = "x"; }),
            "the key ARROW:schema of the metadata belongs to the file format; use another key");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.primary_key = {"no"}; }),
            "the primary key names \"no\", which is not a column");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.primary_key = {"id", "id"}; }),
            "the primary key names column \"id\" twice");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.fields[0].categories = {"a", "a"}; }),
            "column id declares the category \"a\" twice");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.description.assign(1'048'577, 'x'); }),
            "the description of the table has 1,048,577 bytes; at most 1,048,576 are allowed");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.fields[0].name.assign(1025, 'x'); }),
            "the name of column 1, counted from 1, has 1,025 bytes; at most 1,024 are allowed");
  EXPECT_EQ(why_refused_with([](Schema& s) {
              for (int i = 0; i < 17; ++i) s.metadata[std::to_string(i)].assign(1'000'000, 'x');
            }),
            "the names, descriptions and metadata of the table have more than 16,777,216 bytes in "
            "all; store long texts in a column or in a file of their own");
  EXPECT_EQ(why_refused_with([](Schema& s) { s.fields[0].name.assign(1024, 'x'); }), "");
}

TEST(FrameCheck, AFrameNeedsASchema) {
  auto frame = of(make_column<std::int32_t>(T::Int32, {1}), {.name = "id"});
  frame.schema = nullptr;
  EXPECT_EQ(why_refused(frame),
            "the frame has 1 columns but no schema that names them; set Frame::schema");
  const ScratchFolder folder;
  for (const auto& missing : {frame, Frame()}) {
    const auto written = write_parquet(folder / "a", missing);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().message,
              "the frame has no schema, and a Parquet file needs one; set Frame::schema");
  }
  EXPECT_EQ(ParquetWriter::open(folder / "a", nullptr).error().code, ErrorCode::InvalidData);
}

TEST(FrameCheck, MetadataOfAFileMayNotChangeItsTable) {
  const ScratchFolder folder;
  auto frame = of(make_column<std::int32_t>(T::Int32, {1}), {.name = "id"});
  const auto with = [&](FileMetadata metadata) {
    const auto written = write_parquet(folder / "a", frame, std::move(metadata));
    return written.ok() ? "" : written.error().message;
  };
  EXPECT_EQ(with({{"ARROW:schema", "mine"}}),
            "the key ARROW:schema of the metadata belongs to the file format; use another key");
  EXPECT_EQ(with({{"primary_key", "[\"no\"]"}}),
            "the key primary_key of the metadata belongs to the schema; set it there, or use "
            "another key");
  EXPECT_EQ(with({{"a", std::string(1'048'577, 'x')}}),
            "the value of \"a\" in the metadata has 1,048,577 bytes; at most 1,048,576 are "
            "allowed");
  EXPECT_EQ(with({{"a", "\xFF"}}), "the value of \"a\" in the metadata is not UTF-8");
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
  auto writer = ParquetWriter::open(folder / "a", frame.schema).value();
  writer.write(frame).value();
  writer.set_metadata("ARROW:schema", "mine");
  EXPECT_EQ(writer.close().error().message,
            "the key ARROW:schema of the metadata belongs to the file format; use another key");
  EXPECT_TRUE(folder.files().empty() || !std::filesystem::exists(folder / "a"));

  auto schema = *frame.schema;
  schema.metadata["table"] = "another";
  frame.schema = std::make_shared<const Schema>(schema);
  EXPECT_EQ(with({}),
            "the key table of the metadata belongs to the schema; set it there, or use another "
            "key");
}

Frame keyed(std::vector<Field> fields, std::vector<Column> columns) {
  auto frame = make_frame(std::move(fields), std::move(columns));
  auto schema = *frame.schema;
  for (const auto& field : schema.fields) schema.primary_key.push_back(field.name);
  frame.schema = std::make_shared<const Schema>(std::move(schema));
  return frame;
}

TEST(KeyOrder, UnsortedRowsAreRefused) {
  const ScratchFolder folder;
  const auto ok = [&](const Frame& frame) { return write_parquet(folder / "a", frame).ok(); };
  const auto ints = [](std::vector<std::optional<std::int32_t>> values) {
    return make_column<std::int32_t>(T::Int32, values);
  };
  const Field id = {.name = "id"}, text = {.name = "t", .type = T::Text};
  EXPECT_TRUE(ok(keyed({id}, {ints({1, 2, 2, 5, {}, {}})})));
  EXPECT_FALSE(ok(keyed({id}, {ints({1, {}, 2})}))) << "nulls are last";
  EXPECT_FALSE(ok(keyed({id}, {ints({3, 1, 2})})));
  EXPECT_TRUE(ok(keyed({id, text}, {ints({1, 1, 2}), make_text_column({"a", "b", "a"})})));
  EXPECT_FALSE(ok(keyed({id, text}, {ints({1, 1, 2}), make_text_column({"b", "a", "c"})})));
  // Categories in the order of their texts, not of their numbers.
  EXPECT_TRUE(ok(keyed({text}, {make_category_column({"b", "a"}, {"a", "a", "b"})})));
  EXPECT_FALSE(ok(keyed({text}, {make_category_column({"b", "a"}, {"b", "b", "a"})})));
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const Field load = {.name = "load", .type = T::Float64};
  EXPECT_TRUE(ok(keyed({load}, {make_column<double>(T::Float64, {-1., 5., nan})})));
  EXPECT_FALSE(ok(keyed({load}, {make_column<double>(T::Float64, {nan, 1.})})));
  const auto error = write_parquet(folder / "b", keyed({id}, {ints({2, 1})})).error();
  EXPECT_EQ(error.message,
            "the rows of table sample are not in the order of its primary key (id), which files "
            "declare; sort them, or leave the primary key out of the schema");
  EXPECT_EQ(error.kind, "schema_violation");
  EXPECT_FALSE(std::filesystem::exists(folder / "b"));
}

TEST(KeyOrder, HoldsAcrossBlocksAndCalls) {
  const ScratchFolder folder;
  for (const std::size_t rows : {2047, 2048, 2049, 5000}) {
    for (const std::size_t wrong : {std::size_t(1), std::size_t(2048), rows - 1}) {
      if (wrong >= rows) continue;
      std::vector<std::optional<std::int64_t>> values;
      for (std::size_t i = 0; i < rows; ++i) values.push_back(std::int64_t(i));
      const auto good = keyed({{.name = "id", .type = T::Int64}},
                              {make_column<std::int64_t>(T::Int64, values)});
      EXPECT_TRUE(write_parquet(folder / "a", good).ok());
      values[wrong] = values[wrong - 1].value() - 1;
      const auto bad = keyed({{.name = "id", .type = T::Int64}},
                             {make_column<std::int64_t>(T::Int64, values)});
      EXPECT_FALSE(write_parquet(folder / "a", bad).ok()) << rows << " " << wrong;
      auto writer = ParquetWriter::open(folder / "a", bad.schema).value();
      const auto cut = std::int64_t(wrong);
      EXPECT_TRUE(writer.write(bad, 0, cut).ok());
      EXPECT_FALSE(writer.write(bad, cut, bad.rows - cut).ok()) << rows << " " << wrong;
    }
  }
}

TEST(KeyOrder, AFrameWithAPartOfTheKeyHasNone) {
  const ScratchFolder folder;
  const auto ints = [](std::vector<std::optional<std::int32_t>> values) {
    return make_column<std::int32_t>(T::Int32, values);
  };
  write_parquet(folder / "a", keyed({{.name = "x"}, {.name = "y"}}, {ints({1, 2}), ints({9, 3})}))
      .value();
  const auto part = read_parquet(folder / "a", {"y"}).value();
  EXPECT_TRUE(part.schema->primary_key.empty());
  EXPECT_TRUE(write_parquet(folder / "b", part).ok());
  EXPECT_EQ(read_parquet(folder / "a", {"y", "x"}).value().schema->primary_key,
            (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(read_parquet(folder / "a", {"y", "y"}).error().message, "column y is requested twice");
}

TEST(FrameCheck, SecondsThatMillisecondsCannotHoldAreRefused) {
  const ScratchFolder folder;
  const auto write = [&](std::int64_t seconds) {
    return write_parquet(folder / "a",
                         of(make_column<std::int64_t>(T::Timestamp, {0, {}, seconds}),
                            {.name = "at", .time_unit = TimeUnit::Second}));
  };
  EXPECT_TRUE(write(9'223'372'036'854'775).ok());
  EXPECT_EQ(write(std::numeric_limits<std::int64_t>::max()).error().message,
            "column at holds 9223372036854775807 seconds in row 3, which Parquet, where times are "
            "counted in milliseconds, cannot hold");
  EXPECT_FALSE(write(std::numeric_limits<std::int64_t>::min()).ok());
}

TEST(ColumnBuilder, ValuesBitsAndCountAgree) {
  ColumnBuilder<std::int32_t> numbers(T::Int32);
  for (int i = 0; i < 200; ++i) i % 3 == 0 ? numbers.push_null() : numbers.push(i);
  numbers.push_run(7, 100);
  numbers.push_nulls(70);
  EXPECT_EQ(numbers.size(), 370);
  const auto column = std::move(numbers).finish();
  EXPECT_EQ(column.size(), 370);
  EXPECT_EQ(column.null_count, 67 + 70);
  EXPECT_EQ(column.validity.size(), 47u);
  for (int i = 0; i < 370; ++i)
    EXPECT_EQ(column.is_null(i), i < 200 ? i % 3 == 0 : i >= 300) << i;
  EXPECT_EQ(why_refused(of(column, {.name = "n"})), "");

  ColumnBuilder<bool> flags(T::Bool);
  flags.push(true);
  flags.push(std::optional<bool>());
  EXPECT_EQ(detail::cells(std::move(flags).finish()), (std::vector<std::string>{"1", "null"}));
  ColumnBuilder<std::string> texts;
  texts.push("a");
  texts.push_null();
  texts.push(std::optional<std::string>("b"));
  EXPECT_EQ(detail::cells(std::move(texts).finish()),
            (std::vector<std::string>{"\"a\"", "null", "\"b\""}));
  CategoryBuilder codes({"declared"});
  codes.push("x");
  codes.push_null();
  codes.push("declared");
  const auto code = std::move(codes).finish();
  EXPECT_EQ(*code.dictionary, (Dictionary{"declared", "x"}));
  EXPECT_EQ(detail::cells(code), (std::vector<std::string>{"\"x\"", "null", "\"declared\""}));
  const auto none = ColumnBuilder<double>(T::Float64).finish();
  EXPECT_EQ(none.size(), 0);
  EXPECT_TRUE(none.validity.empty());
}

}  // namespace
}  // namespace penstock
