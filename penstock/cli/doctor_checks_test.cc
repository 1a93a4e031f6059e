#include "penstock/cli/doctor_checks.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "penstock/model/definitions_builder.h"
#include "penstock/testing/ephemeral_folder.h"

namespace penstock {
namespace {

using Texts = std::vector<std::string>;
constexpr std::uint64_t kGiB = std::uint64_t(1) << 30;

Texts lines(const Findings& findings) {
  Texts texts;
  for (const auto& each : findings)
    texts.push_back(each.subject + ": " + each.message + " | " + each.mend);
  return texts;
}

int call() { return 1; }

LoadedSettings settings(std::string_view text) {
  LoadedSettings loaded;
  loaded.file = "penstock.yaml";
  loaded.values = decode_config<Settings>(parse_config(text, "penstock.yaml").value).value();
  return loaded;
}

TEST(DoctorChecks, SettingsAgreeWithTheMachineAndTheDefinitions) {
  DefinitionsBuilder defs;
  defs.op<call>().pool("db");
  defs.job("job", [](GraphBuilder& g) { g.op<call>(); });
  const auto definitions = defs.build().value();
  const MachineLimits machine{.memory = 8 * kGiB, .open_files = 1024, .cores = 2};
  const auto good = settings("{executor: {memory: 8GiB}, pools: {db: 2}}");
  EXPECT_EQ(lines(check_settings(good, machine, &definitions)), Texts{});
  const auto bad =
      settings("{executor: {memory: 64GiB, step_memory: 9GiB}, pools: {bd: 2, printers: 1}}");
  EXPECT_EQ(lines(check_settings(bad, machine, &definitions)),
            (Texts{"executor.memory: it is 64.0 GiB and the machine has 8.0 GiB | set "
                   "executor.memory to less in penstock.yaml",
                   "executor.step_memory: it is 9.0 GiB and the machine has 8.0 GiB | set "
                   "executor.step_memory to less in penstock.yaml",
                   "pools.bd: no step of any job takes from a pool \"bd\" | write pools.db in "
                   "penstock.yaml",
                   "pools.printers: no step of any job takes from a pool \"printers\" | take "
                   "pools.printers out of penstock.yaml"}));
  // Broken definitions are a finding of their own.
  EXPECT_EQ(check_settings(bad, {}, nullptr).size(), 0u);
}

TEST(DoctorChecks, HomesAreFoldersThatOnlyTheirOwnerWritesTo) {
  const penstock::testing::EphemeralFolder folder;
  const auto home = folder.path() / "home";
  EXPECT_EQ(lines(check_home(home)), Texts{});  // it can be made
  std::filesystem::create_directory(home);
  std::filesystem::permissions(home, std::filesystem::perms{0755});
  EXPECT_EQ(lines(check_home(home)),
            Texts{home.string() +
                  ": every user of this machine can read what runs were given, made and said | "
                  "chmod o-rx " +
                  home.string()});
  std::filesystem::permissions(home, std::filesystem::perms{0700});
  EXPECT_EQ(lines(check_home(home)), Texts{});
  std::filesystem::permissions(home, std::filesystem::perms::all);
  EXPECT_EQ(lines(check_home(home)), Texts{home.string() +
                                           ": every user of this machine can write to it | chmod "
                                           "o-w " +
                                           home.string()});
  const auto file = folder.path() / "file";
  std::ofstream(file) << "x";
  for (const auto& wrong : {file, file / "below"})
    EXPECT_EQ(lines(check_home(wrong)),
              Texts{file.string() +
                    ": it is no folder, and a home is one or lies in one | name another folder "
                    "with --home or PENSTOCK_HOME"});
}

TEST(DoctorChecks, RoomOnTheDisk) {
  EXPECT_EQ(check_disk("home", {kGiB, 100 * kGiB}, "etl").size(), 0u);
  EXPECT_EQ(check_disk("home", {kGiB / 4, kGiB / 2}, "etl").size(), 0u);  // small, and half empty
  EXPECT_EQ(check_disk("home", {kGiB / 32, kGiB / 16}, "etl").size(), 1u);
  EXPECT_EQ(lines(check_disk("home", {kGiB / 4, 100 * kGiB}, "etl")),
            Texts{"home: its disk has 256.0 MiB left of 100.0 GiB; a run that fills it fails | "
                  "etl gc --older-than 30d, or remove other files"});
}

TEST(DoctorChecks, VersionsOfTheLog) {
  EXPECT_EQ(check_versions("penstock.db", {4, 4}, "etl").size(), 0u);
  EXPECT_EQ(lines(check_versions("penstock.db", {3, 4}, "etl")),
            Texts{"penstock.db: the log has version 3 and this program version 4 | etl storage "
                  "migrate"});
  EXPECT_EQ(lines(check_versions("penstock.db", {5, 4}, "etl")),
            Texts{"penstock.db: the log has version 5 and this program version 4 | use the newer "
                  "build of the program that wrote it, or another home with --home"});
}

TEST(DoctorChecks, LostRuns) {
  RunRecord run;
  run.status = RunStatus::Started;
  run.pid = 77;
  run.build_id = "b1";
  const auto id = run.id.to_string();
  EXPECT_EQ(lines(check_lost_runs({&run, 1}, "b1", "etl")),
            Texts{"run " + id +
                  ": it is STARTED and its process 77 lives no more; the next start of a run "
                  "records it as failed | etl run cancel " +
                  id + " --force"});
  run.resumes = true;
  EXPECT_EQ(check_lost_runs({&run, 1}, "b1", "etl")[0].mend, "etl run resume " + id);
  EXPECT_EQ(check_lost_runs({&run, 1}, "b2", "etl")[0].mend, "etl run cancel " + id + " --force");
}

TEST(DoctorChecks, LimitsOfTheSystem) {
  const MachineLimits machine{.memory = 0, .open_files = 256, .processes = 100, .cores = 4};
  EXPECT_EQ(check_limits(Settings{}, machine).size(), 0u);
  EXPECT_EQ(lines(check_limits(settings("executor: {jobs: 90}").values, machine)),
            Texts{"open files: this user may have 256 files open, and a run of 90 steps at a time "
                  "may need 424: fewer will run at a time | ulimit -n 424, or fewer "
                  "executor.jobs"});
  const auto processes = settings("executor: {default: processes, jobs: 100}");
  EXPECT_EQ(
      lines(check_limits(processes.values, machine)),
      (Texts{"open files: this user may have 256 files open, and a run of 100 steps at a time in "
             "processes may need 1264: fewer will run at a time | ulimit -n 1264, or fewer "
             "executor.jobs",
             "processes: this user may have 100 processes and threads, and a run of 100 steps at a "
             "time in processes may need 308: steps will wait for each other | ulimit -u 308, or "
             "fewer executor.jobs"}));
}

TEST(DoctorChecks, EveryProblemOfAnErrorIsAFinding) {
  EXPECT_EQ(lines(findings_of(make_error(ErrorCode::Config, "one\ntwo"), "file", "edit it")),
            (Texts{"file: one | edit it", "file: two | edit it"}));
  EXPECT_EQ(lines(findings_of(make_error(ErrorCode::Definition, "2 problems\n  one\n  two"), "it",
                              "edit it")),
            (Texts{"it: one | edit it", "it: two | edit it"}));
}

}  // namespace
}  // namespace penstock
