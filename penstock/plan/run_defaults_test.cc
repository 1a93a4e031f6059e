// What the settings of a program say of a plan, where neither request nor definitions do.
#include <gtest/gtest.h>

#include "penstock/model/config_document.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/plan/run_plan.h"

namespace penstock {
namespace {

struct Login {
  Secret password = Secret::from_env("PW");
  static void describe(ConfigSchema<Login>& s) { s.field("password", &Login::password); }
};
struct Line {};

int log_in(const Login&) { return 1; }
int call(const int& n, Resource<Line>) { return n; }

Line open_line() { return {}; }

Result<RunPlan> plan(const RunRequest& request, std::optional<Keep> keep = {}) {
  DefinitionsBuilder defs;
  defs.resource<Line>("line", &open_line).tokens(3);
  defs.op<log_in>().pool("db").pool("net");
  auto job = defs.job("job", [](GraphBuilder& g) { g.op<call>(g.op<log_in>()); });
  job.pool("net", 5);
  if (keep) job.keep(*keep);
  return plan_run(PENSTOCK_TRY(defs.build()), request,
                  [](const std::string&) { return std::optional<std::string>("long-enough"); });
}

std::map<std::string, std::int64_t> limits(const RunPlan& plan) {
  std::map<std::string, std::int64_t> limits;
  for (const auto& pool : plan.pools) limits[pool.name] = pool.limit;
  return limits;
}

TEST(RunDefaults, LimitPoolsThatNobodyElseLimits) {
  const PoolAmounts defaults{{"db", 2}, {"net", 1}, {"line", 1}, {"of another job", 1}};
  using Limits = std::map<std::string, std::int64_t>;
  EXPECT_EQ(limits(*plan({.job = "job"})), (Limits{{"db", 0}, {"net", 5}, {"line", 3}}));
  EXPECT_EQ(limits(*plan({.job = "job", .defaults = {.pools = defaults}})),
            (Limits{{"db", 2}, {"net", 5}, {"line", 3}}));
  EXPECT_EQ(
      limits(*plan({.job = "job", .pools = {{"db", 7}}, .defaults = {.pools = defaults}})),
      (Limits{{"db", 7}, {"net", 5}, {"line", 3}}));
}

TEST(RunDefaults, SayWhatIsKeptAfterLaunchAndJob) {
  const auto kept = [](const Result<RunPlan>& planned) { return planned->steps[0].keep[0]; };
  const RunDefaults none{.keep = Keep::None};
  EXPECT_EQ(kept(plan({.job = "job"})), Keep::Failed);
  EXPECT_EQ(kept(plan({.job = "job", .defaults = none})), Keep::None);
  EXPECT_EQ(kept(plan({.job = "job", .defaults = none}, Keep::Failed)), Keep::Failed);
  EXPECT_EQ(kept(plan({.job = "job", .keep = Keep::All, .defaults = none}, Keep::Failed)),
            Keep::All);
}

TEST(RunDefaults, AllowSecretsInDocumentsAndHideThem) {
  RunRequest request{.job = "job"};
  request.config =
      parse_config("ops: {log_in: {config: {password: canary-3f2a}}}", "run.yaml").value;
  EXPECT_EQ(plan(request).error().message,
            "run.yaml:1:35: ops.log_in.config.password: a secret is written into the document; "
            "expected {env: NAME} or {file: PATH}");
  request.defaults.allow_literal_secrets = true;
  const auto planned = plan(request);
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  EXPECT_EQ(planned->secrets, std::vector<std::string>{"canary-3f2a"});
  EXPECT_EQ(to_yaml(planned->config).find("canary"), std::string::npos);
}

}  // namespace
}  // namespace penstock
