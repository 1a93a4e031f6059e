#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/view/event_text.h"
#include "penstock/view/run_text.h"

namespace penstock {
namespace {

// The line for each event that is worth one; the first word tells how a step ended.
struct Watcher {
  const Event& event;
  const LogLevel least;
  const TextStyle& style;

  std::string operator()(const StepSuccess& body) const {
    return line("ok", Tone::Good, event.step + "  " + format_duration(Micros(body.duration_us)));
  }
  std::string operator()(const StepFailure& body) const {
    return line("failed", Tone::Bad,
                event.step + "  " + format_duration(Micros(body.duration_us)) + ": " +
                    body.error.to_string());
  }
  std::string operator()(const StepUpForRetry& body) const {
    std::string text = fmt::format("{}  attempt {}", event.step, body.next_attempt + 1);
    if (body.delay_us > 0) text += " in " + format_duration(Micros(body.delay_us));
    return line("retry", Tone::Warn, text);
  }
  std::string operator()(const StepSkipped& body) const {
    return line("skipped", Tone::Dim, event.step + ": " + body.reason);
  }
  std::string operator()(const StepUpstreamFailed& body) const {
    return line("not run", Tone::Dim,
                event.step + ": " + (body.reason.empty() ? body.step + " failed" : body.reason));
  }
  std::string operator()(const StepCanceled& body) const {
    if (!body.started) return {};  // there may be as many as items
    return line("canceled", Tone::Warn, event.step);
  }
  std::string operator()(const RunCanceling& body) const {
    const bool is_said = !body.by.empty() && body.by != "request";
    return line("stopping", Tone::Warn,
                "the run was asked to stop" + (is_said ? " by " + body.by : std::string()));
  }
  std::string operator()(const ResourceInitFailure& body) const {
    return line("failed", Tone::Bad, "resource " + body.resource + ": " + body.error.to_string());
  }
  std::string operator()(const AssetCheckEvaluation& body) const {
    if (body.passed) return {};
    std::string what = body.asset;
    if (!body.partition.empty()) what += " [" + body.partition + "]";
    what += ": " + body.check;
    if (!body.description.empty()) what += ": " + body.description;
    return body.severity == "WARN" ? line("check warned", Tone::Warn, what)
                                   : line("check failed", Tone::Bad, what);
  }
  std::string operator()(const LogMessage& body) const {
    if (event.level < least) return {};
    const std::string text = event.step.empty() ? body.text : event.step + ": " + body.text;
    switch (event.level) {
      case LogLevel::Debug:
        return line("debug", Tone::Dim, text);
      case LogLevel::Info:
        return line("info", Tone::Plain, text);
      case LogLevel::Warning:
        return line("warning", Tone::Warn, text);
      default:
        return line("error", Tone::Bad, text);
    }
  }
  std::string operator()(const ItemsDropped&) const { return warning(); }
  std::string operator()(const DynamicChanged&) const { return warning(); }
  std::string operator()(const EngineEvent&) const {
    return event.level < LogLevel::Warning ? std::string() : warning();
  }
  template <class Body>
  std::string operator()(const Body&) const {
    return {};
  }

  std::string warning() const {
    if (event.level < least) return {};
    return line("warning", Tone::Warn, event.step + ": " + event_summary(event.body));
  }

  std::string line(std::string_view word, Tone tone, std::string_view text) const {
    const std::string fill(word.size() < 8 ? 8 - word.size() : 0, ' ');
    return paint(word, tone, style) + fill + "  " + one_line(text);
  }
};

}  // namespace

std::string watch_line(const Event& event, LogLevel least, const TextStyle& style) {
  return event.body.visit(Watcher{event, least, style});
}

}  // namespace penstock
