#include "penstock/run/managed_values.h"

#include <algorithm>

#include "penstock/base/text.h"
#include "penstock/event/managed_files.h"
#include "penstock/model/io_manager.h"

namespace penstock {
namespace {

Error no_store() { return make_error(ErrorCode::Refused, "this run has no store of values"); }

}  // namespace

void ManagedValues::note(const Value& value, StoredValue stored) {
  const std::lock_guard lock(mutex_);
  noted_[value.object().get()] = {value.object(), std::move(stored)};
  if (noted_.size() < most_noted_) return;
  std::erase_if(noted_, [](const auto& each) { return each.second.object.expired(); });
  most_noted_ = std::max(most_noted_, 2 * noted_.size());
}

std::optional<StoredValue> ManagedValues::place_of(const Value& value) const {
  const std::lock_guard lock(mutex_);
  const auto at = noted_.find(value.object().get());
  if (at == noted_.end() || at->second.object.expired()) return {};
  return at->second.stored;
}

Result<Value> ManagedValues::load_by(std::uint32_t manager, const std::string& step,
                                     const StoredValue& stored, const ValueType& type) {
  PENSTOCK_TRY(verify_managed(stored));
  const auto who = "IO manager " + quote(plan_.resources[manager].def->name);
  const auto* opened = static_cast<const IoManager*>(PENSTOCK_TRY(managers_.get(manager)));
  auto loaded = opened->load_input(
      {run_.to_string(), step, {stored.object, stored.bytes, stored.hash, {}}, &type});
  if (!loaded.ok()) return std::move(loaded).error().within(who);
  if (loaded->type() == &type) return loaded;
  return make_error(ErrorCode::InvalidData, who + " loaded a value of type " +
                                                quote(*loaded ? loaded->type()->name : "nothing") +
                                                "; expected " + quote(type.name));
}

Result<Value> ManagedValues::load(const StoredValue& stored, const ValueType& type) {
  for (std::uint32_t i = 0; i < plan_.resources.size(); ++i) {
    const auto& def = *plan_.resources[i].def;
    if (def.name == stored.manager && *def.type == typeid(IoManager))
      return load_by(i, {}, stored, type);
  }
  if (store_ == nullptr) return no_store();
  return store_->load(stored, type);
}

Result<StoredValue> ManagedValues::save(const ValueKey& key, const Value& value) {
  if (store_ == nullptr) return no_store();
  return store_->save(key, value);
}

bool ManagedValues::has(const StoredValue& stored, const ValueType& type) {
  return store_ != nullptr && store_->has(stored, type);
}

Status ManagedValues::remove(const StoredValue& stored) {
  if (store_ == nullptr) return no_store();
  return store_->remove(stored);
}

Status ManagedValues::verify(const StoredValue& stored) {
  if (store_ == nullptr) return no_store();
  return store_->verify(stored);
}

bool ManagedValues::is_file(const StoredValue& stored) const {
  return store_ != nullptr && store_->is_file(stored);
}

Result<std::vector<ValueFile>> ManagedValues::files(const RunId& run) {
  if (store_ == nullptr) return no_store();
  return store_->files(run);
}

}  // namespace penstock
