#include "penstock/run/stored_source.h"

namespace penstock {

Result<Value> StoredSource::load(
    ValueStore& store, const std::function<Micros()>& now,
    const std::function<void(const StoredValue&, Micros)>& loaded) const {
  const std::lock_guard lock(state_->loading);
  if (state_->value) return state_->value;
  const auto began = now();
  state_->value = PENSTOCK_TRY(store.load(state_->reused.stored, state_->type));
  state_->is_loaded = true;
  loaded(state_->reused.stored, now() - began);
  return state_->value;
}

}  // namespace penstock
