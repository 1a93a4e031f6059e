#include "penstock/plan/plan_pools.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

// A resource is also used by those that use it inside another one.
void add_resource(const RunPlan& plan, std::uint32_t index, PoolAmounts& amounts) {
  const auto& resource = plan.resources[index];
  const bool shared = resource.def->scope != ResourceScope::Step;
  if (resource.def->tokens > 0 || (resource.def->exclusive && shared))
    amounts.try_emplace(resource.def->name, 1);
  for (const auto need : resource.needs) add_resource(plan, need, amounts);
}

struct PoolLimits {
  const PoolAmounts& of_job;
  const PoolAmounts& asked;     // they go before those of the job
  const PoolAmounts& defaults;  // where nobody else says how much there is
};

PlannedPool make_pool(const RunPlan& plan, const std::string& name, const PoolLimits& limits) {
  PlannedPool pool{name};
  for (const auto& resource : plan.resources) {
    if (resource.def->name != name) continue;
    pool.limit = resource.def->exclusive ? 1 : resource.def->tokens;
    pool.per_worker =
        resource.def->exclusive && resource.def->scope == ResourceScope::RunWorker;
    if (pool.per_worker) return pool;  // no launch makes it bear several steps
  }
  for (const auto* more : {&limits.of_job, &limits.asked})
    if (const auto at = more->find(name); at != more->end()) pool.limit = at->second;
  if (pool.limit > 0) return pool;
  if (const auto at = limits.defaults.find(name); at != limits.defaults.end())
    pool.limit = at->second;
  return pool;
}

std::uint32_t pool_index(RunPlan& plan, const std::string& name, const PoolLimits& limits) {
  const auto at = std::ranges::find(plan.pools, name, &PlannedPool::name);
  if (at != plan.pools.end()) return narrow<std::uint32_t>(at - plan.pools.begin());
  plan.pools.push_back(make_pool(plan, name, limits));
  return narrow<std::uint32_t>(plan.pools.size() - 1);
}

// What each step takes; steps that run together take it at the first of them.
std::vector<PoolAmounts> amounts_of(const RunPlan& plan) {
  std::vector<PoolAmounts> wanted;
  for (const auto& step : plan.steps) {
    wanted.push_back(step.pools);
    for (const auto resource : step.resources) add_resource(plan, resource, wanted.back());
  }
  for (const auto& unit : plan.units)
    for (std::size_t i = 1; i < unit.size(); ++i)
      for (const auto& [name, amount] : std::exchange(wanted[unit[i]], {}))
        wanted[unit[0]][name] = saturating_add(wanted[unit[0]][name], amount);
  return wanted;
}

Status check_limits(const RunPlan& plan, const PoolAmounts& limits) {
  std::vector<std::string> names;
  for (const auto& pool : plan.pools) names.push_back(pool.name);
  for (const auto& [name, limit] : limits) {
    if (limit < 1)
      return make_error(ErrorCode::Config, fmt::format("the limit {} of pool {} is not at least 1",
                                                       limit, quote(name)));
    if (std::ranges::find(names, name) != names.end()) continue;
    const auto near = closest_name(name, names);
    return make_error(
        ErrorCode::Config,
        fmt::format("no step of the job takes from a pool {}; {}", quote(name),
                    near            ? fmt::format("did you mean {}?", quote(*near))
                    : names.empty() ? "it has no pools"
                                    : "there are: " + join(names, ", ")));
  }
  return {};
}

}  // namespace

Status plan_pools(RunPlan& plan, const JobDef& job, const PoolAmounts& limits,
                  const PoolAmounts& defaults) {
  std::vector<std::string> problems;
  const auto wanted = amounts_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    auto& step = plan.steps[i];
    for (const auto& [name, amount] : wanted[i]) {
      if (amount == 0) continue;
      const auto pool = pool_index(plan, name, {job.pools, limits, defaults});
      step.claims.push_back({pool, amount});
      const auto limit = plan.pools[pool].limit;
      if (limit > 0 && amount > limit)
        problems.push_back(fmt::format(
            "step {} takes {} of pool {}, which has {}: it could never run; raise the limit, such "
            "as with --pool {}={}",
            step.path, amount, quote(name), limit, name, amount));
    }
  }
  PENSTOCK_TRY(check_limits(plan, limits));
  if (problems.empty()) return {};
  return make_error(ErrorCode::Config, join(problems, "\n"));
}

}  // namespace penstock
