// SEC-16: a secret never leaves the run: not in the log's bytes, not in what is shown or returned.
#include <gtest/gtest.h>
#include <penstock/penstock.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "penstock/base/files.h"
#include "penstock/model/config_document.h"
#include "penstock/plan/run_plan.h"
#include "penstock/run/execute_run.h"
#include "penstock/store/sqlite/sqlite_log.h"

namespace penstock {
namespace {

const std::string kCanary = "canary-7f3a\"x";  // what the variable PASSWORD holds

struct Login {
  std::string user = "me";
  Secret password = Secret::from_env("PASSWORD");
  static void describe(ConfigSchema<Login>& s) {
    s.field("user", &Login::user);
    s.field("password", &Login::password);
  }
};
/// Its rule quotes the secret, as a careless one may.
struct Strict {
  Secret password = Secret::from_env("PASSWORD");
  static void describe(ConfigSchema<Strict>& s) { s.field("password", &Strict::password); }
  static void check(const Strict& self, ConfigCheck& check) {
    if (self.password.resolved())
      check.problem("password", "is too simple: " + self.password.reveal());
  }
};
struct Database {};

Dynamic<int> keys(OpContext& op, const Login& login) {
  op.info("keys with " + login.password.reveal());
  Dynamic<int> out(op);
  out.yield("canary-7f3a", 1);
  return out;
}
int says(OpContext& op, const Login& login) {
  const auto& secret = login.password.reveal();
  op.warning("logging in as " + secret);
  op.add_metadata("dsn", MetadataValue::url("postgres://me:" + secret + "@host"));
  op.add_metadata(secret, MetadataValue::json({{"password", secret}}));
  op.record(CheckResult{.asset = "a", .check = "c", .passed = false, .description = secret});
  op.record(Materialization{.asset = "a", .path = "/data/" + secret, .metadata = {{"p", secret}}});
  return 1;
}
int throws(const Login& login, const int&) {
  try {
    throw std::runtime_error("password " + login.password.reveal() + " refused");
  } catch (...) {
    std::throw_with_nested(std::runtime_error("no login with " + login.password.reveal()));
  }
}
int uses(Resource<Database>, const int& n) { return n; }
Result<Database> open_database(const Login& login) {
  return make_error(ErrorCode::Resource, "refused: " + login.password.reveal());
}

std::optional<std::string> environment(const std::string& name) {
  if (name == "PASSWORD") return kCanary;
  if (name == "SHORT") return "pw";
  return {};
}

Definitions definitions() {
  DefinitionsBuilder defs;
  defs.resource<Database>("database", &open_database);
  defs.job("leaky", [](GraphBuilder& g) {
    g.op<keys>();
    const auto one = g.op<says>();
    g.with({.retry = RetryPolicy{.max_retries = 1}}).op<throws>(one);
    g.op<uses>(one);
    g.op("skips", [](const Login& login) -> Result<int> { return Skip(login.password.reveal()); });
  });
  defs.job("strict", [](GraphBuilder& g) { g.op("one", [](const Strict&) {}); });
  return defs.build().value();
}

Result<RunPlan> plan(std::string job, std::string_view config = "") {
  auto document = parse_config(config, "run.yaml");
  return plan_run(definitions(), {std::move(job), std::move(document.value)}, &environment);
}

/// All forms of the canary that would give it away.
void expect_hidden(const std::string& text, const char* where) {
  for (const std::string& form : {kCanary, std::string("canary-7f3a\\\"x"), std::string("7f3a\"x")})
    EXPECT_EQ(text.find(form), std::string::npos) << where;
}

TEST(Secrets, AreNowhereInTheLogTheObserverOrTheReport) {
  std::string home = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  const SystemClock clock;
  std::string shown;
  std::int64_t masked = 0;
  {
    auto log = SqliteLog::open(home).value();
    RunOptions options{.jobs = 2, .observer = [&](const Event& event) {
                         const auto body = encode_body(event.body);
                         masked += body.find("****") != std::string::npos;
                         shown += event.step + body;
                       }};
    const auto report = execute_run(*plan("leaky"), *log, clock, options).value();
    EXPECT_EQ(report.steps.failed, 2);
    expect_hidden(report.error.to_string() + report.error.detail, "report");
    const auto runs = log->runs({}).value();
    expect_hidden(runs.at(0).error + runs.at(0).config, "run record");
    EXPECT_NE(runs.at(0).config.find("PASSWORD"), std::string::npos) << "the variable's name stays";
  }
  expect_hidden(shown, "observer");
  EXPECT_GE(masked, 12);
  for (const auto& file : std::filesystem::directory_iterator(home))
    expect_hidden(read_file(file.path()).value(), file.path().c_str());
  std::filesystem::remove_all(home);
}

TEST(Secrets, AreMaskedInMistakesOfTheConfig) {
  const auto strict = plan("strict");
  ASSERT_FALSE(strict.ok());
  EXPECT_NE(strict.error().to_string().find("is too simple: ****"), std::string::npos)
      << strict.error().to_string();
  const auto literal = plan("leaky", "ops: {says: {config: {password: canary-literal}}}");
  EXPECT_EQ(literal.error().message,
            "run.yaml:1:33: ops.says.config.password: a secret is written into the document; "
            "expected {env: NAME} or {file: PATH}");
}

TEST(Secrets, ThatAreTooShortToBeMaskedAreRefused) {
  const auto refused = plan("leaky", "ops: {says: {config: {password: {env: SHORT}}}}");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().to_string(),
            "run.yaml:1:33: ops.says.config.password: the secret has fewer than 6 characters, too "
            "few to be masked in logs; use a longer one");
}

}  // namespace
}  // namespace penstock
