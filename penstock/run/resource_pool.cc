#include "penstock/run/resource_pool.h"

#include <algorithm>

#include "penstock/base/text.h"

namespace penstock {

auto ResourceOpener::open(std::uint32_t index, const Get& get, const Record& record) const
    -> Result<Opened> {
  const auto& name = plan_.resources[index].def->name;
  const auto started = clock_.instant();
  record(ResourceInitStarted{name});
  auto opened = call(index, get);
  const auto took = clock_.elapsed_since(started).count();
  if (opened.ok()) {
    record(ResourceInitSuccess{name, took});
    return opened;
  }
  auto error = std::move(opened).error().within("resource " + quote(name));
  error.code = ErrorCode::Resource;
  record(ResourceInitFailure{name, error, took});
  return error;
}

auto ResourceOpener::call(std::uint32_t index, const Get& get) const -> Result<Opened> {
  const auto& planned = plan_.resources[index];
  std::vector<const void*> needs;
  for (const auto need : planned.needs) needs.push_back(PENSTOCK_TRY(get(need)));
  ResourceCall call;
  call.config = planned.config.get();
  call.resources = needs;
  call.close_error = std::make_shared<Error>();
  PENSTOCK_TRY(planned.def->open(call));
  return Opened{std::move(call.object), std::move(call.close_error)};
}

void ResourceOpener::close(std::uint32_t index, Opened& opened, const Record& record) const {
  const auto started = clock_.instant();
  opened.object.reset();
  record(ResourceTeardown{plan_.resources[index].def->name, clock_.elapsed_since(started).count(),
                          std::move(*opened.close_error)});
}

ResourcePool::ResourcePool(const RunPlan& plan, const Clock& clock, ResourceOpener::Record record)
    : opener_(plan, clock), record_(std::move(record)) {
  for (std::size_t i = 0; i < plan.resources.size(); ++i)
    entries_.push_back(std::make_unique<Entry>());
}

ResourcePool::~ResourcePool() { close(); }

Result<const void*> ResourcePool::get(std::uint32_t index) {
  auto& entry = *entries_[index];
  const std::lock_guard lock(entry.opening);
  if (entry.error) return *entry.error;
  if (!entry.opened.object) {
    auto opened = opener_.open(index, [this](std::uint32_t need) { return get(need); }, record_);
    if (!opened.ok()) {
      entry.error = std::move(opened).error();
      return *entry.error;
    }
    entry.opened = std::move(*opened);
    const std::lock_guard order(order_mutex_);
    opened_.push_back(index);
  }
  return entry.opened.object.get();
}

void ResourcePool::close() {
  for (auto at = opened_.rbegin(); at != opened_.rend(); ++at)
    opener_.close(*at, entries_[*at]->opened, record_);
  opened_.clear();
}

StepResources::~StepResources() {
  for (auto at = own_.rbegin(); at != own_.rend(); ++at)
    shared_.opener().close(at->index, at->opened, record_);
}

Result<const void*> StepResources::get(std::uint32_t index) {
  if (!shared_.opener().is_of_step(index)) return shared_.get(index);
  const auto known = std::ranges::find(own_, index, &Own::index);
  if (known != own_.end()) return known->opened.object.get();
  auto opened = PENSTOCK_TRY(
      shared_.opener().open(index, [this](std::uint32_t need) { return get(need); }, record_));
  own_.push_back({index, std::move(opened)});
  return own_.back().opened.object.get();
}

}  // namespace penstock
