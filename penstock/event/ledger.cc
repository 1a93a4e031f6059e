#include "penstock/event/ledger.h"

#include <algorithm>

namespace penstock {

void merge(OpHistory& history, const OpHistory& more) {
  history.successes += more.successes;
  history.total_us += more.total_us;
  history.longest_us = std::max(history.longest_us, more.longest_us);
  auto& samples = history.samples;
  samples.insert(samples.end(), more.samples.begin(), more.samples.end());
  std::ranges::sort(samples, {}, &OpSample::seq);
  if (samples.size() > kOpSamples)
    samples.erase(samples.begin(), samples.end() - std::ptrdiff_t(kOpSamples));
}

void fold(OpHistory& history, std::uint64_t seq, const StepSuccess& success) {
  ++history.successes;
  history.total_us += success.duration_us;
  history.longest_us = std::max(history.longest_us, success.duration_us);
  if (history.samples.size() >= kOpSamples) history.samples.erase(history.samples.begin());
  history.samples.push_back({seq, success.bytes_in, std::max(success.peak_rss, success.bytes_out),
                             success.duration_us});
}

void fold(Ledger& ledger, const Event& event, const std::string& job) {
  if (const auto* success = event.body.get_if<StepSuccess>()) {
    if (!job.empty()) fold(ledger.ops[job][op_of_step(event.step)], event.seq, *success);
  } else if (const auto* made = event.body.get_if<AssetMaterialization>()) {
    ledger.assets[{made->asset, made->partition}] = {made->asset, made->partition, event.run,
                                                     event.seq,   event.time,      made->path};
  } else if (const auto* check = event.body.get_if<AssetCheckEvaluation>()) {
    ledger.checks[{check->asset, check->check, check->partition}] = {
        check->asset,    check->check, check->partition, check->passed,
        check->severity, event.run,    event.seq,        event.time};
  }
}

}  // namespace penstock
