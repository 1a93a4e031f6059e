#include "penstock/frame/parquet_concat.h"

#include "penstock/base/files.h"
#include "penstock/frame/detail/frame_for_test.h"
#include "penstock/frame/parquet_reader.h"

namespace penstock {
namespace {

using detail::cells;
using detail::make_category_column;
using detail::make_column;
using detail::make_frame;
using detail::ScratchFolder;
using T = DataType;

Frame part(std::int32_t from, std::int32_t rows, const Dictionary& codes) {
  std::vector<std::optional<std::int32_t>> ids;
  detail::Texts texts;
  for (std::int32_t i = 0; i < rows; ++i) {
    ids.push_back(from + i);
    texts.push_back(i % 3 == 0 ? std::optional<std::string>()
                               : codes[std::size_t(i) % codes.size()]);
  }
  return make_frame({{.name = "id", .nullable = false},
                     {.name = "code", .type = T::Category, .categories = {"a", "b"}}},
                    {make_column<std::int32_t>(T::Int32, ids), make_category_column(codes, texts)});
}

std::vector<std::string> joined_cells(const Frame& a, const Frame& b, std::size_t column) {
  auto all = cells(a.columns[column]);
  for (auto& cell : cells(b.columns[column])) all.push_back(std::move(cell));
  return all;
}

TEST(ParquetConcat, EqualsThePartsInOrder) {
  const ScratchFolder folder;
  const auto first = part(0, 250, {"a", "b"});
  const auto second = part(1000, 70, {"b", "c", "a"});
  write_parquet(folder / "1.parquet", first, {{"cems.partition", "1"}}, {.row_group_rows = 100})
      .value();
  write_parquet(folder / "2.parquet", second, {{"cems.partition", "2"}},
                {.compression = ParquetCompression::Zstd})
      .value();
  const auto info = concat_parquet({folder / "1.parquet", folder / "2.parquet"},
                                   folder / "all.parquet", {{"cems.rows", "320"}})
                        .value();
  EXPECT_EQ(info.rows, 320);
  EXPECT_EQ(info.row_groups, 4);

  auto reader = ParquetReader::open(folder / "all.parquet").value();
  EXPECT_EQ(reader.row_group_rows(2), 50);
  EXPECT_EQ(reader.row_group_rows(3), 70);
  EXPECT_EQ(reader.metadata(), (FileMetadata{{"table", "sample"}, {"cems.rows", "320"}}));
  const auto got = reader.read_all().value();
  EXPECT_EQ(cells(got.columns[0]), joined_cells(first, second, 0));
  EXPECT_EQ(cells(got.columns[1]), joined_cells(first, second, 1));
  EXPECT_EQ(*got.columns[1].dictionary, (Dictionary{"a", "b", "c"}));
}

TEST(ParquetConcat, OnePartIsTheSameFile) {
  const ScratchFolder folder;
  write_parquet(folder / "1.parquet", part(0, 250, {"a"}), {}, {.row_group_rows = 100}).value();
  concat_parquet({folder / "1.parquet"}, folder / "2.parquet").value();
  EXPECT_EQ(read_file(folder / "1.parquet").value(), read_file(folder / "2.parquet").value());
}

TEST(ParquetConcat, RefusesOtherSchemas) {
  const ScratchFolder folder;
  const auto message = [&](Field field) {
    auto column = Column::make(field.type);
    write_parquet(folder / "b", make_frame({field}, {column})).value();
    return concat_parquet({folder / "a", folder / "b"}, folder / "all").error().message;
  };
  const auto expected = [&](const std::string& column, const std::string& what) {
    return (folder / "b").string() + ": column " + column + " differs from that of " +
           (folder / "a").string() + " in its " + what + "; only files of one schema can be joined";
  };
  write_parquet(folder / "a", make_frame({{.name = "x", .unit = "MW"}}, {Column::make(T::Int32)}))
      .value();
  EXPECT_EQ(message({.name = "y", .unit = "MW"}), expected("y", "name"));
  EXPECT_EQ(message({.name = "x", .type = T::Int64, .unit = "MW"}), expected("x", "type"));
  EXPECT_EQ(message({.name = "x", .nullable = false, .unit = "MW"}), expected("x", "nullability"));
  EXPECT_EQ(message({.name = "x", .unit = "lb"}), expected("x", "unit"));
  EXPECT_FALSE(std::filesystem::exists(folder / "all"));
  EXPECT_EQ(folder.files().size(), 2U);
}

TEST(ParquetConcat, NamesInputsThatCannotBeRead) {
  const ScratchFolder folder;
  EXPECT_EQ(concat_parquet({}, folder / "all").error().message,
            "there are no files to join into " + (folder / "all").string());
  EXPECT_EQ(concat_parquet({folder / "gone"}, folder / "all").error().message,
            "there is no file " + (folder / "gone").string());
  write_file_atomically(folder / "bad", "not a table").value();
  const auto error = concat_parquet({folder / "bad"}, folder / "all").error();
  EXPECT_EQ(error.code, ErrorCode::Corrupt);
  EXPECT_NE(error.message.find((folder / "bad").string()), std::string::npos);
}

}  // namespace
}  // namespace penstock
