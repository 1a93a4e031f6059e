#include "penstock/run/managed_values.h"

#include "penstock/base/text.h"
#include "penstock/model/io_manager.h"

namespace penstock {
namespace {

Error no_store() { return make_error(ErrorCode::Refused, "this run has no store of values"); }

}  // namespace

Result<Value> ManagedValues::load(const StoredValue& stored, const ValueType& type) {
  for (std::uint32_t i = 0; i < plan_.resources.size(); ++i) {
    const auto& def = *plan_.resources[i].def;
    if (def.name != stored.manager || *def.type != typeid(IoManager)) continue;
    const auto* manager = static_cast<const IoManager*>(PENSTOCK_TRY(managers_.get(i)));
    auto loaded = manager->load_input(
        {run_.to_string(), {}, {stored.object, stored.bytes, stored.hash, {}}, &type});
    if (loaded.ok() && loaded->type() != &type)
      return make_error(ErrorCode::InvalidData, "IO manager " + quote(def.name) +
                                                    " loaded a value of another type than " +
                                                    quote(type.name));
    if (!loaded.ok()) return std::move(loaded).error().within("IO manager " + quote(def.name));
    return loaded;
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
