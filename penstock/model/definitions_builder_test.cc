#include "penstock/model/definitions_builder.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

struct Database {};
struct Cache {};
struct Options {
  int limit = 10;
  std::string mode = "fast";
  static void describe(ConfigSchema<Options>& s) {
    s.field("limit", &Options::limit).range(1, 100);
    s.field("mode", &Options::mode).choices({"fast", "safe"});
  }
};
struct Small {
  int limit = 5;
  static void describe(ConfigSchema<Small>& s) { s.field("limit", &Small::limit); }
};

int one() { return 1; }
int limited(const Options& options, const int& n) { return options.limit * n; }
int query(Resource<Database>, const int& n) { return n; }

std::string problems_of(DefinitionsBuilder& defs) {
  auto built = defs.build();
  return built.ok() ? "" : built.error().message;
}

TEST(DefinitionsBuilder, AcceptsSoundDefinitions) {
  DefinitionsBuilder defs;
  defs.resource<Database>("database", [] { return Database(); });
  defs.job("job", [](GraphBuilder& g) { g.op<query>(g.op<limited>(g.op<one>())); })
      .describe("asks the database");
  auto built = defs.build();
  ASSERT_TRUE(built.ok()) << built.error().message;
  EXPECT_EQ(built->jobs().size(), 1u);
  EXPECT_EQ(built->find_job("job").value()->description, "asks the database");
}

