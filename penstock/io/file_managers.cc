#include "penstock/io/file_managers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/checksum.h"
#include "penstock/base/text.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/parquet_reader.h"

namespace penstock {
namespace detail {

Result<OutputFiles> OutputFiles::open(const FilesConfig& config, std::string suffix) {
  auto path = PathTemplate::parse(config.path);
  if (!path.ok()) return std::move(path).error().within("path");
  return OutputFiles(config.folder, *std::move(path), std::move(suffix));
}

Result<std::filesystem::path> OutputFiles::path_of(const OutputContext& output) const {
  auto path = (folder_ / PENSTOCK_TRY(path_.path_of(output))).lexically_normal();
  path += suffix_;
  return path;
}

Result<StoredObject> write_json(const std::filesystem::path& path, const ConfigValue& value) {
  const auto text = to_json(value).dump(2) + "\n";
  PENSTOCK_TRY(write_file_atomically(path, text));
  return StoredObject{path.string(), text.size(), crc64_text(crc64(0, text))};
}

Result<ConfigValue> read_json(const std::filesystem::path& path) {
  const auto text = PENSTOCK_TRY(read_file(path));
  auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return make_error(ErrorCode::Corrupt, path.string() + " is not JSON any more");
  return from_json(json);
}

Error not_json(const ValueType* type) {
  return make_error(ErrorCode::Refused,
                    "this manager does not write values of type " +
                        quote(type != nullptr ? type->name : "nothing") +
                        "; name the type where it is opened: open_json_manager<…>");
}

}  // namespace detail

namespace {

/// Writes to a file and sums up what passes.
class FileSink final : public ByteSink {
 public:
  explicit FileSink(AtomicFile& file) : file_(file) {}
  Status write(std::string_view bytes) override {
    crc_ = crc64(crc_, bytes);
    return file_.write(bytes);
  }
  std::uint64_t crc() const { return crc_; }

 private:
  AtomicFile& file_;
  std::uint64_t crc_ = 0;
};

class FileManager {
 public:
  explicit FileManager(detail::OutputFiles files) : files_(std::move(files)) {}

  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    const auto path = PENSTOCK_TRY(files_.path_of(output));
    auto file = PENSTOCK_TRY(AtomicFile::open(path));
    FileSink sink(file);
    PENSTOCK_TRY(value.encode(sink));
    PENSTOCK_TRY(file.commit());
    return StoredObject{path.string(), file.size(), crc64_text(sink.crc())};
  }
  Result<Value> load_input(const InputContext& input) const {
    const auto map =
        std::make_shared<const MappedFile>(PENSTOCK_TRY(MappedFile::open(input.object.path)));
    if (crc64_text(crc64(0, map->bytes())) != input.object.hash)
      return make_error(ErrorCode::Corrupt,
                        input.object.path + " has been changed since it was stored");
    return Value::decode(*input.type, {map, map->bytes()});
  }

 private:
  detail::OutputFiles files_;
};

Error not_a_frame(const ValueType* type) {
  return make_error(ErrorCode::Refused,
                    "Parquet files hold frames, and this value is of type " +
                        quote(type != nullptr ? type->name : "nothing") +
                        "; use another manager for the output");
}

class ParquetManager {
 public:
  explicit ParquetManager(detail::OutputFiles files) : files_(std::move(files)) {}

  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    if (value.type() != &value_type_of<Frame>()) return not_a_frame(value.type());
    const auto path = PENSTOCK_TRY(files_.path_of(output));
    PENSTOCK_TRY(make_folders(path.has_parent_path() ? path.parent_path() : "."));
    const auto info = PENSTOCK_TRY(write_parquet(path, value.as<Frame>()));
    return StoredObject{path.string(), info.bytes, {}, {{"rows", info.rows}}};
  }
  Result<Value> load_input(const InputContext& input) const {
    if (input.type != &value_type_of<Frame>()) return not_a_frame(input.type);
    return Value::make(PENSTOCK_TRY(read_parquet(input.object.path)));
  }

 private:
  detail::OutputFiles files_;
};

}  // namespace

Result<IoManager> open_file_manager(const FilesConfig& config) {
  return IoManager(FileManager(PENSTOCK_TRY(detail::OutputFiles::open(config, ".value"))));
}

Result<IoManager> open_parquet_manager(const FilesConfig& config) {
  return IoManager(ParquetManager(PENSTOCK_TRY(detail::OutputFiles::open(config, ".parquet"))));
}

}  // namespace penstock
