#include "penstock/run/step_costs.h"

#include <algorithm>

namespace penstock {

StepCosts learn_costs(const RunPlan& plan, const std::map<std::string, OpHistory>& history) {
  StepCosts costs;
  if (history.empty()) return costs;
  costs.remaining.resize(plan.steps.size(), Micros(0));
  costs.samples.resize(plan.steps.size());
  for (auto i = plan.steps.size(); i-- > 0;) {
    const auto& step = plan.steps[i];
    Micros behind{0};
    for (const auto& readers : step.readers)
      for (const auto& reader : readers) behind = std::max(behind, costs.remaining[reader.step]);
    const auto known = history.find(step.path);
    Micros own{0};
    if (known != history.end() && known->second.successes > 0) {
      own = Micros(known->second.total_us / known->second.successes);
      costs.samples[i] = known->second.samples;
    }
    costs.remaining[i] = own + behind;
  }
  return costs;
}

std::optional<std::uint64_t> learned_memory(std::span<const OpSample> samples,
                                            std::uint64_t bytes_in) {
  if (samples.empty()) return {};
  std::vector<std::uint64_t> needs;
  for (const auto& sample : samples) {
    auto need = double(sample.memory);
    if (sample.bytes_in > 0 && bytes_in > 0) need *= double(bytes_in) / double(sample.bytes_in);
    needs.push_back(std::uint64_t(need));
  }
  std::ranges::sort(needs);
  return needs[(needs.size() * 9 + 9) / 10 - 1];
}

}  // namespace penstock
