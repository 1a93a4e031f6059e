#include "penstock/run/stored_source.h"

namespace penstock {

Result<Value> StoredSource::load(
    ValueStore& store, const Clock& clock,
    const std::function<void(const StoredValue&, Micros)>& loaded) const {
  const std::lock_guard lock(state_->loading);
  if (state_->value) return state_->value;
  const auto started = clock.instant();
  state_->value = PENSTOCK_TRY(store.load(state_->reused.stored, state_->type));
  state_->is_loaded = true;
  loaded(state_->reused.stored, clock.elapsed_since(started));
  return state_->value;
}

}  // namespace penstock
