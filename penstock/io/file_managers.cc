#include "penstock/io/file_managers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/checksum.h"
#include "penstock/base/json_text.h"
#include "penstock/base/text.h"
#include "penstock/frame/parquet.h"
#include "penstock/frame/parquet_reader.h"
#include "penstock/model/input_loader.h"

namespace penstock {
namespace {

/// What was stored, if it is still the same.
Result<std::shared_ptr<const MappedFile>> open_unchanged(const StoredObject& object) {
  auto map = std::make_shared<const MappedFile>(PENSTOCK_TRY(MappedFile::open(object.path)));
  if (crc64_text(crc64(0, map->bytes())) != object.hash)
    return make_error(ErrorCode::Corrupt, object.path + " has been changed since it was stored");
  return map;
}

}  // namespace

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

Status check_json_type(const ConfigType& type, std::string_view name) {
  const auto secret = find_secret(type);
  if (!secret) return {};
  return make_error(ErrorCode::Refused,
                    fmt::format("values of type {} hold a secret{}, which is not written to files; "
                                "use a type without it",
                                quote(name), secret->empty() ? "" : " at " + quote(*secret)));
}

Result<StoredObject> write_json(const OutputContext& output, const std::filesystem::path& path,
                                const ConfigType& type, const ConfigValue& value) {
  // What would not be read back is refused now, and not when a later step needs it.
  const auto checked = validate_config(type, value);
  if (!checked.ok()) return literal_error(checked.problems).within("the value cannot be JSON");
  auto file = PENSTOCK_TRY(output.stage(path));
  PENSTOCK_TRY(file.write(json_to_text(to_stored_json(value), 2) + "\n"));
  return file.stored();
}

Result<ConfigValue> read_json(const StoredObject& object, const ConfigType& type) {
  const auto map = PENSTOCK_TRY(open_unchanged(object));
  auto json = parse_json(map->bytes());
  if (!json.ok()) return std::move(json).error().within(object.path);
  auto checked = validate_config(type, from_json(*json));
  if (!checked.ok()) return literal_error(checked.problems).within(object.path);
  return std::move(checked.value);
}

Error not_json(const ValueType* type) {
  return make_error(ErrorCode::Refused,
                    "this manager does not write values of type " +
                        quote(type != nullptr ? type->name : "nothing") +
                        "; name the type where it is opened: open_json_manager<…>");
}

}  // namespace detail

namespace {

class FileManager {
 public:
  explicit FileManager(detail::OutputFiles files) : files_(std::move(files)) {}

  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    const auto path = PENSTOCK_TRY(files_.path_of(output));
    auto file = PENSTOCK_TRY(output.stage(path));
    PENSTOCK_TRY(value.encode(file));
    return file.stored();
  }
  Result<Value> load_input(const InputContext& input) const {
    const auto map = PENSTOCK_TRY(open_unchanged(input.object));
    return Value::decode(*input.type, {map, map->bytes()});
  }

 private:
  detail::OutputFiles files_;
};

Error not_a_frame(const ValueType* type) {
  return make_error(ErrorCode::Refused, "Parquet files hold frames, and this value is of type " +
                                            quote(type != nullptr ? type->name : "nothing") +
                                            "; use another manager for the output");
}

class ParquetManager {
 public:
  explicit ParquetManager(detail::OutputFiles files) : files_(std::move(files)) {}

  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    if (value.type() != &value_type_of<Frame>()) return not_a_frame(value.type());
    const auto path = PENSTOCK_TRY(files_.path_of(output));
    auto file = PENSTOCK_TRY(output.stage(path));
    const auto info = PENSTOCK_TRY(write_parquet(file, value.as<Frame>()));
    return file.stored({{"rows", info.rows}});
  }
  Result<Value> load_input(const InputContext& input) const {
    if (input.type != &value_type_of<Frame>()) return not_a_frame(input.type);
    PENSTOCK_TRY(open_unchanged(input.object));
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
