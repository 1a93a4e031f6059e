// The resources of one run in one process: opened when first needed, closed in reverse order.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/event/event.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// Opens each resource once, with those it needs before it. Thread-safe.
class ResourcePool {
 public:
  /// `record` is told what happens; it may be called from any thread.
  ResourcePool(const RunPlan& plan, const Clock& clock, std::function<void(EventBody)> record);
  ~ResourcePool();
  ResourcePool(const ResourcePool&) = delete;
  ResourcePool& operator=(const ResourcePool&) = delete;

  /// The resource with that index in the plan, opened now if it was not. A failure is remembered
  /// and given to everyone who asks.
  Result<const void*> get(std::uint32_t index);
  /// Close what is open, latest first.
  void close();

 private:
  struct Entry {
    std::mutex opening;
    std::shared_ptr<const void> object;
    std::optional<Error> error;
  };
  Status open(std::uint32_t index, Entry& entry);

  const RunPlan& plan_;
  const Clock& clock_;
  std::function<void(EventBody)> record_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::mutex order_mutex_;
  std::vector<std::uint32_t> opened_;  // in the order of opening
};

}  // namespace penstock
