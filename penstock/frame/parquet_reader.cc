#include "penstock/frame/parquet_reader.h"

#include <arrow/memory_pool.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "penstock/frame/detail/arrow_column.h"
#include "penstock/frame/detail/parquet_footer.h"

namespace penstock {
namespace {

using detail::guarded;

template <class T>
Result<T> unwrap(const std::filesystem::path& path, arrow::Result<T> result) {
  if (!result.ok()) return detail::damaged(path, result.status().message());
  return std::move(result).ValueUnsafe();
}

// The texts of a dictionary page, which are PLAIN: a length, then bytes.
std::vector<std::string> page_texts(const parquet::Page& page, std::int32_t count) {
  std::vector<std::string> texts;
  const char* at = reinterpret_cast<const char*>(page.data());
  const char* end = at + page.size();
  for (std::int32_t i = 0; i < count && end - at >= 4; ++i) {
    std::uint32_t length = 0;
    std::memcpy(&length, at, 4);
    at += 4;
    if (std::size_t(end - at) < length) break;
    texts.emplace_back(at, length);
    at += length;
  }
  return texts;
}

std::vector<std::string> first_dictionary(parquet::ParquetFileReader& file, int column) {
  if (file.metadata()->num_row_groups() == 0) return {};
  const auto pages = file.RowGroup(0)->GetColumnPageReader(column);
  const auto page = pages->NextPage();
  if (!page || page->type() != parquet::PageType::DICTIONARY_PAGE) return {};
  return page_texts(*page, static_cast<const parquet::DictionaryPage&>(*page).num_values());
}

}  // namespace

class ParquetReader::Impl {
 public:
  static Result<std::unique_ptr<Impl>> open(std::filesystem::path path) {
    auto impl = std::make_unique<Impl>();
    impl->path_ = std::move(path);
    auto properties = parquet::default_reader_properties();
    properties.set_page_checksum_verification(true);
    auto file =
        parquet::ParquetFileReader::OpenFile(impl->path_.string(), /*memory_map=*/true, properties);
    impl->reader_ =
        PENSTOCK_TRY(unwrap(impl->path_, parquet::arrow::FileReader::Make(
                                             arrow::default_memory_pool(), std::move(file))));
    PENSTOCK_TRY(impl->read_schema());
    return impl;
  }

  Result<Frame> read(const std::vector<int>& groups, const std::vector<std::string>& names) {
    return guarded(path_, [&]() -> Result<Frame> {
      const auto positions = PENSTOCK_TRY(positions_of(names));
      const auto table = PENSTOCK_TRY(unwrap(path_, reader_->ReadRowGroups(groups, positions)));
      return frame_of(*table, positions, names.empty());
    });
  }

  int row_groups() const { return footer().num_row_groups(); }
  const parquet::FileMetaData& footer() const { return *reader_->parquet_reader()->metadata(); }
  const std::filesystem::path& path() const { return path_; }
  const std::shared_ptr<const Schema>& schema() const { return schema_; }
  const FileMetadata& metadata() const { return metadata_; }

 private:
  Status read_schema() {
    std::shared_ptr<arrow::Schema> fields;
    if (const auto status = reader_->GetSchema(&fields); !status.ok())
      return detail::damaged(path_, status.message());
    metadata_ = detail::file_metadata(footer());
    auto schema = PENSTOCK_TRY(detail::table_schema(*fields, metadata_));
    for (std::size_t i = 0; i < schema.fields.size(); ++i)
      if (schema.fields[i].type == DataType::Category)
        schema.fields[i].categories = first_dictionary(*reader_->parquet_reader(), int(i));
    schema_ = std::make_shared<const Schema>(std::move(schema));
    return {};
  }

  Result<std::vector<int>> positions_of(const std::vector<std::string>& names) const {
    std::vector<int> positions(names.size());
    if (names.empty()) {
      positions.resize(schema_->fields.size());
      std::iota(positions.begin(), positions.end(), 0);
      return positions;
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto at = schema_->find(names[i]);
      if (!at)
        return make_error(ErrorCode::NotFound, fmt::format("there is no column {}", names[i]));
      positions[i] = int(*at);
      if (std::find(names.begin(), names.begin() + std::ptrdiff_t(i), names[i]) !=
          names.begin() + std::ptrdiff_t(i))
        return make_error(ErrorCode::InvalidData,
                          fmt::format("column {} is requested twice", names[i]));
    }
    return positions;
  }

  std::shared_ptr<const Schema> schema_of(const std::vector<int>& positions, bool all) const {
    if (all) return schema_;
    auto part = std::make_shared<Schema>(*schema_);
    part->fields.clear();
    for (const auto position : positions)
      part->fields.push_back(schema_->fields[std::size_t(position)]);
    // Rows are neither unique by a part of the key nor, without its first columns, sorted by it.
    const auto is_read = [&](const std::string& name) { return part->find(name).has_value(); };
    if (!std::ranges::all_of(part->primary_key, is_read)) part->primary_key.clear();
    return part;
  }

  Result<Frame> frame_of(const arrow::Table& table, const std::vector<int>& positions,
                         bool all) const {
    Frame frame;
    frame.schema = schema_of(positions, all);
    frame.rows = table.num_rows();
    for (const auto& field : frame.schema->fields) {
      const auto array = table.GetColumnByName(field.name);
      if (!array) return detail::damaged(path_, "column " + field.name + " was not read");
      frame.columns.push_back(PENSTOCK_TRY(detail::from_arrow_array(field, *array)));
    }
    PENSTOCK_TRY(frame.validate());
    return frame;
  }

  std::filesystem::path path_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<const Schema> schema_;
  FileMetadata metadata_;
};

ParquetReader::ParquetReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ParquetReader::ParquetReader(ParquetReader&& other) noexcept = default;
ParquetReader& ParquetReader::operator=(ParquetReader&& other) noexcept = default;
ParquetReader::~ParquetReader() = default;

Result<ParquetReader> ParquetReader::open(std::filesystem::path path) {
  if (!std::filesystem::exists(path))
    return make_error(ErrorCode::NotFound, fmt::format("there is no file {}", path.string()));
  auto impl = PENSTOCK_TRY(guarded(path, [&] { return Impl::open(path); }));
  return ParquetReader(std::move(impl));
}

const std::shared_ptr<const Schema>& ParquetReader::schema() const { return impl_->schema(); }
const FileMetadata& ParquetReader::metadata() const { return impl_->metadata(); }
std::int64_t ParquetReader::rows() const { return impl_->footer().num_rows(); }
int ParquetReader::row_groups() const { return impl_->row_groups(); }

std::int64_t ParquetReader::row_group_rows(int group) const {
  PENSTOCK_CHECK(group >= 0 && group < row_groups(), "no such row group");
  return impl_->footer().RowGroup(group)->num_rows();
}

Result<Frame> ParquetReader::read_row_group(int group, const std::vector<std::string>& columns) {
  if (group < 0 || group >= row_groups())
    return make_error(ErrorCode::NotFound,
                      fmt::format("{} has {} row groups, there is no number {}",
                                  impl_->path().string(), row_groups(), group));
  return impl_->read({group}, columns);
}

Result<Frame> ParquetReader::read_all(const std::vector<std::string>& columns) {
  std::vector<int> groups(static_cast<std::size_t>(row_groups()));
  std::iota(groups.begin(), groups.end(), 0);
  return impl_->read(groups, columns);
}

Result<Frame> read_parquet(const std::filesystem::path& path,
                           const std::vector<std::string>& columns) {
  auto reader = PENSTOCK_TRY(ParquetReader::open(path));
  return reader.read_all(columns);
}

}  // namespace penstock
