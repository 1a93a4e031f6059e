// Facts that an op attaches to what it made: typed values with names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "penstock/base/byte_archive.h"
#include "penstock/base/clock.h"
#include "penstock/base/json.h"

namespace penstock {

struct TableSchema;
struct ColumnSource;
struct CodeReference;
struct ArtifactReference;

/// A typed fact. Its JSON form is `{"type": T, "value": V}`; the text kinds share one alternative.
class MetadataValue {
 public:
  enum class Kind : std::uint8_t {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,  ///< microseconds since 1970, UTC
    Text,
    Url,
    Path,
    Notebook,  ///< path of a notebook
    Markdown,
    Run,    ///< id of a run
    Asset,  ///< key of an asset
    Job,    ///< name of a job
    Pool,   ///< name of a pool
    // Structured, kept as compact JSON; the functions below say of what.
    JsonText,
    Table,
    TableSchema,
    ColumnLineage,
    CodeReference,
    Artifact
  };

  MetadataValue();
  // Copied, moved and destroyed in the source file: programs that include this compile faster.
  MetadataValue(const MetadataValue& other);
  MetadataValue(MetadataValue&& other) noexcept;
  MetadataValue& operator=(const MetadataValue& other);
  MetadataValue& operator=(MetadataValue&& other) noexcept;
  ~MetadataValue();
  template <class T>
    requires std::is_arithmetic_v<T>
  MetadataValue(T value) : MetadataValue(number(value)) {}
  MetadataValue(std::string text);
  MetadataValue(std::string_view text);
  MetadataValue(const char* text);

  static MetadataValue url(std::string value) { return {Kind::Url, std::move(value)}; }
  static MetadataValue path(std::string value) { return {Kind::Path, std::move(value)}; }
  static MetadataValue notebook(std::string path) { return {Kind::Notebook, std::move(path)}; }
  static MetadataValue markdown(std::string value) { return {Kind::Markdown, std::move(value)}; }
  static MetadataValue run(std::string id) { return {Kind::Run, std::move(id)}; }
  static MetadataValue asset(std::string key) { return {Kind::Asset, std::move(key)}; }
  static MetadataValue job(std::string name) { return {Kind::Job, std::move(name)}; }
  static MetadataValue pool(std::string name) { return {Kind::Pool, std::move(name)}; }
  static MetadataValue timestamp(Time value);
  /// Any JSON, given as its compact text.
  static MetadataValue json_text(std::string value) { return {Kind::JsonText, std::move(value)}; }
  static MetadataValue json(const Json& value);
  // The structures of these stand in metadata_table.h.
  /// A small table. Of more than kMostTableRows rows the first are kept, and their number.
  static MetadataValue table(const TableSchema& schema,
                             const std::vector<std::vector<MetadataValue>>& rows);
  static MetadataValue table_schema(const TableSchema& schema);
  /// From which columns of which assets each column was made.
  static MetadataValue column_lineage(
      const std::map<std::string, std::vector<ColumnSource>>& sources);
  static MetadataValue code_reference(const std::vector<CodeReference>& places);
  static MetadataValue artifact(const ArtifactReference& artifact);

  /// The most rows of a table that a fact holds.
  static constexpr std::size_t kMostTableRows = 1000;

  Kind kind() const { return kind_; }
  /// True when the value is kept as JSON text.
  bool is_json() const { return kind_ >= Kind::JsonText; }
  bool as_bool() const { return std::get<std::int64_t>(value_) != 0; }
  std::int64_t as_int() const { return std::get<std::int64_t>(value_); }
  double as_float() const { return std::get<double>(value_); }
  /// The text of the text kinds, and the JSON of the structured ones.
  const std::string& as_text() const { return std::get<std::string>(value_); }
  /// Bytes of its content.
  std::size_t size() const {
    const auto* text = std::get_if<std::string>(&value_);
    return text ? text->size() : sizeof value_;
  }

