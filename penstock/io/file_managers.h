// IO managers that write a file per output: as it is encoded, as JSON, as Parquet.
//
//   defs.resource<ps::IoManager>("warehouse", &ps::open_parquet_manager);
//   defs.op<extract>().io("warehouse");
//
// and `resources: {warehouse: {config: {folder: out, path: "{op}/{key}"}}}` in the config.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "penstock/base/files.h"
#include "penstock/io/path_template.h"
#include "penstock/model/config_document.h"
#include "penstock/model/config_schema.h"
#include "penstock/model/io_manager.h"

namespace penstock {

/// Where the files of a manager lie.
struct FilesConfig {
  std::filesystem::path folder = ".";
  std::string path = "{job}/{step}.{output}";

  static void describe(ConfigSchema<FilesConfig>& s) {
    s.field("folder", &FilesConfig::folder).describe("the folder that all files are in");
    s.field("path", &FilesConfig::path)
        .describe(
            "path below it, without suffix; {run}, {job}, {step}, {op}, {output}, {key} and "
            "{partition} are filled in");
  }
};

/// Values of any portable type, encoded; frames thus as Arrow IPC streams. Mapped when loaded.
Result<IoManager> open_file_manager(const FilesConfig& config);
/// Frames as Parquet files.
Result<IoManager> open_parquet_manager(const FilesConfig& config);

namespace detail {

/// The file of an output.
class OutputFiles {
 public:
  static Result<OutputFiles> open(const FilesConfig& config, std::string suffix);
  Result<std::filesystem::path> path_of(const OutputContext& output) const;

 private:
  OutputFiles(std::filesystem::path folder, PathTemplate path, std::string suffix)
      : folder_(std::move(folder)), path_(std::move(path)), suffix_(std::move(suffix)) {}
  std::filesystem::path folder_;
  PathTemplate path_;
  std::string suffix_;
};

/// A value that is not a config by itself, as the only field of one.
template <class T>
struct JsonDocument {
  T value = {};
  static void describe(ConfigSchema<JsonDocument>& s) { s.field("value", &JsonDocument::value); }
};

Result<StoredObject> write_json(const OutputContext& output, const std::filesystem::path& path,
                                const ConfigValue& value);
Result<ConfigValue> read_json(const StoredObject& object);
Error not_json(const ValueType* type);

template <class... T>
class JsonManager {
 public:
  explicit JsonManager(OutputFiles files) : files_(std::move(files)) {}

  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    const auto path = PENSTOCK_TRY(files_.path_of(output));
    Result<StoredObject> stored = not_json(value.type());
    (void)((value.type() == &value_type_of<T>() &&

            (stored = write_json(output, path, to_config(value.as<T>())), true)) ||
           ...);
    return stored;
  }
  Result<Value> load_input(const InputContext& input) const {
    Result<Value> loaded = not_json(input.type);
    (void)((input.type == &value_type_of<T>() && (loaded = load<T>(input.object), true)) || ...);
    return loaded;
  }

 private:
  template <class V>
  static ConfigValue to_config(const V& value) {
    if constexpr (Config<V>)
      return encode_config(value);
    else
      return *encode_config(JsonDocument<V>{value}).find("value");
  }
  template <class V>
  static Result<Value> load(const StoredObject& object) {
    auto document = PENSTOCK_TRY(read_json(object));
    if constexpr (Config<V>) {
      return Value::make(PENSTOCK_TRY(decode_config<V>(document)));
    } else {
      auto outer = ConfigValue::map();
      outer.set("value", std::move(document));
      return Value::make(PENSTOCK_TRY(decode_config<JsonDocument<V>>(outer)).value);
    }
  }
  OutputFiles files_;
};

}  // namespace detail

/// Values of the types T as JSON files: types that a config may be made of, and structs that
/// describe themselves as one.
template <class... T>
Result<IoManager> open_json_manager(const FilesConfig& config) {
  return IoManager(
      detail::JsonManager<T...>(PENSTOCK_TRY(detail::OutputFiles::open(config, ".json"))));
}

}  // namespace penstock
