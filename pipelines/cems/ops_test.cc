// The whole job, run in process on real archives.
#include "pipelines/cems/ops.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <penstock/base/md5.h>
#include <penstock/testing/run_job.h>

#include "pipelines/cems/definitions.h"
#include "pipelines/cems/test_support.h"

namespace cems {
namespace {

namespace ps = penstock;
using testing::TempFolder;

// The job can run in processes, and its values can be kept.
static_assert(ps::is_portable<PartitionTask> && ps::is_portable<RawHours>);
static_assert(ps::is_portable<HourlyTable> && ps::is_portable<LoadedPartition>);
static_assert(ps::is_portable<TableSummary>);

/// The job with its output in a folder of its own.
class Job {
 public:
  explicit Job(std::filesystem::path raw_dir = testing::data_folder())
      : raw_dir_(std::move(raw_dir)) {}

  ps::Result<ps::testing::TestRun> run(const std::string& settings = "", int jobs = 1) const {
    const auto reference = (testing::data_folder() / "reference").string();
    const auto paths = "raw_dir: " + raw_dir_.string() +
                       "\noutput_dir: " + folder_.path().string() + "\ntimezones: " + reference +
                       "/plant_timezones_2017.csv" + "\ncrosswalk: " + reference +
                       "/epa_eia_crosswalk.csv\n";
    const auto executor = jobs == 1 ? ps::ExecutorKind::Inline : ps::ExecutorKind::Threads;
    static const auto defs = definitions().value();
    return ps::testing::run_job(defs, "epacems_etl", paths + settings,
                                {.executor = executor, .jobs = jobs});
  }
  std::filesystem::path file(const std::string& name) const {
    return folder_.path() / "core_epacems__hourly_emissions" / name;
  }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  std::filesystem::path raw_dir_;
  TempFolder folder_;
};

std::vector<std::string> steps_that_ended(const ps::testing::TestRun& run) {
  return run.events_of({"STEP_SUCCESS"});
}

bool ran(const ps::testing::TestRun& run, const std::string& step) {
  return std::ranges::count(steps_that_ended(run), "STEP_SUCCESS " + step) != 0;
}

TEST(EpacemsEtl, MakesTheDefaultPartitions) {
  const Job job;
  const auto run = job.run().value();
  ASSERT_TRUE(run.succeeded()) << run.report.error.to_string();
  const auto& summary = run.value<TableSummary>("consolidate");
  EXPECT_EQ(summary.partitions, 2);
  EXPECT_EQ(summary.rows, 183'960);
  EXPECT_TRUE(std::filesystem::exists(job.file("epacems-2017-ID.parquet")));
  EXPECT_TRUE(std::filesystem::exists(job.file("epacems-2017-ME.parquet")));
  EXPECT_FALSE(std::filesystem::exists(job.folder() / "core_epacems__hourly_emissions.parquet"));
}

TEST(EpacemsEtl, StartsTheLargestPartitionFirstAndEndsInOrder) {
  const Job job;
  const auto run = job.run("consolidate: true").value();
  const auto steps = steps_that_ended(run);
  const auto at = [&](const std::string& step) {
    return std::ranges::find(steps, "STEP_SUCCESS " + step);
  };
  EXPECT_LT(at("state_year.extract[2017-ME]"), at("state_year.extract[2017-ID]"));
  const auto file =
      penstock::read_file(job.folder() / "core_epacems__hourly_emissions.parquet").value();
  EXPECT_NE(file.find(R"(["year=2017,state=ID","year=2017,state=ME"])"), std::string::npos);
}

TEST(EpacemsEtl, RunsTheSameOnThreads) {
  const Job one, two;
  ASSERT_TRUE(one.run("consolidate: true")->succeeded());
  ASSERT_TRUE(two.run("consolidate: true", 4)->succeeded());
  for (const auto* name : {"core_epacems__hourly_emissions/epacems-2017-ID.parquet",
                           "core_epacems__hourly_emissions/epacems-2017-ME.parquet",
                           "core_epacems__hourly_emissions.parquet"})
    EXPECT_EQ(penstock::md5_hex(penstock::read_file(one.folder() / name).value()),
              penstock::md5_hex(penstock::read_file(two.folder() / name).value()))
        << name;
}

TEST(EpacemsEtl, RefusesWrongSettingsBeforeAnyWork) {
  const Job job;
  const auto run = job.run("years: [1994]\nstates: [XX]");
  ASSERT_FALSE(run.ok());
  const auto text = run.error().to_string() + run.error().detail;
  EXPECT_NE(text.find("years [1994] are not available; expected years from 1995 to 2026"),
            std::string::npos)
      << text;
  EXPECT_NE(
      text.find(
          "states [\"XX\"] are not available; expected two-letter codes from AK to WY, or all"),
      std::string::npos)
      << text;
  EXPECT_FALSE(job.run("colour: red").ok());
}

TEST(EpacemsEtl, FindsMissingPartitionsBeforeAnyWork) {
  const Job job;
  const auto run = job.run("years: [2017, 2020]\nstates: [ID, ME]").value();
  EXPECT_FALSE(run.succeeded());
  EXPECT_EQ(run.report.error.message,
            "no archive for year=2020, state=me; state me has years 2017; year 2020 has states id");
  EXPECT_EQ(run.report.error.kind, "partition_missing");
  EXPECT_TRUE(steps_that_ended(run).empty());
}

TEST(EpacemsEtl, SkipsMissingPartitionsByRequest) {
  const Job job;
  const auto run =
      job.run("years: [2017, 2020]\nstates: [ID, ME]\nmissing_partitions: skip").value();
  ASSERT_TRUE(run.succeeded());
  EXPECT_EQ(run.value<TableSummary>("consolidate").partitions, 3);
  EXPECT_EQ(run.value<TableSummary>("consolidate").rows, 254'232);
}

TEST(EpacemsEtl, StopsAtABrokenSharedTable) {
  const TempFolder tables;
  penstock::write_file_atomically(tables.path() / "zones.csv",
                                  "plant_id_eia,timezone\n5,America/Nowhere\n")
      .value();
  const TempFolder out;
  const auto reference = (testing::data_folder() / "reference").string();
  const auto broken =
      ps::testing::run_job(definitions().value(), "epacems_etl",
                           "raw_dir: " + testing::data_folder().string() +
                               "\noutput_dir: " + out.path().string() +
                               "\ntimezones: " + (tables.path() / "zones.csv").string() +
                               "\ncrosswalk: " + reference + "/epa_eia_crosswalk.csv")
          .value();
  EXPECT_FALSE(broken.succeeded());
  EXPECT_NE(broken.report.error.to_string().find(
                "zones.csv line 2: \"America/Nowhere\" is not a time zone"),
            std::string::npos)
      << broken.report.error.to_string();
  EXPECT_TRUE(steps_that_ended(broken).empty());
}

TEST(EpacemsEtl, RecordsChecksAndMaterializations) {
  const Job job;
  const auto run = job.run("states: [ID]").value();
  const auto checks = run.all<ps::AssetCheckEvaluation>();
  EXPECT_EQ(checks.size(), 13u + 2u);
  const auto made = run.all<ps::AssetMaterialization>();
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].asset, "hourly_emissions");
  EXPECT_EQ(made[0].partition, "year=2017,state=ID");
  EXPECT_EQ(made[0].path, job.file("epacems-2017-ID.parquet").string());
  EXPECT_EQ(made[0].metadata[0], (std::pair<std::string, ps::MetadataValue>{"rows", 70'080}));
}

/// Archives of two states, of which one has an unknown code and cannot be loaded.
class TwoStates {
 public:
  TwoStates() {
    std::string resources;
    for (const std::string state : {"id", "me"}) {
      auto rows = testing::whole_day(
          {.time = "1", .so2 = "1", .so2_code = "Measured", .state = state == "id" ? "ID" : "ME"});
      if (state == "me") rows[5].so2_code = "Guess";
      std::vector<testing::Row> month;
      for (int day = 1; day <= 31; ++day)
        for (auto row : rows) {
          row.date = "01-" + std::to_string(day) + "-2017";
          month.push_back(row);
        }
      const auto stem = "2017" + state + "01";
      const auto zip = testing::zip_of(
          {{stem + ".zip", testing::zip_of({{stem + ".csv", testing::monthly_csv(month)}})}});
      penstock::write_file_atomically(folder_.path() / (state + ".zip"), zip).value();
      resources += (resources.empty() ? "" : ",") + std::string("{\"name\": \"") + state +
                   ".zip\", \"path\": \"" + state +
                   ".zip\", \"bytes\": " + std::to_string(zip.size()) + ", \"hash\": \"" +
                   penstock::md5_hex(zip) + "\", \"parts\": {\"year\": 2017, \"state\": \"" +
                   state + "\"}}";
    }
    penstock::write_file_atomically(folder_.path() / "datapackage.json",
                                    "{\"resources\": [" + resources + "]}")
        .value();
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

TEST(EpacemsEtl, FailsOnlyThePartitionThatIsWrong) {
  const TwoStates archives;
  const Job job(archives.path());
  const auto run = job.run("missing_months: skip").value();
  EXPECT_FALSE(run.succeeded());
  EXPECT_TRUE(ran(run, "state_year.load[2017-ID]"));
  EXPECT_FALSE(ran(run, "state_year.load[2017-ME]"));
  EXPECT_NE(
      run.report.error.to_string().find("check codes_known: 31 measurement codes are unknown"),
      std::string::npos)
      << run.report.error.to_string();
  EXPECT_TRUE(std::filesystem::exists(job.file("epacems-2017-ID.parquet")));
  EXPECT_FALSE(std::filesystem::exists(job.file("epacems-2017-ME.parquet")));
}

TEST(EpacemsEtl, WritesThePrototypesLayout) {
  const Job job;
  const auto run = job.run("states: [ID]\nlayout: prototype\nfiles: hive").value();
  ASSERT_TRUE(run.succeeded()) << run.report.error.to_string();
  EXPECT_TRUE(std::filesystem::exists(
      job.folder() / "hourly_emissions_epacems/year=2017/state=ID/part-0.parquet"));
}

}  // namespace
}  // namespace cems
