#include "penstock/cli/complete.h"

#include <gtest/gtest.h>

#include "penstock/cli/commands.h"

namespace penstock {
namespace {

using Words = std::vector<std::string>;

CompletionNames names() {
  return {.jobs = [] { return std::vector<Candidate>{{"etl", "loads"}, {"export", ""}}; },
          .runs = [] { return std::vector<Candidate>{{"3f2a91bc", "etl"}}; },
          .steps =
              [](const std::string& job, const std::string& run) {
                if (job != "etl" && run != "3f2a91bc") return std::vector<Candidate>{};
                return std::vector<Candidate>{{"load", ""}, {"state.load", ""}, {"tag:slow", ""}};
              }};
}

Words after(const Words& words) {
  Words found;
  for (const auto& candidate : complete(all_commands(), words, names()))
    found.push_back(candidate.word);
  return found;
}

bool has(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(Complete, NamesOfCommands) {
  const auto first = after({""});
  EXPECT_TRUE(has(first, "job") && has(first, "gc") && has(first, "completion"));
  EXPECT_FALSE(has(first, "launch"));  // a further name is offered to who begins it
  EXPECT_EQ(after({"lau"}), Words{"launch"});
  EXPECT_EQ(after({"job", "r"}), Words{"run"});
  EXPECT_EQ(after({"run", "re"}), (Words{"reexecute", "resume"}));
  EXPECT_EQ(after({"--home", "x", "job", "sh"}), Words{"show"});
  EXPECT_EQ(after({"nonsense", ""}), Words{});
  EXPECT_EQ(complete(all_commands(), {"doct"}, names()).front().about,
            "find what is wrong with the program and its home, and what mends it");
}

TEST(Complete, Options) {
  EXPECT_EQ(after({"job", "run", "--exe"}), Words{"--executor"});
  EXPECT_EQ(after({"gc", "--he"}), Words{"--help"});
  EXPECT_EQ(after({"gc", "--dry-run", "--dry"}), Words{});
  EXPECT_EQ(after({"job", "run", "--set", "a=1", "--se"}), Words{"--set"});  // may be repeated
  EXPECT_EQ(after({"--js"}), Words{"--json"});
  EXPECT_TRUE(has(after({"job", "run", "etl", "--"}), "--memory"));
  EXPECT_TRUE(has(after({"launch", "-"}), "--job"));
}

TEST(Complete, ValuesOfOptions) {
  EXPECT_EQ(after({"job", "run", "etl", "--executor", ""}),
            (Words{"threads", "processes", "inline"}));
  EXPECT_EQ(after({"job", "run", "etl", "--executor=p"}), Words{"--executor=processes"});
  EXPECT_EQ(after({"job", "run", "etl", "--keep", "f"}), Words{"failed"});
  EXPECT_EQ(after({"--color", "a"}), (Words{"auto", "always"}));
  EXPECT_EQ(after({"run", "logs", "3f2a91bc", "--stream", "stde"}), Words{"stderr"});
  EXPECT_EQ(after({"run", "list", "--status", "F"}), Words{"FAILURE"});
  EXPECT_EQ(after({"run", "list", "--job", "ex"}), Words{"export"});
  EXPECT_EQ(after({"launch", "-j", "et"}), Words{"etl"});
  EXPECT_EQ(after({"job", "run", "etl", "--config", ""}), Words{});  // a file
}

TEST(Complete, ArgumentsInTheirPlace) {
  EXPECT_EQ(after({"job", "show", ""}), (Words{"etl", "export"}));
  EXPECT_EQ(after({"job", "show", "etl", ""}), Words{});
  EXPECT_EQ(after({"job", "run", "--jobs", "2", "e"}), (Words{"etl", "export"}));
  EXPECT_EQ(after({"run", "show", "3"}), Words{"3f2a91bc"});
  EXPECT_EQ(after({"run", "delete", "3f2a91bc", ""}), Words{"3f2a91bc"});  // takes several
  EXPECT_EQ(after({"job", "show", "--", ""}), (Words{"etl", "export"}));
}

TEST(Complete, NamesInSelections) {
  const Words run = {"job", "run", "etl", "--op-selection"};
  const auto selection = [&](std::string typed) {
    auto words = run;
    words.push_back(std::move(typed));
    return after(words);
  };
  EXPECT_EQ(selection("l"), Words{"load"});
  EXPECT_EQ(selection("+st"), Words{"+state.load"});
  EXPECT_EQ(selection("load and not (ta"), Words{"load and not (tag:slow"});
  EXPECT_EQ(selection("2+"), (Words{"2+load", "2+state.load", "2+tag:slow"}));
  EXPECT_EQ(after({"run", "reexecute", "3f2a91bc", "--select", "lo"}), Words{"load"});
  EXPECT_EQ(after({"run", "explain", "3f2a91bc", "state"}), Words{"state.load"});
  EXPECT_EQ(after({"launch", "-j", "etl", "--op-selection=st"}),
            Words{"--op-selection=state.load"});
  EXPECT_EQ(after({"job", "run", "--op-selection", "l"}), Words{});
}

}  // namespace
}  // namespace penstock