  /// For tables: the value as short text.
  std::string display() const;
  Json to_json() const;
  /// From `{"type", "value"}`; any other JSON is taken as the kind that fits it.
  static MetadataValue from_json(const Json& json);
  void encode(ByteWriter& out) const;
  static MetadataValue decode(ByteReader& in);
  static constexpr std::string_view kLayout = "fact 2";
  /// Let `edit(std::string&)` change the text, whatever the kind, and say whether it did. An
  /// integer whose digits were changed becomes text.
  template <class Edit>
  void edit_text(Edit edit) {
    if (auto* text = std::get_if<std::string>(&value_)) {
      edit(*text);
    } else if (kind_ == Kind::Int) {
      auto digits = std::to_string(as_int());
      if (edit(digits)) *this = MetadataValue(std::move(digits));
    }
  }
  friend bool operator==(const MetadataValue& a, const MetadataValue& b);

 private:
  MetadataValue(Kind kind, std::string text);
  template <class T>
  static MetadataValue number(T value) {
    if constexpr (std::is_same_v<T, bool>)
      return truth(value);
    else if constexpr (std::is_floating_point_v<T>)
      return real(static_cast<double>(value));
    else if constexpr (std::is_signed_v<T>)
      return integer(static_cast<std::int64_t>(value));
    else
      return natural(static_cast<std::uint64_t>(value));
  }
  static MetadataValue truth(bool value);
  static MetadataValue integer(std::int64_t value);
  /// Of a number that no 64-bit integer with a sign holds, all digits are kept.
  static MetadataValue natural(std::uint64_t value);
  static MetadataValue real(double value);

  Kind kind_ = Kind::Null;
  std::variant<std::int64_t, double, std::string> value_ = std::int64_t(0);
};

/// The name of a kind in its JSON form: `table_schema`.
std::string_view to_string(MetadataValue::Kind kind);

/// Named facts in the order in which they were added.
using Metadata = std::vector<std::pair<std::string, MetadataValue>>;

/// Add a fact.
void add_fact(Metadata& facts, std::string_view name, MetadataValue value);

/// Names with a meaning for the engine and the page.
namespace metadata_key {
inline constexpr std::string_view kRowCount = "penstock/row_count";
inline constexpr std::string_view kPartitionRowCount = "penstock/partition_row_count";
inline constexpr std::string_view kBytes = "penstock/bytes";
inline constexpr std::string_view kColumnSchema = "penstock/column_schema";
inline constexpr std::string_view kColumnLineage = "penstock/column_lineage";
inline constexpr std::string_view kTableName = "penstock/table_name";
inline constexpr std::string_view kStorageKind = "penstock/storage_kind";
inline constexpr std::string_view kUri = "penstock/uri";
inline constexpr std::string_view kCodeReferences = "penstock/code_references";
}  // namespace metadata_key

/// The fact of that name, the latest if there are several, or null. A name that begins with
/// `penstock/` is also found in Dagster's spelling, `dagster/…`.
const MetadataValue* find_fact(const Metadata& facts, std::string_view name);

/// How much a log message or a failed check matters.
enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error, Critical };
std::string_view to_string(LogLevel level);

/// What a failed check means: an Error blocks what depends on it, a Warn is shown.
enum class CheckSeverity : std::uint8_t { Warn, Error };
std::string_view to_string(CheckSeverity severity);

/// The result of checking an asset (a partition of it), as an op records it.
struct CheckResult {
  std::string asset;           ///< asset key
  std::string check;           ///< name of the check
  std::string partition = {};  ///< partition key such as `year=2017,state=ID`; may be empty
  bool passed = true;
  CheckSeverity severity = CheckSeverity::Error;
  std::string description = {};  ///< what was found, when it failed
  Metadata metadata = {};        ///< counts and examples
};

/// What an op made outside of its outputs: an asset (a partition of it) and where it lies.
struct Materialization {
  std::string asset;           ///< asset key
  std::string partition = {};  ///< partition key; may be empty
  std::string path = {};       ///< where the object lies; may be empty
  Metadata metadata = {};
};

}  // namespace penstock
