#include "penstock/store/sqlite/fold_log.h"

#include "penstock/store/sqlite/deleted_ops.h"
#include "penstock/store/sqlite/projector.h"

namespace penstock::detail {
namespace {

constexpr std::size_t kBatch = 4096;

Status fold_event(Projector& projector, const Event& event,
                  std::vector<UnreadableRow>& unreadable) {
  if (const auto* deleted = event.body.get_if<RunDeleted>()) {
    const auto ops = decode_ops(deleted->ops);
    if (ops.ok())
      projector.add_history(deleted->job, *ops);
    else
      unreadable.push_back({event.seq, ops.error().message});
    return {};
  }
  auto* run = PENSTOCK_TRY(projector.run_of(event));
  // An event that cannot be decoded may leave a later one without what it needs.
  auto applied = projector.apply(event, run);
  if (!applied.ok() && applied.error().code != ErrorCode::Conflict) return applied;
  return {};
}

}  // namespace

Result<std::vector<UnreadableRow>> fold_log(Database& database) {
  RowReader reader(database);
  auto projector = PENSTOCK_TRY(Projector::make(database));
  auto range = PENSTOCK_TRY(reader.range_of({}));
  std::vector<UnreadableRow> unreadable;
  for (bool is_last = false; !is_last;) {
    const auto batch = PENSTOCK_TRY(reader.read({}, range, kBatch));
    unreadable.insert(unreadable.end(), batch.unreadable.begin(), batch.unreadable.end());
    for (const auto& event : batch.events) PENSTOCK_TRY(fold_event(projector, event, unreadable));
    PENSTOCK_TRY(projector.flush());
    range.after = batch.last_seq;
    is_last = batch.is_last;
  }
  return unreadable;
}

}  // namespace penstock::detail
