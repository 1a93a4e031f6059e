// The output of steps, kept by attempt wherever they run.
#include "penstock/run/logs/attempt_logs.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>

#include "penstock/model/definitions_builder.h"
#include "penstock/run/logs/captured_file.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

using testing::run_job;
using testing::TestOptions;
using Lines = std::vector<std::string>;

class StepOutputTest : public ::testing::TestWithParam<ExecutorKind> {
 protected:
  StepOutputTest() {
    std::string folder = ::testing::TempDir() + "/output-XXXXXX";
    home_ = ::mkdtemp(folder.data());
    options_.executor = GetParam();
    options_.jobs = 2;
    options_.logs.home = home_;
  }
  ~StepOutputTest() override { std::filesystem::remove_all(home_); }

  Result<testing::TestRun> run(DefinitionsBuilder& defs) const {
    const auto definitions = defs.build();
    EXPECT_TRUE(definitions.ok());
    return run_job(*definitions, "job", "", options_);
  }
  /// `step attempt stream: lines` of all that was kept, in order of the files' names.
  Lines kept(const testing::TestRun& run) const {
    std::map<std::string, std::string> files;
    for (const auto& event : run.events)
      if (const auto* kept = event.body.get_if<LogsCaptured>()) {
        auto& text = files[kept->file];
        text = event.step + " " + std::to_string(event.attempt) + " " + kept->stream + ":";
        const auto read = read_captured(home_ / kept->file, 0, [&](std::int64_t, auto line) {
          text += " " + std::string(line);
          return true;
        });
        EXPECT_TRUE(read.ok());
      }
    Lines all;
    for (const auto& [file, text] : files) all.push_back(text);
    return all;
  }

  std::filesystem::path home_;
  TestOptions options_;
};
INSTANTIATE_TEST_SUITE_P(Executors, StepOutputTest,
                         ::testing::Values(ExecutorKind::Inline, ExecutorKind::Threads,
                                           ExecutorKind::Processes),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST_P(StepOutputTest, IsKeptByAttempt) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    g.with({.retry = RetryPolicy{1}}).op("tries", [](OpContext& op) -> Status {
      op.out() << "attempt " << op.facts().attempt << "\nnot ended";
      if (op.facts().attempt == 0) return make_error(ErrorCode::UserFailure, "again");
      op.err() << "came through" << std::endl;
      return {};
    });
    g.op("silent", [](OpContext& op) { op.out() << ""; });
  });
  const auto done = run(defs);
  ASSERT_TRUE(done->succeeded());
  EXPECT_EQ(kept(*done),
            (Lines{"tries 0 stdout: attempt 0 not ended", "tries 1 stderr: came through",
                   "tries 1 stdout: attempt 1 not ended"}));
  const auto files = done->all<LogsCaptured>();
  EXPECT_EQ(files.at(0).file, "logs/" + done->report.id.to_string() + "/tries.0.stdout.gz");
  EXPECT_EQ(files.at(0).lines, 2);
  EXPECT_EQ(files.at(0).bytes, 19);
  EXPECT_FALSE(files.at(0).truncated);
}

TEST_P(StepOutputTest, ThatCannotBeKeptFailsNoStep) {
  options_.logs.home = "/proc/no-such-place";
  DefinitionsBuilder defs;
  defs.job("job",
           [](GraphBuilder& g) { g.op("talks", [](OpContext& op) { op.out() << "hello\n"; }); });
  const auto done = run(defs);
  EXPECT_TRUE(done->succeeded());
  const auto told = done->all<EngineEvent>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].text.starts_with("its stdout was not kept: ")) << told[0].text;
}

TEST(StepOutput, OfAProcessIsAllThatItPrints) {
  std::string folder = ::testing::TempDir() + "/output-XXXXXX";
  const std::filesystem::path home = ::mkdtemp(folder.data());
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    g.op("prints", [](OpContext& op) {
      std::printf("printed\n");
      std::fflush(stdout);
      op.out() << "told\n";
      std::fprintf(stderr, "complained\n");
    });
  });
  TestOptions options{ExecutorKind::Processes};
  options.logs.home = home;
  const auto done = run_job(*defs.build(), "job", "", options);
  Lines lines;
  for (const auto& kept : done->all<LogsCaptured>()) {
    const auto read = read_captured(home / kept.file, 0, [&](std::int64_t, auto line) {
      lines.emplace_back(line);
      return true;
    });
    EXPECT_TRUE(read.ok());
  }
  EXPECT_EQ(lines, (Lines{"printed", "told", "complained"}));
  EXPECT_TRUE(remove_captured(home, done->report.id).ok());
  EXPECT_TRUE(captured_names(home / "logs" / done->report.id.to_string()).empty());
  std::filesystem::remove_all(home);
}

}  // namespace
}  // namespace penstock
