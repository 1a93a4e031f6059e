#include "penstock/model/op_def.h"

#include <algorithm>
#include <cmath>

namespace penstock {

OpDef::OpDef() = default;
OpDef::OpDef(const OpDef& other) = default;
OpDef::OpDef(OpDef&& other) noexcept = default;
OpDef& OpDef::operator=(const OpDef& other) = default;
OpDef& OpDef::operator=(OpDef&& other) noexcept = default;
OpDef::~OpDef() = default;

Micros retry_delay(const RetryPolicy& policy, std::int32_t retry, double random) {
  const double base = double(policy.delay.count());
  double delay = base;
  if (policy.backoff == Backoff::Linear) delay = base * retry;
  if (policy.backoff == Backoff::Exponential) delay = base * (std::exp2(retry) - 1);
  if (policy.jitter == Jitter::Full) delay *= random;
  if (policy.jitter == Jitter::PlusMinus) delay += base * (2 * random - 1);
  delay = std::clamp(delay, 0.0, double(policy.max_delay.count()));
  return Micros(static_cast<std::int64_t>(delay));
}

}  // namespace penstock
