#include "penstock/testing/expect_events.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/text.h"

namespace penstock::testing {
namespace {

constexpr std::size_t kShown = 12;

std::string told_by(const EventBody& body) {
  if (const auto* failure = body.get_if<StepFailure>()) return failure->error.to_string();
  if (const auto* failure = body.get_if<RunFailure>()) return failure->reason;
  if (const auto* retry = body.get_if<StepUpForRetry>())
    return "in " + format_duration(Micros(retry->delay_us));
  if (const auto* skipped = body.get_if<StepSkipped>()) return skipped->reason;
  if (const auto* output = body.get_if<StepOutput>()) {
    const auto name = output->output.empty() ? std::string("result") : output->output;
    return output->mapping_key.empty() ? name : name + "[" + output->mapping_key + "]";
  }
  if (const auto* upstream = body.get_if<StepUpstreamFailed>()) return upstream->step;
  if (const auto* message = body.get_if<LogMessage>()) return message->text;
  if (const auto* hook = body.get_if<HookCompleted>()) return hook->hook;
  if (const auto* hook = body.get_if<HookErrored>())
    return hook->hook + ": " + hook->error.to_string();
  if (const auto* made = body.get_if<AssetMaterialization>()) return made->asset;
  if (const auto* check = body.get_if<AssetCheckEvaluation>())
    return check->check + (check->passed ? " passed" : " did not pass");
  return {};
}

bool meets(const std::string& words, const std::string& expected) {
  if (!words.starts_with(expected)) return false;
  if (words.size() == expected.size()) return true;
  const char next = words[expected.size()];
  return next == ' ' || next == ':' || next == '[' || expected.ends_with(' ');
}

/// The lines from `first` on, as far as they are worth reading.
std::string listed(const std::vector<std::string>& lines, std::size_t first) {
  std::string text;
  for (auto i = first; i < lines.size() && i < first + kShown; ++i) text += "\n  " + lines[i];
  if (lines.size() > first + kShown)
    text += fmt::format("\n  and {} more", lines.size() - first - kShown);
  return text.empty() ? "\n  nothing" : text;
}

std::vector<std::string> words_of(const std::vector<Event>& events) {
  std::vector<std::string> words;
  for (const auto& event : events) words.push_back(event_words(event));
  return words;
}

}  // namespace

std::string event_words(const Event& event) {
  std::string words(event_type(event));
  if (!event.step.empty()) words += " " + event.step;
  if (const auto told = told_by(event.body); !told.empty()) words += ": " + told;
  return words;
}

std::string lacks(const std::vector<Event>& events, const std::vector<std::string>& expected) {
  const auto words = words_of(events);
  std::size_t at = 0, after = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    while (at < words.size() && !meets(words[at], expected[i])) ++at;
    if (at == words.size()) {
      const auto before = i == 0 ? std::string("no event meets ") + quote(expected[i])
                                 : fmt::format("after {} no event meets {}",
                                               quote(words[after - 1]), quote(expected[i]));
      return before + "; there came:" + listed(words, after);
    }
    after = ++at;
  }
  return {};
}

std::string differs(const std::vector<Event>& events, const std::vector<std::string>& types,
                    const std::vector<std::string>& expected) {
  std::vector<std::string> words;
  for (const auto& event : events)
    if (std::ranges::find(types, event_type(event)) != types.end())
      words.push_back(event_words(event));
  for (std::size_t i = 0; i < std::max(words.size(), expected.size()); ++i) {
    if (i >= words.size())
      return fmt::format("event {} should be {} and there are no more", i + 1, quote(expected[i]));
    if (i >= expected.size())
      return fmt::format("{} events were expected and there are more:", expected.size()) +
             listed(words, i);
    if (!meets(words[i], expected[i]))
      return fmt::format("event {} should be {} and there came:", i + 1, quote(expected[i])) +
             listed(words, i);
  }
  return {};
}

std::string has(const std::vector<Event>& events, const std::string& unwanted) {
  for (const auto& event : events)
    if (const auto words = event_words(event); meets(words, unwanted))
      return "this should not happen: " + words;
  return {};
}

}  // namespace penstock::testing