TEST(DefinitionsBuilder, ReportsAllProblemsAtOnce) {
  DefinitionsBuilder defs;
  defs.job("empty", [](GraphBuilder&) {});
  defs.job("job", [](GraphBuilder& g) { g.op<query>(g.op<one>()); });
  defs.job("job", [](GraphBuilder& g) { g.op<one>(); });
  defs.op<one>().retry({.max_retries = 2, .backoff = Backoff::Linear});
  const auto text = problems_of(defs);
  EXPECT_TRUE(text.starts_with("4 problems in the definitions\n")) << text;
  EXPECT_NE(text.find("op \"query\" needs a resource of type penstock::Database, and "
                      "none is declared; add defs.resource<"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("job \"empty\" has no ops"), std::string::npos) << text;
  EXPECT_NE(text.find("job \"job\" is declared twice, at "), std::string::npos) << text;
  EXPECT_NE(text.find("op \"one\" has a retry policy with backoff or jitter but without delay"),
            std::string::npos)
      << text;
}

TEST(DefinitionsBuilder, ChecksAmountsOfOpsAndOfTheirUses) {
  using std::chrono::seconds;
  DefinitionsBuilder defs;
  defs.op<one>().timeout(seconds(-5)).retry({.max_retries = 1, .delay = seconds(-2)});
  auto inner = defs.graph("inner", [](GraphBuilder& g, Ref<int> n) {
    return g.with({.cpu = -1, .timeout = seconds(-5)}).op<limited>(n);
  });
  const RetryPolicy late{.max_retries = 3, .delay = seconds(1), .max_delay = seconds(-1)};
  defs.job("job",
           [&](GraphBuilder& g) {
             g.with({.retry = late}).graph(inner, g.with({.cpu = 0}).op<one>());
           })
      .max_runtime(Micros::min())
      .tag("penstock/backfill", "x")
      .tag("", "y");
  const auto text = problems_of(defs);
  EXPECT_TRUE(text.starts_with("9 problems in the definitions\n")) << text;
  for (const auto* expected :
       {"op \"one\" has a negative timeout; 0 is none",
        "op \"one\" has a retry policy with a negative delay",
        "job.one occupies 0 slots; expected at least 1",
        "job.inner has a retry policy with a negative max_delay",
        "job.inner.limited occupies -1 slots; expected at least 1",
        "job.inner.limited has a negative timeout; 0 is none",
        "job \"job\" has a negative max_runtime; 0 is none",
        "job \"job\": the key of the tag \"\" has 0 bytes; expected 1 to 63",
        "job \"job\": the tag \"penstock/backfill\" is set by Penstock itself; "})
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "\nin\n" << text;
}

TEST(DefinitionsBuilder, AsksWhichOfTwoResourcesIsMeant) {
  DefinitionsBuilder defs;
  defs.resource<Database>("orders", [] { return Database(); });
  defs.resource<Database>("stock", [] { return Database(); });
  defs.job("job", [](GraphBuilder& g) { g.op<query>(g.op<one>()); });
  EXPECT_NE(problems_of(defs).find("and 2 have it; name the one that is meant"), std::string::npos);
}

TEST(DefinitionsBuilder, TakesAResourceByName) {
  DefinitionsBuilder defs;
  defs.resource<Database>("orders", [] { return Database(); });
  defs.resource<Database>("stock", [] { return Database(); });
  defs.job("job", [](GraphBuilder& g) { g.op("use", [](Resource<Database, "stock">) {}); });
  EXPECT_EQ(problems_of(defs), "");
}

TEST(DefinitionsBuilder, FindsResourcesThatNeedEachOther) {
  DefinitionsBuilder defs;
  defs.resource<Database>("database", [](Resource<Cache>) { return Database(); });
  defs.resource<Cache>("cache", [](Resource<Database>) { return Cache(); });
  defs.job("job", [](GraphBuilder& g) { g.op<one>(); });
  EXPECT_NE(
      problems_of(defs).find("resource \"database\" needs itself: database → cache → database"),
      std::string::npos);
}

TEST(DefinitionsBuilder, FindsRefsOfAnotherGraph) {
  DefinitionsBuilder defs;
  defs.job("job", [&](GraphBuilder& g) {
    auto outside = g.op<one>();
    auto inner =
        defs.graph("inner", [&](GraphBuilder& h, Ref<int>) { return h.op<limited>(outside); });
    g.graph(inner, outside);
  });
  EXPECT_NE(problems_of(defs).find(
                "graph \"inner\": an input is connected to an output of another graph"),
            std::string::npos);
}

TEST(DefinitionsBuilder, ChecksFixedAndDefaultConfigs) {
  DefinitionsBuilder defs;
  defs.job("fixed", [](GraphBuilder& g) {
    g.with({.config = ConfigValue::map({{"limit", 1000}})}).op<limited>(g.op<one>());
  });
  defs.job("defaults", [](GraphBuilder& g) { g.op<limited>(g.op<one>()); })
      .default_config(ConfigValue::map({{"oops", ConfigValue::map()}}));
  const auto text = problems_of(defs);
  EXPECT_NE(text.find("fixed.limited: limit: 1000"), std::string::npos) << text;

  DefinitionsBuilder second;
  second.job("defaults", [](GraphBuilder& g) { g.op<limited>(g.op<one>()); })
      .default_config(ConfigValue::map({{"oops", ConfigValue::map()}}));
  EXPECT_NE(problems_of(second).find("job \"defaults\": default config: "), std::string::npos);
}

TEST(DefinitionsBuilder, WantsOptionalInputsWhereARuleMayLeaveThemOut) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    g.with({.trigger = TriggerRule::AllDone}).op<query>(g.op<one>());
    g.with({.trigger = TriggerRule::AllDone}).op("fine", [](std::optional<int>) {}, g.op<one>());
  });
  defs.resource<Database>("database", [] { return Database(); });
  EXPECT_EQ(problems_of(defs),
            "1 problem in the definitions\n  job.query may run without its input \"in0\", by its "
            "trigger rule; take it as std::optional");
}

TEST(DefinitionsBuilder, NumbersRepeatedUsesAndRefusesRepeatedAliases) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    g.op<one>();
    g.op<one>();
    g.with({.alias = "mine"}).op<one>();
    g.with({.alias = "mine"}).op<one>();
  });
  EXPECT_NE(problems_of(defs).find("the alias \"mine\" is used twice"), std::string::npos);
}

TEST(Definitions, NamesTheNearestJob) {
  DefinitionsBuilder defs;
  defs.job("epacems_etl", [](GraphBuilder& g) { g.op<one>(); });
  const auto definitions = *defs.build();
  EXPECT_EQ(definitions.find_job("epacems_elt").error().message,
            "there is no job \"epacems_elt\"; did you mean \"epacems_etl\"?");
  EXPECT_EQ(definitions.find_job("other").error().message,
            "there is no job \"other\"; there are: epacems_etl");
}

