#include "penstock/frame/csv.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "penstock/base/text.h"

namespace penstock {
namespace {

/// Gives a text in pieces of at most `step` bytes.
class DrippingSource final : public ByteSource {
 public:
  DrippingSource(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t size = text_.copy(into.data(), std::min(into.size(), step_), at_);
    at_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t step_, at_ = 0;
};

CsvColumn text(const std::string& name) { return {.name = name}; }
CsvColumn number(const std::string& name) { return {.name = name, .type = DataType::Float64}; }

std::string show_value(const Column& column, std::int64_t row) {
  if (column.is_null(row)) return "-";
  const auto at = std::size_t(row);
  switch (column.type) {
    case DataType::Bool:
      return column.get<std::uint8_t>()[at] ? "true" : "false";
    case DataType::Int32:
    case DataType::Date:
      return fmt::format("{}", column.get<std::int32_t>()[at]);
    case DataType::Int64:
      return fmt::format("{}", column.get<std::int64_t>()[at]);
    case DataType::Float32:
      return fmt::format("{}", column.get<float>()[at]);
    case DataType::Float64:
      return fmt::format("{}", column.get<double>()[at]);
    default:
      return std::string(column.text(row));
  }
}

struct Reading {
  std::string shown;  ///< `a|b;c|d;` row by row, or `kind: message`
  std::vector<std::string> ignored;
  std::int64_t rows = 0;
};

Reading read(CsvReader& reader) {
  Reading reading;
  CsvBatch batch;
  for (;;) {
    const auto more = reader.next(batch);
    if (!more.ok()) {
      reading.shown = more.error().kind + ": " + more.error().message;
      return reading;
    }
    if (!*more) break;
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      for (std::size_t i = 0; i < batch.columns.size(); ++i) {
        EXPECT_EQ(batch.columns[i].size(), batch.rows);
        reading.shown += (i == 0 ? "" : "|") + show_value(batch.columns[i], row);
      }
      reading.shown += ";";
    }
  }
  reading.rows = reader.rows();
  reading.ignored = reader.ignored_columns();
  return reading;
}

/// Read a file in one way after another; all must tell the same.
std::string read(const std::string& file, const CsvSpec& spec) {
  std::optional<std::string> first;
  for (const std::size_t step : {std::size_t(1) << 20, std::size_t(1), std::size_t(7)}) {
    for (const std::size_t batch_rows : {std::size_t(8192), std::size_t(1), std::size_t(3)}) {
      for (const auto kernel : {best_scan_kernel(), ScanKernel::Portable}) {
        CsvOptions options{.shown_name = "x.csv", .batch_rows = batch_rows, .kernel = kernel};
        auto reader = CsvReader::open(std::make_unique<DrippingSource>(file, step), spec, options);
        const std::string shown =
            reader.ok() ? read(*reader).shown : reader.error().kind + ": " + reader.error().message;
        if (!first) first = shown;
        EXPECT_EQ(shown, *first) << step << " bytes a read, " << batch_rows << " rows a batch";
      }
    }
  }
  return *first;
}

std::string read_texts(const std::string& file) { return read(file, {{text("a"), text("b")}}); }

TEST(CsvTest, ReadsQuotedAndBareCells) {
  EXPECT_EQ(read_texts("a,b\n1,2\n\"3\",4\n"), "1|2;3|4;");
  EXPECT_EQ(read_texts("\"a\",\"b\"\r\n\"Rathdrum Power, LLC\",\"say \"\"no\"\"\"\r\n"),
            "Rathdrum Power, LLC|say \"no\";");
  EXPECT_EQ(read_texts("a,b\n\"one\ntwo\",\"\r\n\"\n"), "one\ntwo|\r\n;");
  EXPECT_EQ(read_texts("a,b\n\"\"\"\",\"\"\"x\"\"\"\n"), "\"|\"x\";");
  EXPECT_EQ(read_texts("a,b\n 1 ,\t\n"), " 1 |\t;");
  EXPECT_EQ(read_texts("a,b\nunix\r,dos\r\r\n"), "unix\r|dos\r;");
}

TEST(CsvTest, TakesEveryKindOfLineEnd) {
  for (const char* file :
       {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\r\n3,4", "a,b\r\n1,2\n3,\"4\"",
        "\xEF\xBB\xBF"
        "a,b\n1,2\n3,4\n",
        "a,b\n1,2\n3,4\n\n", "a,b\n1,2\n3,4\r\n\r\n\n\r\n"})
    EXPECT_EQ(read_texts(file), "1|2;3|4;") << file;
}

TEST(CsvTest, GivesNoRowsForAHeaderAlone) {
  for (const char* file : {"a,b", "a,b\n", "\"a\",\"b\"\r\n", "a,b\n\n"})
    EXPECT_EQ(read_texts(file), "");
}

TEST(CsvTest, ReadsEmptyCellsAsNull) {
  EXPECT_EQ(read_texts("a,b\n,\"\"\n\"\",x\nx,\n"), "-|-;-|x;x|-;");
  CsvSpec spec{{{.name = "a", .null_texts = {"NA", "."}},
                {.name = "b", .type = DataType::Float64, .null_texts = {"", "NA"}}}};
  EXPECT_EQ(read("a,b\n,1\nNA,\n.,NA\n", spec), "|1;-|-;-|-;");
}

TEST(CsvTest, FindsColumnsByNameAndSkipsTheRest) {
  CsvSpec spec{{number("z"), text("a")}};
  EXPECT_EQ(read("a,junk,z\nx,\"1,2\",3\n", spec), "3|x;");
  auto reader = CsvReader::open(std::make_unique<MemorySource>("a,junk,z,A\nx,,3,\n"), spec);
  const auto reading = read(*reader);
  EXPECT_EQ(reading.ignored, (std::vector<std::string>{"junk", "A"}));
  EXPECT_EQ(reading.rows, 1);
  EXPECT_TRUE(reader->has_column(0));
}

TEST(CsvTest, ReadsAnAbsentOptionalColumnAsNull) {
  CsvSpec spec{{text("a")}};
  for (const auto type : {DataType::Int32, DataType::Text, DataType::Category, DataType::Float64})
    spec.columns.push_back(
        {.name = fmt::format("absent{}", int(type)), .type = type, .required = false});
  EXPECT_EQ(read("a\n1\n2\n", spec), "1|-|-|-|-;2|-|-|-|-;");
  auto reader = CsvReader::open(std::make_unique<MemorySource>("a\n1\n"), spec);
  EXPECT_FALSE(reader->has_column(1));
}

TEST(CsvTest, ReadsEveryType) {
  CsvSpec spec{{{.name = "b", .type = DataType::Bool},
                {.name = "i", .type = DataType::Int32},
                {.name = "l", .type = DataType::Int64},
                {.name = "f", .type = DataType::Float32},
                {.name = "d", .type = DataType::Float64},
                {.name = "t", .type = DataType::Text},
                {.name = "c", .type = DataType::Category},
                {.name = "day", .type = DataType::Date, .date_format = "%m-%d-%Y"}}};
  EXPECT_EQ(read("b,i,l,f,d,t,c,day\n"
                 "true,-5,12345678901,0.1,-1.67E+07,\"x, y\",red,01-31-2017\n"
                 "0,2147483647,-1,.019,26439.7,,blue,1-5-2020\n",
                 spec),
            "true|-5|12345678901|0.1|-16700000|x, y|red|17197;"
            "false|2147483647|-1|0.019|26439.7|-|blue|18266;");
}

TEST(CsvTest, KeepsIndicesOfCategoriesOverBatches) {
  CsvSpec spec{{{.name = "c", .type = DataType::Category, .dictionary = {"known", "other"}}}};
  auto reader = CsvReader::open(
      std::make_unique<MemorySource>("c\nnew\nknown\nnew\n\"a \"\"b\"\"\"\nother\n"), spec,
      {.batch_rows = 2});
  std::vector<std::int32_t> indices;
  std::vector<std::shared_ptr<const Dictionary>> dictionaries;
  CsvBatch batch;
  while (reader->next(batch).value()) {
    for (const auto index : batch.columns[0].get<std::int32_t>()) indices.push_back(index);
    dictionaries.push_back(batch.columns[0].dictionary);
  }
  EXPECT_EQ(indices, (std::vector<std::int32_t>{2, 0, 2, 3, 1}));
  EXPECT_EQ(*dictionaries[0], (Dictionary{"known", "other", "new"}));
  EXPECT_EQ(*dictionaries[2], (Dictionary{"known", "other", "new", "a \"b\""}));
}

TEST(CsvTest, LeavesOutTheValidityOfColumnsWithoutNulls) {
  auto reader =
      CsvReader::open(std::make_unique<MemorySource>("a,b\n1,\n2,x\n"), {{text("a"), text("b")}});
  CsvBatch batch;
  ASSERT_TRUE(reader->next(batch).value());
  EXPECT_TRUE(batch.columns[0].validity.empty());
  EXPECT_EQ(batch.columns[1].null_count, 1);
  EXPECT_EQ(batch.columns[1].validity, (Buffer<std::uint8_t>{2}));
  EXPECT_EQ(batch.first_line, 2);
}

TEST(CsvTest, ReusesTheBuffersOfABatch) {
  std::string file = "a,b\n";
  for (int i = 0; i < 5000; ++i) file += fmt::format("{},text {}\n", i, i % 10);
  auto reader = CsvReader::open(std::make_unique<MemorySource>(file), {{number("a"), text("b")}},
                                {.batch_rows = 500});
  CsvBatch batch;
  ASSERT_TRUE(reader->next(batch).value());
  ASSERT_TRUE(reader->next(batch).value());
  const auto* const values = batch.columns[0].get<double>().data();
  while (reader->next(batch).value()) EXPECT_EQ(batch.columns[0].get<double>().data(), values);
}

TEST(CsvTest, ChoosesTheSpecByTheHeader) {
  const auto choose = [](const std::vector<std::string>& header) -> Result<CsvSpec> {
    if (header.at(0) == "Bulk") return CsvSpec{{{.name = "id", .spellings = {"Bulk"}}}};
    return make_error(ErrorCode::InvalidData, "neither dialect", "header_invalid");
  };
  auto reader = CsvReader::open_by_header(std::make_unique<MemorySource>("Bulk\n7\n"), choose);
  EXPECT_EQ(read(*reader).shown, "7;");
  EXPECT_EQ(reader->spec().columns[0].name, "id");
  EXPECT_EQ(reader->header(), (std::vector<std::string>{"Bulk"}));
  EXPECT_EQ(
      CsvReader::open_by_header(std::make_unique<MemorySource>("x\n"), choose).error().message,
      "neither dialect");
}

TEST(CsvTest, TrimsBlanksWhereAsked) {
  CsvSpec spec{{text("a"), number("b c")}, true};
  EXPECT_EQ(read("a, b c\n x , 1.5\n , 2 \n", spec), "x|1.5;-|2;");
}

TEST(CsvTest, RefusesHeadersThatDoNotFit) {
  CsvSpec spec{{{.name = "HEAT_INPUT", .spellings = {"HEAT_INPUT (mmBtu)", "HEAT_INPUT"}}}};
  EXPECT_EQ(read("heat_input,x\n", spec),
            "header_invalid: x.csv: no column for HEAT_INPUT; accepted: \"HEAT_INPUT (mmBtu)\", "
            "\"HEAT_INPUT\"");
  EXPECT_EQ(read("HEAT_INPUT,x,HEAT_INPUT (mmBtu)\n", spec),
            "header_invalid: x.csv: 2 columns for HEAT_INPUT: \"HEAT_INPUT\", \"HEAT_INPUT "
            "(mmBtu)\"; expected one");
  EXPECT_EQ(read("HEAT_INPUT,x,HEAT_INPUT\n", spec),
            "header_invalid: x.csv: 2 columns for HEAT_INPUT: \"HEAT_INPUT\", \"HEAT_INPUT\"; "
            "expected one");
  EXPECT_EQ(read("", spec), "header_invalid: x.csv: no header; the file is empty");
  EXPECT_EQ(read("\xEF\xBB\xBF\n", spec),
            "header_invalid: x.csv: no header; the first line is empty");
  EXPECT_EQ(read("HEAT_INPUT,\xff\n", spec), "header_invalid: x.csv: the header is not UTF-8");
  EXPECT_EQ(read("HEAT_INPUT,x\"y\"\n", spec),
            "header_invalid: x.csv: the header has a misplaced quote");
}

TEST(CsvTest, RefusesRowsOfAnotherShape) {
  EXPECT_EQ(read_texts("a,b\n1,2\n3\n"), "row_invalid: x.csv line 3: 1 cells, expected 2");
  EXPECT_EQ(read_texts("a,b\n1,2,3\n4,5\n"), "row_invalid: x.csv line 2: 3 cells, expected 2");
  EXPECT_EQ(read_texts("a,b\n1\n2,3,4\n"), "row_invalid: x.csv line 2: 1 cells, expected 2");
  EXPECT_EQ(read_texts("a,b\n\"1\n\n\",2\n3\n"), "row_invalid: x.csv line 5: 1 cells, expected 2");
  EXPECT_EQ(read_texts("a,b\n1,2\n\n3,4\n"),
            "row_invalid: x.csv line 3: an empty line, expected 2 cells");
  EXPECT_EQ(read_texts("a,b\n1,2,"), "row_invalid: x.csv line 2: 3 cells, expected 2");
}

TEST(CsvTest, RefusesMisplacedQuotes) {
  const std::string tail = " has a misplaced quote; a quote inside of a quoted cell is doubled";
  EXPECT_EQ(read_texts("a,b\n1,2\n3,x\"y\"\n"), "row_invalid: x.csv line 3: cell 2" + tail);
  EXPECT_EQ(read_texts("a,b\n\"1\"x,2\n"), "row_invalid: x.csv line 2: cell 1" + tail);
  EXPECT_EQ(read_texts("a,b\n1,\"2\"\rx\n"), "row_invalid: x.csv line 2: cell 2" + tail);
  EXPECT_EQ(read_texts("a,b\n1,2\n3,\"4\n5,6\n"),
            "row_invalid: x.csv line 3: a quote is opened and never closed");
  EXPECT_EQ(read_texts("a,b\n\"1\n2\",\"\"\"3\n4"),
            "row_invalid: x.csv line 3: a quote is opened and never closed");
}

TEST(CsvTest, RefusesARowThatIsTooLong) {
  auto reader = CsvReader::open(std::make_unique<MemorySource>("a\n\"" + std::string(1000000, 'x')),
                                {{text("a")}}, {.shown_name = "x.csv", .max_row_bytes = 300000});
  EXPECT_EQ(read(*reader).shown,
            "row_invalid: x.csv line 2: a row of more than 293.0 KiB (max_row_bytes); is a quote "
            "not closed?");
}

TEST(CsvTest, ReadsRowsLongerThanItsBuffer) {
  const std::string cell = "\"" + std::string(1000000, 'x') + "\ny\"";
  auto reader = CsvReader::open(std::make_unique<MemorySource>("a,b\n1," + cell + "\n2,z\n,"),
                                {{number("a"), text("b")}});
  const std::string shown = read(*reader).shown;
  EXPECT_EQ(shown.size(), 1000000u + 13);
  EXPECT_TRUE(shown.ends_with("x\ny;2|z;-|-;"));
}

std::string read_one(const CsvColumn& column, const std::string& cell) {
  CsvColumn named = column;
  named.name = "OP_TIME";
  return read("OP_TIME,b\n" + cell + ",\n", {{named}});
}

TEST(CsvTest, RefusesValuesThatDoNotParse) {
  const std::string at = "value_invalid: x.csv line 2, OP_TIME: ";
  const CsvColumn decimal{.name = "", .type = DataType::Float64, .nullable = false};
  EXPECT_EQ(read_one(decimal, "x"), at + "\"x\" is not a number");
  EXPECT_EQ(read_one(decimal, "\"1,5\""), at + "\"1,5\" is not a number");
  EXPECT_EQ(read_one(decimal, "nan"), at + "\"nan\" is not a number");
  EXPECT_EQ(read_one(decimal, " 1"), at + "\" 1\" is not a number");
  EXPECT_EQ(read_one(decimal, "\"a\"\"b\""), at + "\"a\\\"b\" is not a number");
  EXPECT_EQ(read_one(decimal, "\xff"), at + "\"\\xff\" is not a number");
  EXPECT_EQ(read_one(decimal, "\"\""), at + "is empty");
  EXPECT_EQ(read_one({.name = "", .type = DataType::Bool}, "maybe"),
            at + "\"maybe\" is not true or false");
  EXPECT_EQ(read_one({.name = "", .type = DataType::Int32}, "1.5"),
            at + "\"1.5\" is not an integer");
  EXPECT_EQ(read_one({.name = "", .type = DataType::Int32}, "2147483648"),
            at + "\"2147483648\" is not an integer");
  EXPECT_EQ(read_one({.name = "", .type = DataType::Int32, .min = 1, .max = 9}, "10"),
            at + "\"10\" is not an integer from 1 to 9");
  EXPECT_EQ(read_one({.name = "",
                      .type = DataType::Int32,
                      .min = 0,
                      .max = 23,
                      .expected = "an hour from 0 to 23"},
                     "24"),
            at + "\"24\" is not an hour from 0 to 23");
  EXPECT_EQ(read_one({.name = ""}, "\xc3("), at + "\"\\xc3(\" is not UTF-8 text");
  EXPECT_EQ(read_one({.name = "", .type = DataType::Category}, "\xc3("),
            at + "\"\\xc3(\" is not UTF-8 text");
  EXPECT_EQ(read_one({.name = ""}, "caf\xc3\xa9"), "caf\xc3\xa9;");
  EXPECT_EQ(read_one({.name = "", .nullable = false, .null_texts = {"NA"}}, "NA"),
            at + "\"NA\" means no value");
}

TEST(CsvTest, RefusesDatesOfAnotherFormOrThatNeverWere) {
  const CsvColumn date{.name = "", .type = DataType::Date, .date_format = "%m-%d-%Y"};
  const std::string at = "date_invalid: x.csv line 2, OP_TIME: ";
  for (const char* cell : {"2017-01-31", "01-31-17", "01/31/2017", "01-31-2017 ", "1-31-20170",
                           "-1-31-2017", "01-31-"})
    EXPECT_EQ(read_one(date, cell), fmt::format("{}\"{}\" is not MM-DD-YYYY", at, cell));
  EXPECT_EQ(read_one(date, "02-30-2017"),
            at + "\"02-30-2017\" is not MM-DD-YYYY: there is no such day");
  EXPECT_EQ(read_one(date, "13-01-2017"),
            at + "\"13-01-2017\" is not MM-DD-YYYY: there is no such day");
}

TEST(CsvTest, TellsTheFirstBadRowOfAllColumns) {
  CsvSpec spec{{number("a"), number("b"), number("c")}};
  EXPECT_EQ(read("a,b,c\n1,2,3\n4,5,x\n7,y,9\nz,1,2\n", spec),
            "value_invalid: x.csv line 3, c: \"x\" is not a number");
  EXPECT_EQ(read("a,b,c\n1,2,\"3\"\n4,5,x\n7\n", spec),
            "value_invalid: x.csv line 3, c: \"x\" is not a number");
  EXPECT_EQ(read("a,b,c\n\"\n\",2,3\n", spec),
            "value_invalid: x.csv line 2, a: \"\\n\" is not a number");
}

TEST(CsvTest, NamesThePhysicalLine) {
  CsvSpec spec{{text("a"), number("b")}};
  for (const int rows : {60, 30000}) {
    std::string file = "a,b\r\n";
    for (int i = 0; i < rows; ++i) file += i % 3 == 0 ? "\"two\nlines\",1\r\n" : "x,\"2\"\r\n";
    const auto error = [&](const std::string& last) {
      if (rows < 100) return read(file + last, spec);
      auto reader = CsvReader::open(std::make_unique<MemorySource>(file + last), spec,
                                    {.shown_name = "x.csv"});
      return read(*reader).shown;
    };
    const int line = rows + rows / 3 + 2;
    EXPECT_EQ(error("x,bad\r\n"),
              fmt::format("value_invalid: x.csv line {}, b: \"bad\" is not a number", line));
    EXPECT_EQ(error("x\r\n"), fmt::format("row_invalid: x.csv line {}: 1 cells, expected 2", line));
  }
}

TEST(CsvTest, CountsBadValuesThatBecomeNull) {
  CsvSpec spec{{{.name = "a", .type = DataType::Float64, .bad_is_null = true},
                {.name = "b", .bad_is_null = true}}};
  auto reader =
      CsvReader::open(std::make_unique<MemorySource>("a,b\n1,\xff\nx,y\n,\n1e999,z\n"), spec);
  EXPECT_EQ(read(*reader).shown, "1|-;-|y;-|-;-|z;");
  EXPECT_EQ(reader->bad_values(0), 2);
  EXPECT_EQ(reader->bad_values(1), 1);
}

TEST(CsvTest, RepeatsItsErrorAndThatOfItsSource) {
  class Failing final : public ByteSource {
    Result<std::size_t> read(std::span<char> into) override {
      if (++reads_ > 1) return make_error(ErrorCode::Io, "the disk is gone");
      return std::string_view("a\n1\n").copy(into.data(), into.size());
    }
    int reads_ = 0;
  };
  EXPECT_EQ(CsvReader::open(std::make_unique<Failing>(), {{text("a")}}).error().message,
            "the disk is gone");
  auto reader = CsvReader::open(std::make_unique<MemorySource>("a\nx\n"), {{number("a")}});
  CsvBatch batch;
  const auto first = reader->next(batch), second = reader->next(batch);
  EXPECT_EQ(first.error().message, "csv line 2, a: \"x\" is not a number");
  EXPECT_EQ(second.error(), first.error());
}

TEST(CsvTest, RefusesColumnsThatItCannotRead) {
  const auto error_of = [](const CsvColumn& column) {
    return CsvReader::open(std::make_unique<MemorySource>("a\n"), {{column}}).error().message;
  };
  EXPECT_EQ(error_of({.name = "a", .type = DataType::Timestamp}),
            "csv column a: a timestamp cannot be read; read a date, or text");
  EXPECT_EQ(error_of({.name = "a", .type = DataType::Date, .date_format = "%Y-%H"}),
            "csv column a: \"%Y-%H\" is not a date format; expected one each of %Y, %m, %d");
}

TEST(CsvTest, ReadsRowsThatRepeatTheOneBefore) {
  CsvSpec spec{{{.name = "front", .type = DataType::Category},
                number("day"),
                {.name = "back", .type = DataType::Float64, .bad_is_null = true},
                {.name = "last", .type = DataType::Int32}}};
  std::mt19937 random(2017);
  std::string file = "front,day,back,last\n", expected;
  std::string_view front, back, last;
  std::int64_t bad = 0;
  const std::string_view fronts[] = {"red", "blue", ""}, backs[] = {".5", "x", "", "1234"};
  for (int row = 0; row < 300; ++row) {
    if (random() % 10 == 0 || row == 0) front = fronts[random() % 3];
    if (random() % 5 == 0 || row == 0) back = backs[random() % 4], last = random() % 2 ? "7" : "";
    file += fmt::format("{},{},\"{}\",{}\r\n", front, row, back, last);
    const std::string_view shown = back == ".5" ? "0.5" : back == "1234" ? back : "-";
    expected += fmt::format("{}|{}|{}|{};", front.empty() ? "-" : front, row, shown,
                            last.empty() ? "-" : last);
    bad += back == "x";
  }
  EXPECT_EQ(read(file, spec), expected);
  auto reader = CsvReader::open(std::make_unique<MemorySource>(file), spec, {.batch_rows = 100});
  EXPECT_EQ(read(*reader).shown, expected);
  EXPECT_EQ(reader->bad_values(2), bad);
}

/// Reads a file the slow and simple way; nothing when it breaks a rule.
std::optional<std::string> read_simply(const std::string& file, std::size_t cells) {
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool quoted = false, was_quoted = false;
  const auto end_cell = [&] {
    rows.back().push_back(cell.empty() ? "-" : cell);
    cell.clear();
    was_quoted = false;
  };
  for (std::size_t i = 0; i < file.size(); ++i) {
    const char c = file[i];
    if (quoted && c == '"' && i + 1 < file.size() && file[i + 1] == '"')
      cell += file[i++];
    else if (quoted && c == '"')
      quoted = false, was_quoted = true;
    else if (quoted)
      cell += c;
    else if (c == '"' && cell.empty() && !was_quoted)
      quoted = true;
    else if (c == '"')
      return {};
    else if (c == ',')
      end_cell();
    else if (c == '\n')
      end_cell(), rows.emplace_back();
    else if (c == '\r' && (i + 1 == file.size() || file[i + 1] == '\n'))
      continue;
    else if (was_quoted)
      return {};
    else
      cell += c;
  }
  if (quoted) return {};
  end_cell();
  while (rows.size() > 1 && rows.back().size() == 1 && rows.back()[0] == "-") rows.pop_back();
  std::string shown;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() != cells) return {};
    if (i > 0) shown += join(rows[i], "|") + ";";
  }
  return shown;
}

