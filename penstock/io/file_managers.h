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

/// A type whose values are written as JSON: any type that a config may hold. What it holds is data,
/// so that no value is refused or changed: see data_type().
template <class T>
const ConfigType& json_type() {
  static const ConfigTypePtr type = data_type(ConfigCodec<T>::type());
  return *type;
}

/// An error when values of a type must not be written to a file.
Status check_json_type(const ConfigType& type, std::string_view name);
Result<StoredObject> write_json(const OutputContext& output, const std::filesystem::path& path,
                                const ConfigType& type, const ConfigValue& value);
/// The document of a stored value, checked against its type.
Result<ConfigValue> read_json(const StoredObject& object, const ConfigType& type);
Error not_json(const ValueType* type);

template <class... T>
class JsonManager {
 public:
  explicit JsonManager(OutputFiles files) : files_(std::move(files)) {}

  Result<StoredObject> handle_output(const OutputContext& output, const Value& value) const {
    const auto path = PENSTOCK_TRY(files_.path_of(output));
    Result<StoredObject> stored = not_json(value.type());
    (void)((value.type() == &value_type_of<T>() &&
            (stored = write_json(output, path, json_type<T>(),
                                 ConfigCodec<T>::encode(value.as<T>(), json_type<T>())),
             true)) ||
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
  static Result<Value> load(const StoredObject& object) {
    const auto document = PENSTOCK_TRY(read_json(object, json_type<V>()));
    V value{};
    ConfigDecoder decoder(nullptr);
    ConfigCodec<V>::decode(document, json_type<V>(), decoder, value);
    return Value::make(std::move(value));
  }
  OutputFiles files_;
};

}  // namespace detail

/// Values of the types T as JSON files: types that a config may be made of, and structs that
/// describe themselves as one. Every value is read back as it was: infinities and NaN, all integers
/// of 64 bits, text that is not UTF-8. Refused are types with secrets, and what is nested deeper
/// than 200 lists and objects.
template <class... T>
Result<IoManager> open_json_manager(const FilesConfig& config) {
  Status status;
  (void)((status = detail::check_json_type(detail::json_type<T>(), value_type_of<T>().name),
          status.ok()) &&
         ...);
  if (!status.ok()) return std::move(status).error();
  return IoManager(
      detail::JsonManager<T...>(PENSTOCK_TRY(detail::OutputFiles::open(config, ".json"))));
}

}  // namespace penstock
