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

/// Opens and closes single resources, and tells what happens.
class ResourceOpener {
 public:
  /// An opened resource.
  struct Opened {
    std::shared_ptr<const void> object;
    std::shared_ptr<Error> close_error;
  };
  using Get = std::function<Result<const void*>(std::uint32_t index)>;
  using Record = std::function<void(EventBody)>;

  ResourceOpener(const RunPlan& plan, const Clock& clock) : plan_(plan), clock_(clock) {}

  /// Open the resource with that index in the plan; `get` gives those that it needs.
  Result<Opened> open(std::uint32_t index, const Get& get, const Record& record) const;
  void close(std::uint32_t index, Opened& opened, const Record& record) const;
  /// True when each attempt of a step has its own.
  bool is_of_step(std::uint32_t index) const {
    return plan_.resources[index].def->scope == ResourceScope::Step;
  }

 private:
  Result<Opened> call(std::uint32_t index, const Get& get) const;
  const RunPlan& plan_;
  const Clock& clock_;
};

/// The resources that the steps of a process share, each opened once. Thread-safe.
class ResourcePool {
 public:
  /// `record` is told what happens; it may be called from any thread.
  ResourcePool(const RunPlan& plan, const Clock& clock, ResourceOpener::Record record);
  ~ResourcePool();
  ResourcePool(const ResourcePool&) = delete;
  ResourcePool& operator=(const ResourcePool&) = delete;

  /// The resource with that index in the plan, opened now if it was not. A failure is remembered
  /// and given to everyone who asks.
  Result<const void*> get(std::uint32_t index);
  /// Close what is open, latest first.
  void close();
  const ResourceOpener& opener() const { return opener_; }

 private:
  struct Entry {
    std::mutex opening;
    ResourceOpener::Opened opened;
    std::optional<Error> error;
  };

  ResourceOpener opener_;
  ResourceOpener::Record record_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::mutex order_mutex_;
  std::vector<std::uint32_t> opened_;  // in the order of opening
};

/// The resources of one attempt: those of its own, opened here and closed when this goes, and those
/// that it shares. One thread at a time.
class StepResources {
 public:
  StepResources(ResourcePool& shared, ResourceOpener::Record record)
      : shared_(shared), record_(std::move(record)) {}
  ~StepResources();
  StepResources(const StepResources&) = delete;
  StepResources& operator=(const StepResources&) = delete;

  Result<const void*> get(std::uint32_t index);

 private:
  struct Own {
    std::uint32_t index;
    ResourceOpener::Opened opened;
  };
  ResourcePool& shared_;
  ResourceOpener::Record record_;
  std::vector<Own> own_;  // in the order of opening
};

}  // namespace penstock
