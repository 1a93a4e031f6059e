#include "penstock/event/ledger.h"

#include <algorithm>

namespace penstock {

void merge(OpHistory& history, const OpHistory& more) {
  history.successes += more.successes;
  history.total_us += more.total_us;
  history.longest_us = std::max(history.longest_us, more.longest_us);
}

void fold(OpHistory& history, const StepSuccess& success) {
  merge(history, {1, success.duration_us, success.duration_us});
}

void fold(Ledger& ledger, const Event& event, const std::string& job) {
  if (const auto* success = event.body.get_if<StepSuccess>()) {
    if (!job.empty()) fold(ledger.ops[job][op_of_step(event.step)], *success);
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