TEST(Definitions, ComposesTheDocumentOfAJob) {
  DefinitionsBuilder defs;
  defs.resource<Database>("database", [](const Small&) { return Database(); });
  auto inner = defs.graph(
      "inner", [](GraphBuilder& g, Ref<int> n) { return g.op<query>(g.op<limited>(n)); });
  auto mapped = defs.graph("mapped", [](GraphBuilder& g, Ref<int> n) { return g.op<limited>(n); })
                    .config<Small>([](const Small& small, InnerConfig& config) {
                      config.op("limited", Options{small.limit, "safe"});
                    });
  defs.job("job", [&](GraphBuilder& g) { g.graph(mapped, g.graph(inner, g.op<one>())); });
  const auto definitions = *defs.build();
  const auto type = job_config_type(definitions, *definitions.find_job("job").value());
  EXPECT_EQ(config_scaffold(*type, ScaffoldDepth::Minimal).find("required"), std::string::npos);
  const auto outcome = validate_text(*type, R"(
ops:
  inner: {ops: {limited: {config: {limit: 3}}}}
  mapped: {config: {limit: 4}}
resources: {database: {config: {limit: 1}}}
)",
                                     "job.yaml");
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.problems.at(0));
  EXPECT_FALSE(validate_text(*type, "ops: {mapped: {ops: {}}}", "job.yaml").ok());
}

TEST(RetryDelay, FollowsTheFormulas) {
  using std::chrono::seconds;
  EXPECT_EQ(retry_delay({3, seconds(2)}, 3, 0.5), seconds(2));
  EXPECT_EQ(retry_delay({3, seconds(2), Backoff::Linear}, 3, 0.5), seconds(6));
  EXPECT_EQ(retry_delay({3, seconds(2), Backoff::Exponential}, 3, 0.5), seconds(14));
  EXPECT_EQ(retry_delay({3, seconds(2), Backoff::Exponential, Jitter::Full}, 3, 0.5), seconds(7));
  EXPECT_EQ(retry_delay({3, seconds(2), Backoff::None, Jitter::PlusMinus}, 1, 0.0), seconds(0));
  EXPECT_EQ(retry_delay({9, seconds(2), Backoff::Exponential, Jitter::None, seconds(5)}, 9, 0),
            seconds(5));
}

TEST(RetryDelay, StopsAtTheLongestTime) {
  using std::chrono::hours;
  constexpr auto kNever = Micros::max();
  EXPECT_EQ(retry_delay({9, hours(1), Backoff::Exponential, Jitter::None, kNever}, 1000, 0),
            kNever);
  EXPECT_EQ(retry_delay({9, hours(1), Backoff::Exponential, Jitter::None, kNever}, 100'000, 0),
            kNever);
  EXPECT_EQ(retry_delay({9, kNever, Backoff::Linear, Jitter::None, kNever}, 2, 0), kNever);
  EXPECT_EQ(retry_delay({9, hours::max(), Backoff::None, Jitter::None, kNever}, 1, 0), kNever);
  EXPECT_EQ(retry_delay({9, kNever, Backoff::None, Jitter::None, kNever}, 1, 0), kNever);
  EXPECT_EQ(retry_delay({9, kNever, Backoff::None, Jitter::None, hours(3)}, 1, 0), hours(3));
  EXPECT_EQ(retry_delay({9, hours(1), Backoff::Exponential, Jitter::PlusMinus, kNever}, 1000, 0),
            kNever);
  for (const auto backoff : {Backoff::None, Backoff::Linear, Backoff::Exponential})
    for (const auto jitter : {Jitter::None, Jitter::Full, Jitter::PlusMinus})
      for (const auto delay : {Micros(1), Micros(hours(24)), kNever})
        for (const auto retry : {1, 62, 64, 16'384, 2'147'483'647})
          for (const double random : {0.0, 0.5, 0.999}) {
            const auto found = retry_delay({9, delay, backoff, jitter, kNever}, retry, random);
            EXPECT_GE(found, Micros()) << "retry " << retry << " random " << random;
            if (jitter == Jitter::None) {
              EXPECT_GE(found, delay);
            }
          }
}

}  // namespace
}  // namespace penstock
