#include "penstock/testing/memory_values.h"

namespace penstock::testing {

Result<StoredValue> MemoryValues::save(const ValueKey& key, const Value& value) {
  StringSink sink;
  PENSTOCK_TRY(value.encode(sink));
  auto name = key.step + "." + std::to_string(key.attempt) + "." + key.output;
  if (!key.mapping_key.empty()) name += "[" + key.mapping_key + "]";
  const std::lock_guard lock(mutex_);
  if (full_) return make_error(ErrorCode::Exhausted, "cannot write " + name + ": no room is left");
  auto& bytes = bytes_[name] = sink.take();
  return StoredValue{"memory", name, bytes.size(), {}, value.type()->layout};
}

Result<Value> MemoryValues::load(const StoredValue& stored, const ValueType& type) {
  PENSTOCK_TRY(verify(stored));
  const std::lock_guard lock(mutex_);
  return Value::decode(type, SharedBytes::own(bytes_.at(stored.object)));
}

bool MemoryValues::has(const StoredValue& stored, const ValueType& type) {
  return type.portable() && type.layout == stored.layout && verify(stored).ok();
}

Status MemoryValues::remove(const StoredValue& stored) {
  const std::lock_guard lock(mutex_);
  bytes_.erase(stored.object);
  return {};
}

Status MemoryValues::verify(const StoredValue& stored) {
  const std::lock_guard lock(mutex_);
  if (bytes_.contains(stored.object)) return {};
  return make_error(ErrorCode::NotFound, "stored value " + stored.object + " is gone");
}

Result<std::vector<ValueFile>> MemoryValues::files(const RunId&) {
  const std::lock_guard lock(mutex_);
  std::vector<ValueFile> files;
  for (const auto& [name, bytes] : bytes_) files.push_back({name, {}, bytes.size()});
  return files;
}

std::vector<std::string> MemoryValues::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : bytes_) names.push_back(name);
  return names;
}

}  // namespace penstock::testing
