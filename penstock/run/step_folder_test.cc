#include "penstock/run/step_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "penstock/base/files.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/testing/run_job.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;
using testing::run_job;
using testing::TestOptions;

struct Place {
  int line = 0;
  std::string file;
};

// What the ops below saw; each test begins it anew.
struct Seen {
  std::vector<int> lines;
  std::vector<fs::path> folders;
  bool give_up = false;
} seen;

/// Fails twice, each time a bit further on.
Result<int> reads_on(OpContext& op) {
  const auto folder = PENSTOCK_TRY(op.scratch());
  seen.folders.push_back(folder);
  std::ofstream(folder / "half") << "half";
  auto checkpoint = op.checkpoint();
  const auto place = PENSTOCK_TRY(checkpoint.load<Place>());
  const int line = place ? place->line : 0;
  seen.lines.push_back(line);
  if (line == 20) return line;
  PENSTOCK_TRY(checkpoint.save(Place{line + 10, "a.txt"}));
  if (seen.give_up) return Failure("given up", {}, false);
  return make_error(ErrorCode::Io, "the line broke");
}
int waits_for_a_number(OpContext& op) {
  PENSTOCK_CHECK(!op.checkpoint().load<std::string>().value(), "another step's checkpoint");
  return 1;
}

class StepFolderTest : public ::testing::Test {
 protected:
  StepFolderTest() {
    std::string name = (fs::temp_directory_path() / "penstock-XXXXXX").string();
    PENSTOCK_CHECK(::mkdtemp(name.data()) != nullptr, "cannot make a folder");
    home_ = name;
    seen = {};
  }
  ~StepFolderTest() override {
    std::error_code ignored;
    fs::remove_all(home_, ignored);
  }
  testing::TestRun run() const {
    DefinitionsBuilder defs;
    defs.op<reads_on>().retry({.max_retries = 3});
    defs.job("reading", [](GraphBuilder& g) {
      g.op<reads_on>();
      g.op<waits_for_a_number>();
    });
    TestOptions options;
    options.home = home_;
    return run_job(defs.build().value(), "reading", "", options).value();
  }

  fs::path home_;
};

TEST_F(StepFolderTest, ARetryFindsTheCheckpointOfTheAttemptBefore) {
  EXPECT_TRUE(run().succeeded());
  EXPECT_EQ(seen.lines, (std::vector<int>{0, 10, 20}));
  EXPECT_EQ(StepFolder::runs(home_), std::vector<RunId>()) << "all ends with the run's success";
}

TEST_F(StepFolderTest, AScratchFolderLivesAsLongAsItsAttempt) {
  EXPECT_TRUE(run().succeeded());
  ASSERT_EQ(seen.folders.size(), 3u);
  EXPECT_NE(seen.folders[0], seen.folders[1]);
  EXPECT_EQ(seen.folders[1].filename(), "reads_on.1");
  for (const auto& folder : seen.folders) EXPECT_FALSE(fs::exists(folder));
}

TEST_F(StepFolderTest, AFailedRunLeavesItsCheckpoints) {
  seen.give_up = true;
  const auto failed = run();
  EXPECT_FALSE(failed.succeeded());
  EXPECT_FALSE(fs::exists(home_ / "scratch" / failed.report.id.to_string()));
  EXPECT_EQ(StepFolder::runs(home_), (std::vector<RunId>{failed.report.id}));
  const StepFolder folder(home_, failed.report.id);
  EXPECT_TRUE(folder.load("reads_on", "checkpoint").value());
  folder.end_run(/*with_checkpoints=*/true);
  EXPECT_EQ(StepFolder::runs(home_), std::vector<RunId>());
}

TEST_F(StepFolderTest, ACheckpointOfAnotherTypeIsNone) {
  seen = {};
  const auto id = RunId::make(Time(), 1, 2);
  const StepFolder folder(home_, id);
  EXPECT_FALSE(folder.load("a", "b").value());
  ASSERT_TRUE(folder.save("map[a].b", "c/d", "text").ok());
  EXPECT_EQ(folder.load("map[a].b", "c/d").value()->bytes, "text");
  EXPECT_TRUE(fs::exists(home_ / "checkpoints" / id.to_string() / "map%5Ba%5D.b" / "c%2Fd"));
}

// Whatever bit of a checkpoint flips, neither load() nor check() takes it for what was saved.
TEST_F(StepFolderTest, ADamagedCheckpointIsNotLoaded) {
  const StepFolder folder(home_, RunId::make(Time(), 1, 2));
  // As Checkpoint::save does: the layout of the type, then the value.
  StringSink sink;
  ByteWriter out(sink);
  out.text("s");
  out.text("a text");
  ASSERT_TRUE(out.finish().ok());
  const auto saved = sink.take();
  ASSERT_TRUE(folder.save("a", "place", saved).ok());
  auto files = StepFolder::check(home_);
  ASSERT_EQ(files.size(), 1u);
  EXPECT_TRUE(files[0].sound.ok());
  const auto path = files[0].path;
  const auto good = read_file(path).value();
  EXPECT_EQ(good.size(), saved.size() + 16);
  const auto check = [&](std::string bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    const auto loaded = folder.load("a", "place");
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, ErrorCode::Corrupt);
    files = StepFolder::check(home_);
    ASSERT_EQ(files.size(), 1u);
    EXPECT_FALSE(files[0].sound.ok());
  };
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bytes = good;
    bytes[bit / 8] = char(bytes[bit / 8] ^ (1 << bit % 8));
    check(bytes);
  }
  for (std::size_t size = 0; size < good.size(); ++size) check(good.substr(0, size));
  check(good + "x");
  EXPECT_EQ(folder.load("a", "place").error().message,
            "checkpoint \"place\": " + path.string() + " is damaged: its " +
                std::to_string(good.size() + 1) +
                " bytes do not have the checksum they were saved with; delete the file to run the "
                "step from its start");

  // A file of an earlier version has no checksum.
  std::ofstream(path, std::ios::binary) << saved;
  EXPECT_EQ(folder.load("a", "place").value()->bytes, saved);
  EXPECT_TRUE(StepFolder::check(home_)[0].sound.ok());
}

TEST_F(StepFolderTest, ADirectCallHasNeither) {
  OpContext op;
  EXPECT_TRUE(op.checkpoint().save(1).ok());
  EXPECT_FALSE(op.checkpoint().load<int>().value());
  const auto scratch = op.scratch();
  ASSERT_FALSE(scratch.ok());
  EXPECT_EQ(scratch.error().message, "there is no scratch folder outside of a run");
}

}  // namespace
}  // namespace penstock
