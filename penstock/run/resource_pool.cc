#include "penstock/run/resource_pool.h"

#include "penstock/base/text.h"

namespace penstock {

ResourcePool::ResourcePool(const RunPlan& plan, const Clock& clock,
                           std::function<void(EventBody)> record)
    : plan_(plan), clock_(clock), record_(std::move(record)) {
  for (std::size_t i = 0; i < plan.resources.size(); ++i)
    entries_.push_back(std::make_unique<Entry>());
}

ResourcePool::~ResourcePool() { close(); }

Result<const void*> ResourcePool::get(std::uint32_t index) {
  auto& entry = *entries_[index];
  const std::lock_guard lock(entry.opening);
  if (entry.error) return *entry.error;
  if (!entry.object) {
    const auto started = clock_.now();
    auto status = open(index, entry);
    const auto& name = plan_.resources[index].def->name;
    const auto took = (clock_.now() - started).count();
    if (!status.ok()) {
      entry.error = std::move(status).error().within("resource " + quote(name));
      entry.error->code = ErrorCode::Resource;
      record_(ResourceInitFailure{name, *entry.error, took});
      return *entry.error;
    }
    record_(ResourceInitSuccess{name, took});
    const std::lock_guard order(order_mutex_);
    opened_.push_back(index);
  }
  return entry.object.get();
}

Status ResourcePool::open(std::uint32_t index, Entry& entry) {
  const auto& planned = plan_.resources[index];
  std::vector<const void*> needs;
  for (const auto need : planned.needs) needs.push_back(PENSTOCK_TRY(get(need)));
  ResourceCall call;
  call.config = planned.config.get();
  call.resources = needs;
  PENSTOCK_TRY(planned.def->open(call));
  entry.object = std::move(call.object);
  return {};
}

void ResourcePool::close() {
  for (auto at = opened_.rbegin(); at != opened_.rend(); ++at) {
    const auto started = clock_.now();
    entries_[*at]->object.reset();
    record_(ResourceTeardown{plan_.resources[*at].def->name, (clock_.now() - started).count()});
  }
  opened_.clear();
}

}  // namespace penstock