TEST(CsvTest, AgreesWithASimpleReaderOnMutatedFiles) {
  std::mt19937 random(4180);
  const std::string good =
      "\"a\",\"b\"\r\n\"Rathdrum, LLC\",\"01-01-2017\"\r\n\"\",\"\"\r\n1,2\n\"say "
      "\"\"no\"\"\",\n\"x\ny\",.4\r\n";
  int proper = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string file = good;
    for (auto change = random() % 3; change-- > 0;) {
      const std::size_t at = 9 + random() % (file.size() - 9);
      const std::string_view letters = "\",\n\rx";
      const char c = letters[random() % letters.size()];
      if (random() % 3 == 0)
        file.erase(at, 1);
      else if (random() % 2 == 0)
        file.insert(at, 1, c);
      else
        file[at] = c;
    }
    const auto expected = read_simply(file, 2);
    auto reader =
        CsvReader::open(std::make_unique<DrippingSource>(file, 1 + random() % 50),
                        {{text("a"), text("b")}}, {.shown_name = "x.csv", .batch_rows = 2});
    ASSERT_TRUE(reader.ok()) << file;
    const std::string shown = read(*reader).shown;
    if (expected) {
      ++proper;
      ASSERT_EQ(shown, *expected) << file;
    } else {
      ASSERT_TRUE(shown.starts_with("row_invalid: x.csv line ")) << file << "\ngave " << shown;
    }
  }
  EXPECT_GT(proper, 1000);
}

}  // namespace
}  // namespace penstock
