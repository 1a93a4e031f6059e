// Values in the home folder: small ones as part of the log's own record, others as files.
//
// docs/formats/stored-values.md says where what lies.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>

#include "penstock/event/value_store.h"

namespace penstock {

/// The values of a home folder.
class ValueFiles final : public ValueStore {
 public:
  /// Encoded values of at most this many bytes are kept in StoredValue::object itself.
  static constexpr std::size_t kInlineBytes = 1024;
  static constexpr std::string_view kManager = "file";

  /// Nothing is touched before the first value is stored.
  explicit ValueFiles(std::filesystem::path home) : home_(std::move(home)) {}

  Result<StoredValue> save(const ValueKey& key, const Value& value) override;
  Result<Value> load(const StoredValue& stored, const ValueType& type) override;
  bool has(const StoredValue& stored, const ValueType& type) override;
  Status remove(const StoredValue& stored) override;
  Status verify(const StoredValue& stored) override;
  bool is_file(const StoredValue& stored) const override;
  Result<std::vector<ValueFile>> files(const RunId& run) override;

 private:
  Status prepare(const std::filesystem::path& folder);
  Result<std::filesystem::path> path_of(const StoredValue& stored) const;
  Result<SharedBytes> read(const StoredValue& stored) const;

  std::filesystem::path home_;
  std::mutex mutex_;
  std::set<std::filesystem::path> prepared_;  // folders that are there and durable
};

}  // namespace penstock
