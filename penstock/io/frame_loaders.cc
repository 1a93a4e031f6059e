#include "penstock/io/frame_loaders.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/byte_source.h"
#include "penstock/base/file_name.h"
#include "penstock/base/files.h"
#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/frame/csv.h"
#include "penstock/frame/number.h"
#include "penstock/frame/parquet_reader.h"

namespace penstock {
namespace {

std::unique_ptr<ByteSource> source_of(std::string_view text) {
  return std::make_unique<MemorySource>(MemorySource::view(text));
}

// Whole files are read as one batch, so that no row is copied twice.
CsvOptions options_for(std::string_view text, const CsvSource& source) {
  return {.shown_name = source.path.string(),
          .batch_rows = std::size_t(std::ranges::count(text, '\n')) + 1};
}

// `007` is a name, `0.7` and `-7` are numbers.
bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kShape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-') return false;
  const auto number = [&](std::size_t at, std::size_t size) {
    return int(*parse_int(text.substr(at, size)));
  };
  return days_from_date(number(0, 4), number(5, 2), number(8, 2)).has_value();
}

// Ids of many digits are names: a float would round them, and so are numbers like `+49301234567`,
// which would lose their sign.
bool is_exact_integer(std::string_view text) {
  if (text.starts_with('+')) return false;
  const auto value = parse_int(text);
  constexpr std::int64_t kExact = std::int64_t(1) << 53;
  return value && *value >= -kExact && *value <= kExact;
}

bool is_spelled_as_integer(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

bool fits(DataType type, std::string_view text) {
  if (type == DataType::Text) return true;
  if (type == DataType::Date) return is_date(text);
  if (has_leading_zero(text)) return false;
  if (type == DataType::Int64) return !text.starts_with('+') && parse_int(text).has_value();
  return is_spelled_as_integer(text) ? is_exact_integer(text) : parse_double(text).has_value();
}

bool all_fit(DataType type, const Column& cells) {
  for (std::int64_t i = 0; i < cells.size(); ++i)
    if (!cells.is_null(i) && !fits(type, cells.text(i))) return false;
  return true;
}

DataType infer(const Column& cells) {
  if (cells.null_count == cells.size()) return DataType::Text;
  for (const auto type : {DataType::Int64, DataType::Float64, DataType::Date})
    if (all_fit(type, cells)) return type;
  return DataType::Text;
}

Result<CsvBatch> read_batch(std::string_view text, const CsvSource& source, CsvSpec spec) {
  auto reader = PENSTOCK_TRY(
      CsvReader::open(source_of(text), std::move(spec), options_for(text, source)));
  CsvBatch batch;
  PENSTOCK_TRY(reader.next(batch));
  return batch;
}

// The file's columns with the types that are declared; Text for those that are not.
Result<CsvSpec> declared_spec(std::string_view text, const CsvSource& source) {
  CsvSpec spec{.trim = source.trim};
  const auto choose = [&](const std::vector<std::string>& header) -> Result<CsvSpec> {
    std::vector<std::string> names;
    for (const auto& name : header)
      names.emplace_back(source.trim ? trim(name) : std::string_view(name));
    for (const auto& name : names) {
      const auto declared = source.columns.find(name);
      spec.columns.push_back(
          {.name = name,
           .type = declared == source.columns.end() ? DataType::Text : declared->second,
           .null_texts = source.null_texts});
    }
    for (const auto& [name, type] : source.columns)
      if (std::ranges::find(names, name) == names.end())
        return make_error(ErrorCode::InvalidData,
                          fmt::format("{} has no column {}; it has {}", source.path.string(),
                                      quote(name), join(names, ", ")));
    return spec;
  };
  PENSTOCK_TRY(CsvReader::open_by_header(source_of(text), choose, options_for(text, source)));
  return spec;
}

}  // namespace

std::vector<std::pair<DataType, std::string_view>> config_names(DataType) {
  std::vector<std::pair<DataType, std::string_view>> names;
  for (const auto type : {DataType::Bool, DataType::Int32, DataType::Int64, DataType::Float32,
                          DataType::Float64, DataType::Text, DataType::Category, DataType::Date})
    names.emplace_back(type, to_string(type));
  return names;
}

void CsvSource::describe(ConfigSchema<CsvSource>& s) {
  s.field("path", &CsvSource::path).describe("file whose first line names the columns").required();
  s.field("columns", &CsvSource::columns).describe("types by column; others are inferred");
  s.field("null_texts", &CsvSource::null_texts).describe("cells that mean null");
  s.field("trim", &CsvSource::trim).describe("ignore blanks around cells");
}

void ColumnarSource::describe(ConfigSchema<ColumnarSource>& s) {
  s.field("path", &ColumnarSource::path).describe("the file").required();
  s.field("columns", &ColumnarSource::columns).describe("columns to read; none: all");
}

std::string detail::table_name(const std::filesystem::path& path) {
  auto name = path.stem().string();
  return is_utf8(name) ? name : file_name(name);
}

Result<Frame> load_csv(const CsvSource& source) {
  const auto text = PENSTOCK_TRY(read_file(source.path));
  auto spec = PENSTOCK_TRY(declared_spec(text, source));
  const bool infers = spec.columns.size() > source.columns.size();
  auto batch = PENSTOCK_TRY(read_batch(text, source, spec));
  if (infers) {
    for (std::size_t i = 0; i < spec.columns.size(); ++i)
      if (!source.columns.contains(spec.columns[i].name))
        spec.columns[i].type = infer(batch.columns[i]);
    batch = PENSTOCK_TRY(read_batch(text, source, spec));
  }
  auto schema = std::make_shared<Schema>();
  schema->name = detail::table_name(source.path);
  for (const auto& column : spec.columns)
    schema->fields.push_back({.name = column.name, .type = column.type});
  Frame frame{std::move(schema), std::move(batch.columns), batch.rows};
  if (auto sound = frame.validate(); !sound.ok())
    return std::move(sound).error().within(source.path.string());
  return frame;
}

Result<Frame> load_parquet(const ColumnarSource& source) {
  return read_parquet(source.path, source.columns);
}

void add_frame_loaders(DefinitionsBuilder& defs) {
  defs.loader<Frame>("csv", &load_csv).describe("a CSV file");
  defs.loader<Frame>("parquet", &load_parquet).describe("a Parquet file");
  defs.loader<Frame>("arrow", &load_arrow).describe("an Arrow IPC file or stream");
}

}  // namespace penstock
