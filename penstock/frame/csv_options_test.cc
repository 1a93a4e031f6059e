// Every option of CSV files, over generated input, against a reader that was written on its own.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "penstock/base/text.h"
#include "penstock/frame/csv.h"

namespace penstock {
namespace {

using Random = std::mt19937;

std::string pick(Random& random, std::initializer_list<const char*> texts) {
  return texts.begin()[random() % texts.size()];
}

/// A table of texts, as it is meant, and how it is spelled in a file.
struct Generated {
  std::vector<std::vector<std::string>> rows;  ///< the first is the header
  std::string file;
};

std::string spelled(Random& random, const std::string& text) {
  const bool must = text.find_first_of("\",\r\n") != text.npos;
  if (!must && random() % 3 != 0) return text;
  std::string cell = "\"";
  for (const char c : text) cell.append(c == '"' ? 2 : 1, c);
  return cell + "\"";
}

Generated generate(Random& random, std::size_t columns) {
  Generated made;
  std::vector<std::string> header;
  for (std::size_t i = 0; i < columns; ++i)
    header.push_back(pick(random, {"", " ", "\t "}) + "c" + std::to_string(i) +
                     pick(random, {"", " ", "  "}));
  made.rows.push_back(header);
  for (auto rows = random() % 20; rows > 0; --rows) {
    auto& row = made.rows.emplace_back();
    for (std::size_t i = 0; i < columns; ++i)
      row.push_back(pick(random, {"", " ", "NA", " NA ", "x", "say \"no\"", "\"", "\"\"", "a,b",
                                  "1.5", " 2", "two\nlines", "ü"}));
  }
  for (const auto& row : made.rows) {
    for (std::size_t i = 0; i < columns; ++i)
      made.file += (i == 0 ? "" : ",") + spelled(random, row[i]);
    made.file += pick(random, {"\n", "\r\n"});
  }
  return made;
}

std::string trimmed(const std::string& text, bool trim) {
  const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  if (!trim) return text;
  return first == text.npos ? "" : text.substr(first, last - first + 1);
}

struct Options {
  bool trim = false;
  std::vector<std::string> null_texts = {};
  std::size_t batch_rows = 1;
};

/// What a table means under the options: cells, `-` where they are null.
std::string meaning(const Generated& made, const Options& options) {
  std::string shown;
  for (std::size_t row = 1; row < made.rows.size(); ++row)
    for (const auto& cell : made.rows[row]) {
      const auto text = trimmed(cell, options.trim);
      bool is_null = false;
      for (const auto& null : options.null_texts)
        is_null = is_null || trimmed(null, options.trim) == text;
      shown += (is_null ? "-" : "[" + text + "]") + "|";
    }
  return shown;
}

std::string reading(const Generated& made, const Options& options, DataType type) {
  CsvSpec spec{.trim = options.trim};
  for (const auto& name : made.rows[0])
    spec.columns.push_back({.name = options.trim ? trimmed(name, true) : name,
                            .type = type,
                            .null_texts = options.null_texts});
  auto reader = CsvReader::open(std::make_unique<MemorySource>(made.file), spec,
                                {.shown_name = "x.csv", .batch_rows = options.batch_rows});
  if (!reader.ok()) return reader.error().message;
  std::string shown;
  CsvBatch batch;
  for (;;) {
    const auto more = reader->next(batch);
    if (!more.ok()) return more.error().message;
    if (!*more) return shown;
    for (std::int64_t row = 0; row < batch.rows; ++row)
      for (const auto& column : batch.columns)
        shown += (column.is_null(row) ? "-" : fmt::format("[{}]", column.text(row))) + "|";
  }
}

TEST(CsvOptionsTest, TrimAndNullTextsAgreeWithASimpleReader) {
  Random random(97);
  for (int round = 0; round < 3000; ++round) {
    const auto made = generate(random, 1 + random() % 4);
    Options options{.trim = random() % 2 == 0, .batch_rows = 1 + random() % 9};
    for (const auto* text : {"", "NA", " NA ", "\"", "say \"no\"", "a,b", "two\nlines", " "})
      if (random() % 3 == 0) options.null_texts.emplace_back(text);
    for (const auto type : {DataType::Text, DataType::Category})
      ASSERT_EQ(reading(made, options, type), meaning(made, options)) << made.file;
  }
}

std::string read_one(CsvColumn column, const std::string& file, CsvOptions options = {}) {
  options.shown_name = "x.csv";
  auto reader =
      CsvReader::open(std::make_unique<MemorySource>(file), {{std::move(column)}}, options);
  if (!reader.ok()) return reader.error().message;
  CsvBatch batch;
  std::int64_t rows = 0;
  for (;;) {
    const auto more = reader->next(batch);
    if (!more.ok()) return more.error().message;
    if (!*more) return std::to_string(rows) + " rows";
    rows += batch.rows;
  }
}

TEST(CsvOptionsTest, RowsAreBoundedToTheByte) {
  for (const std::size_t most : {1u, 5u, 1000u, 140'000u, 300'000u})
    for (const int more : {-1, 0, 1, 100'000}) {
      const auto size = std::size_t(int(most) + more);
      if (size == 0) continue;
      const auto bound =
          fmt::format("a row of more than {} (max_row_bytes); is a quote not closed?",
                      format_bytes(most));
      for (const auto* before : {"", "y\n", "y\ny\n"}) {
        const auto file = "a\n" + std::string(before) + std::string(size, 'x') + "\nz\n";
        const auto lines = std::ranges::count(std::string_view(before), 'y');
        EXPECT_EQ(read_one({.name = "a"}, file, {.max_row_bytes = most}),
                  more > 0 ? fmt::format("x.csv line {}: {}", lines + 2, bound)
                           : fmt::format("{} rows", lines + 2))
            << most << " " << size;
      }
      EXPECT_EQ(read_one({.name = std::string(size, 'h')}, std::string(size, 'h') + "\nz\n",
                         {.max_row_bytes = most}),
                more > 0 ? "x.csv line 1: " + bound : "1 rows");
    }
}

TEST(CsvOptionsTest, RefusesOptionsThatMeanNothing) {
  EXPECT_EQ(read_one({.name = "a"}, "a\n1\n", {.batch_rows = 0}),
            "x.csv: batch_rows is 0; expected at least 1");
  EXPECT_EQ(read_one({.name = "a"}, "a\n1\n", {.max_row_bytes = 0}),
            "x.csv: max_row_bytes is 0; expected 1 to 1073741824");
  EXPECT_EQ(read_one({.name = "a"}, "a\n1\n", {.max_row_bytes = ~std::size_t(0)}),
            "x.csv: max_row_bytes is 18446744073709551615; expected 1 to 1073741824");
}

TEST(CsvOptionsTest, AnAbsentColumnMustBeNullable) {
  EXPECT_EQ(read_one({.name = "b", .required = false, .nullable = false}, "a\n1\n"),
            "x.csv: no column for b, which must have a value in each row; accepted: \"b\"");
  EXPECT_EQ(read_one({.name = "b", .required = false}, "a\n1\n"), "1 rows");
}

TEST(CsvOptionsTest, NumbersThatATypeCannotHoldAreErrors) {
  const auto error = [](DataType type, const std::string& cell) {
    return read_one({.name = "a", .type = type}, "a\n" + cell + "\n");
  };
  for (const auto* cell : {"1e39", "-1e39", "3.5e38", "1e308"})
    EXPECT_EQ(error(DataType::Float32, cell),
              fmt::format("x.csv line 2, a: \"{}\" is not a number that a float32 can hold", cell));
  for (const auto* cell : {"3.4e38", "-3.4e38", "1e-50", "0"})
    EXPECT_EQ(error(DataType::Float32, cell), "1 rows") << cell;
  EXPECT_EQ(error(DataType::Float64, "1e39"), "1 rows");
  EXPECT_EQ(error(DataType::Float64, "1e400"), "x.csv line 2, a: \"1e400\" is not a number");
  EXPECT_EQ(error(DataType::Int32, "2147483648"),
            "x.csv line 2, a: \"2147483648\" is not an integer");
}

}  // namespace
}  // namespace penstock
