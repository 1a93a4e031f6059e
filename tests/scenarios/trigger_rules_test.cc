// The truth table of the trigger rules: every rule, every outcome of the steps before, alone and in
// pairs; what must follow is written down a second time here, from the rules' definitions.
#include <gtest/gtest.h>

#include <array>

#include "tests/scenarios/scenario.h"

namespace penstock::scenario {
namespace {

enum class Outcome { Success, Failed, Skipped, UpstreamFailed };
constexpr std::array kOutcomes = {Outcome::Success, Outcome::Failed, Outcome::Skipped,
                                  Outcome::UpstreamFailed};
constexpr std::array<std::string_view, 4> kOutcomeNames = {"success", "failed", "skipped",
                                                           "upstream failed"};
constexpr std::array<std::string_view, 5> kRules = {"all_success", "none_failed", "any_success",
                                                    "any_failed", "all_done"};

/// A step of that name that ends so.
std::string step_that_ends(const std::string& name, Outcome outcome) {
  switch (outcome) {
    case Outcome::Success:
      return "step " + name + "\n";
    case Outcome::Failed:
      return "step " + name + "\nplay " + name + " fails\n";
    case Outcome::Skipped:
      return "step " + name + "\nplay " + name + " skips\n";
    case Outcome::UpstreamFailed:
      break;
  }
  return "step before_" + name + "\nplay before_" + name + " fails\nstep " + name + " before_" +
         name + "\n";
}

/// How a step with that rule ends after those.
Outcome expected(std::string_view rule, const std::vector<Outcome>& before) {
  std::size_t good = 0, skipped = 0, failed = 0;
  for (const auto outcome : before) {
    if (outcome == Outcome::Success) ++good;
    if (outcome == Outcome::Skipped) ++skipped;
    if (outcome == Outcome::Failed || outcome == Outcome::UpstreamFailed) ++failed;
  }
  if (rule == "all_done") return Outcome::Success;
  if (rule == "any_failed") return failed > 0 ? Outcome::Success : Outcome::Skipped;
  const bool runs = rule == "all_success"   ? good == before.size()
                    : rule == "none_failed" ? failed == 0
                                            : good > 0;
  if (runs) return Outcome::Success;
  return failed > 0 ? Outcome::UpstreamFailed : Outcome::Skipped;
}

std::string line_of(Outcome outcome) {
  constexpr std::array<std::string_view, 4> kLines = {"  success    last\n", "  failure    last",
                                                      "  skipped    last:", "  upstream   last:"};
  return std::string(kLines[std::size_t(outcome)]);
}

/// `last_reads`: nothing when the last of those before is an input, `after ` when it is order only.
void check(std::string_view rule, const std::vector<Outcome>& before,
           std::string_view last_reads = "") {
  std::string text, reads, shown(rule);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto name = "s" + std::to_string(i);
    text += step_that_ends(name, before[i]);
    reads += (i + 1 == before.size() ? " " + std::string(last_reads) : std::string(" ")) + name;
    shown += std::string(" after ") + std::string(kOutcomeNames[std::size_t(before[i])]);
  }
  text += "step last" + reads + " rule " + std::string(rule) + "\n";
  const auto scenario = parse(text);
  ASSERT_TRUE(scenario.ok()) << scenario.error().to_string();
  const auto events = play(*scenario);
  ASSERT_TRUE(events.ok()) << events.error().to_string();
  const auto wanted = expected(rule, before);
  EXPECT_NE(events->find(line_of(wanted)), std::string::npos)
      << shown << " must end as " << kOutcomeNames[std::size_t(wanted)] << ":\n"
      << *events;
}

TEST(TriggerRules, AfterOneStep) {
  for (const auto rule : kRules)
    for (const auto outcome : kOutcomes) check(rule, {outcome});
}

TEST(TriggerRules, AfterTwoSteps) {
  for (const auto rule : kRules)
    for (const auto first : kOutcomes)
      for (const auto second : kOutcomes) check(rule, {first, second});
}

TEST(TriggerRules, WhatIsOnlyOrderedCountsLikeAnInput) {
  for (const auto rule : kRules)
    for (const auto first : kOutcomes) {
      check(rule, {first}, "after ");
      for (const auto second : kOutcomes) check(rule, {first, second}, "after ");
    }
}

}  // namespace
}  // namespace penstock::scenario
