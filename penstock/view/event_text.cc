#include "penstock/view/event_text.h"

#include <fmt/format.h>

#include "penstock/base/text.h"

namespace penstock {
namespace {

std::string named(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("  {}={}", name, value);
}

std::string metadata_text(const Metadata& metadata) {
  std::string out;
  for (const auto& [name, value] : metadata) out += named(name, value.display());
  return out;
}

std::string counted(std::int64_t number, std::string_view word) {
  return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

/// The first of many keys.
std::string some(std::vector<std::string> keys) {
  constexpr std::size_t kShown = 5;
  const auto more = keys.size() > kShown ? keys.size() - kShown : 0;
  if (more > 0) keys.resize(kShown);
  return join(keys, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string took(std::int64_t microseconds) { return format_duration(Micros(microseconds)); }

struct Summary {
  std::string operator()(const RunStarting& body) const {
    return fmt::format("{}, {} executor, {} at a time, process {} on {}", body.job, body.executor,
                       body.jobs, body.pid, body.host);
  }
  std::string operator()(const RunResumed& body) const {
    return fmt::format("{} kept, {} restarted, process {} on {}", counted(body.kept, "step"),
                       body.restarted, body.pid, body.host);
  }
  std::string operator()(const RunStart& body) const {
    return counted(body.steps, "step") + " known";
  }
  std::string operator()(const RunSuccess& body) const { return took(body.duration_us); }
  std::string operator()(const RunFailure& body) const {
    return fmt::format("{}: {} failed: {}", body.reason, counted(body.failed_count, "step"),
                       body.error.to_string());
  }
  std::string operator()(const RunCanceling& body) const {
    return "asked by " + body.by + named("mode", body.mode);
  }
  std::string operator()(const RunCanceled& body) const {
    return counted(body.interrupted, "step") + " interrupted";
  }
  std::string operator()(const RunDeleted& body) const {
    return fmt::format("{} of {}, by {}", body.run, body.job, body.by);
  }
  std::string operator()(const StepStart& body) const {
    return fmt::format("worker {}", body.worker);
  }
  std::string operator()(const StepWorkerStarted& body) const {
    return fmt::format("process {} in {}", body.pid, took(body.start_us));
  }
  std::string operator()(const LogsCaptured& body) const {
    return fmt::format("{}: {} lines, {}{}", body.stream, format_count(std::uint64_t(body.lines)),
                       format_bytes(std::uint64_t(body.bytes)),
                       body.truncated ? ", head and tail kept" : "");
  }
  std::string operator()(const StepBlocked& body) const {
    const bool is_memory = body.reason == "memory";
    const auto amount = [&](std::int64_t n) {
      return is_memory               ? format_bytes(std::uint64_t(n))
             : body.reason == "pool" ? fmt::format("{} of pool {}", n, quote(body.pool))
                                     : fmt::format("{} slots", n);
    };
    return fmt::format("waits for {}, {} are free; held by {}", amount(body.wanted),
                       amount(body.free), join(body.holders, ", "));
  }
  std::string operator()(const StepOutput& body) const {
    std::string text = body.output.empty() ? "result" : body.output;
    if (!body.mapping_key.empty()) text += "[" + body.mapping_key + "]";
    return text + ": " + body.value_type + metadata_text(body.metadata);
  }
  std::string operator()(const HandledOutput& body) const {
    std::string text = body.output.empty() ? "result" : body.output;
    if (!body.mapping_key.empty()) text += "[" + body.mapping_key + "]";
    return fmt::format("{}: {} in {}{}", text, format_bytes(std::uint64_t(body.bytes)), body.object,
                       metadata_text(body.metadata));
  }
  std::string operator()(const LoadedInput& body) const {
    return fmt::format("{}: {} from {} in {}", body.input, format_bytes(std::uint64_t(body.bytes)),
                       body.object, took(body.duration_us));
  }
  std::string operator()(const IntermediateDeleted& body) const {
    return fmt::format("{} of {}: {}", format_bytes(std::uint64_t(body.bytes)), body.object,
                       body.cause);
  }
  std::string operator()(const StepReused& body) const {
    return fmt::format("of run {}{}{}", body.run, body.reason.empty() ? "" : ": ", body.reason);
  }
  std::string operator()(const DynamicComplete& body) const { return counted(body.count, "item"); }
  std::string operator()(const DynamicChanged& body) const {
    return fmt::format("the later attempt gave {} new items and {} no more", body.added.size(),
                       body.discarded.size()) +
           (body.order.empty() ? "" : ", in another order") + named("added", some(body.added)) +
           named("discarded", some(body.discarded));
  }
  std::string operator()(const ItemsDropped& body) const {
    return fmt::format("goes on without {} failed items of {} (at most {}): {}", body.keys.size(),
                       body.source, body.allowed, some(body.keys));
  }
  std::string operator()(const StepSuccess& body) const { return took(body.duration_us); }
  std::string operator()(const StepFailure& body) const { return body.error.to_string(); }
  std::string operator()(const StepUpForRetry& body) const {
    return fmt::format("attempt {} after {}", body.next_attempt + 1, took(body.delay_us));
  }
  std::string operator()(const StepSkipped& body) const { return body.reason; }
  std::string operator()(const StepUpstreamFailed& body) const {
    return body.reason.empty() ? body.step + " failed" : body.reason;
  }
  std::string operator()(const StepCanceled& body) const {
    return body.started ? "while it ran" : "before it started";
  }
  std::string operator()(const HookCompleted& body) const {
    return body.hook + " in " + took(body.duration_us);
  }
  std::string operator()(const HookErrored& body) const {
    return body.hook + ": " + body.error.to_string();
  }
  std::string operator()(const StepProgress& body) const {
    return fmt::format("{} of {} {}", body.done, body.total, body.unit);
  }
  std::string operator()(const ResourceInitStarted& body) const { return body.resource; }
  std::string operator()(const ResourceInitSuccess& body) const {
    return body.resource + " in " + took(body.duration_us);
  }
  std::string operator()(const ResourceInitFailure& body) const {
    return body.resource + ": " + body.error.to_string();
  }
  std::string operator()(const ResourceTeardown& body) const {
    return body.resource + (body.error.message.empty() ? "" : ": " + body.error.to_string());
  }
  std::string operator()(const AssetMaterialization& body) const {
    return body.asset + named("partition", body.partition) + named("path", body.path) +
           metadata_text(body.metadata);
  }
  std::string operator()(const AssetCheckEvaluation& body) const {
    return fmt::format("{} {}: {}{}{}", body.asset, body.check,
                       body.passed ? "passed" : "did not pass: " + body.description,
                       named("partition", body.partition), metadata_text(body.metadata));
  }
  std::string operator()(const LogMessage& body) const {
    return body.logger.empty() ? body.text : body.logger + ": " + body.text;
  }
  std::string operator()(const EngineEvent& body) const { return body.text; }
  std::string operator()(const UnknownEvent& body) const { return body.payload; }
};

Tone tone_of(const Event& event) {
  if (event.level >= LogLevel::Error || event.body.is<StepFailure, RunFailure>()) return Tone::Bad;
  return event.level == LogLevel::Warning ? Tone::Warn : Tone::Plain;
}

}  // namespace

std::string event_summary(const EventBody& body) { return body.visit(Summary{}); }

std::string event_line(const Event& event, std::string_view time, const TextStyle& style) {
  std::string type(event_type(event));
  if (event.body.is<LogMessage>()) type += " " + std::string(to_string(event.level));
  std::string line = fmt::format("{:>7}  {}  ", event.seq, time);
  line += paint(fmt::format("{:<22}", type), tone_of(event), style);
  if (!event.step.empty()) {
    line += "  " + one_line(event.step);
    if (event.attempt > 0) line += fmt::format(" (attempt {})", event.attempt + 1);
  }
  if (const auto summary = event_summary(event.body); !summary.empty())
    line += "  " + one_line(summary);
  return line;
}

}  // namespace penstock
