#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "penstock/model/config_test_types.h"

namespace penstock {
namespace {

using namespace testing_config;
using Texts = std::vector<std::string>;

TEST(ConfigValidate, ReportsThreeProblemsAtOnce) {
  EXPECT_EQ(problems_of<Scope>("years: [1995, 2O17]\nstaets: [ID]\nlayout: curent\n"),
            (Texts{"scope.yaml:1:15: years[1]: \"2O17\" is not an integer; did you mean 2017?",
                   "scope.yaml:2:1: staets: unknown field \"staets\"; expected years, states, "
                   "layout, bad_values; did you mean states?",
                   "scope.yaml:3:9: layout: \"curent\" is unknown; expected one of current, "
                   "prototype; did you mean current?"}));
}

TEST(ConfigValidate, AMappingOfWhichAllIsCommentedOutIsEmpty) {
  const auto outcome = validate_text(*config_type_of<Scope>(), "# all of it\n", "e.yaml");
  EXPECT_TRUE(outcome.ok());
  EXPECT_TRUE(validate_config(*config_type_of<Scope>(), ConfigValue()).ok());
  const auto base = yaml("years: [1995]");
  EXPECT_EQ(merge_config(base, ConfigValue(), config_type_of<Scope>().get()), base);
}

TEST(ConfigValidate, NamesMayBeWrittenInAnyCase) {
  const auto outcome = validate_config(*config_type_of<Scope>(), yaml("layout: Prototype"));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome.value.find("layout"), ConfigValue("prototype"));
}

TEST(ConfigValidate, ReportsTwelveKindsOfProblemAtOnce) {
  const auto outcome = validate_text(*config_type_of<Everything>(), R"(flag: yes
small: 11
ratio: "0.5"
text: one
words: two
list: [a, B]
mapp: {}
layout: prototyp
executor: {threads: {}, processes: {}}
either: {count: many}
password: hunter2
retries: {var: N}
small: 3
several: [{count: 0}]
memory: 9GiB
)",
                                     "e.yaml");
  EXPECT_EQ(lines(outcome.problems),
            (Texts{"e.yaml:1:7: flag: \"yes\" is not true or false; did you mean true?",
                   "e.yaml:2:8: small: 11 is out of range; expected -10 to 10",
                   "e.yaml:3:8: ratio: \"0.5\" is not a number; did you mean 0.5?",
                   "e.yaml:5:1: words: \"text\" and \"words\" are the same field; give only "
                   "\"text\"",
                   "e.yaml:6:11: list[1]: \"B\" does not match [a-z]+",
                   "e.yaml:7:1: mapp: unknown field \"mapp\"; expected flag, small, large, port, "
                   "ratio, weight, text, folder, list, map, maybe, layout and 11 more; did you "
                   "mean map?",
                   "e.yaml:8:9: layout: \"prototyp\" is unknown; expected one of current, "
                   "prototype; did you mean prototype?",
                   "e.yaml:9:11: executor: found 2 alternatives; expected exactly one of threads, "
                   "processes",
                   "e.yaml:10:17: either.count: \"many\" is not an integer",
                   "e.yaml:11:11: password: a secret is written into the document; expected {env: "
                   "NAME} or {file: PATH}",
                   "e.yaml:12:10: retries: a mapping stands here; expected {env: NAME} with the "
                   "name of a variable, or {file: PATH}",
                   "e.yaml:13:1: small: \"small\" is given twice; first at 2:1",
                   "e.yaml:14:19: several[0].count: 0 is out of range; expected 1 to 64",
                   "e.yaml:15:9: memory: \"9GiB\" is out of range; expected 1MiB to 8GiB"}));
  std::set<ConfigCode> codes;
  for (const auto& problem : outcome.problems) codes.insert(problem.code);
  EXPECT_EQ(codes.size(), 8u);
}

TEST(ConfigValidate, FillsDefaults) {
  const auto outcome = validate_config(*config_type_of<Scope>(), yaml("years: [2020]"));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(to_yaml(outcome.value),
            "years: [2020]\nstates: [ID, ME]\nlayout: current\nbad_values: error\n");
  const auto nested = validate_config(*config_type_of<Everything>(), yaml("maybe_nested: {}"));
  ASSERT_TRUE(nested.ok());
  EXPECT_EQ(*find_path(nested.value, "nested.count"), ConfigValue(9));
  EXPECT_EQ(*find_path(nested.value, "maybe_nested.count"), ConfigValue(4));
}

/// Durations of every kind.
struct Lengths {
  std::chrono::hours hours{1};
  std::chrono::duration<std::int8_t> seconds8{1};
  std::chrono::milliseconds milliseconds{1};
  std::chrono::nanoseconds nanoseconds{1};
  Micros micros{1};
  std::chrono::duration<double> fraction{0.5};
  static void describe(ConfigSchema<Lengths>& s) {
    s.field("hours", &Lengths::hours);
    s.field("seconds8", &Lengths::seconds8);
    s.field("milliseconds", &Lengths::milliseconds);
    s.field("nanoseconds", &Lengths::nanoseconds);
    s.field("micros", &Lengths::micros).min(std::chrono::seconds(-1000));
    s.field("fraction", &Lengths::fraction);
  }
};

TEST(ConfigValidate, RefusesLengthsOfTimeThatAFieldCannotHold) {
  const auto& type = *config_type_of<Lengths>();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"hours: 90min", "hours: \"90min\" is not a multiple of 1h, in which this field is counted"},
      {"hours: 0.5h", "hours: \"0.5h\" is not a multiple of 1h, in which this field is counted"},
      {"hours: 5400", "hours: 5400 is not a multiple of 1h, in which this field is counted"},
      {"seconds8: 128s",
       "seconds8: \"128s\" is out of range; expected -128s to 127s, which its C++ type can hold"},
      {"seconds8: 500ms",
       "seconds8: \"500ms\" is not a multiple of 1s, in which this field is counted"},
      {"milliseconds: 1us",
       "milliseconds: \"1us\" is not a multiple of 1ms, in which this field is counted"},
      {"micros: 0.5us",
       "micros: \"0.5us\" is not a multiple of 1us, in which this field is counted"},
      {"micros: -1001s", "micros: \"-1001s\" is out of range; expected at least -1000s"},
      {"micros: 1e30s", "micros: \"1e30s\" is out of range; expected -9223372036854775808us to "
                        "9223372036854775807us, which its C++ type can hold"},
      {"micros: .inf", "micros: .inf is not a length of time such as 30s or 1.5h"},
      {"micros: nan s", "micros: \"nan s\" is not a length of time such as 30s or 1.5h"},
      {"micros: '5'", "micros: \"5\" is not a length of time such as 30s or 1.5h"},
  };
  for (const auto& [text, message] : cases) {
    const auto outcome = validate_config(type, yaml(text));
    ASSERT_EQ(outcome.problems.size(), 1u) << text;
    EXPECT_TRUE(lines(outcome.problems)[0].ends_with(": " + message))
        << lines(outcome.problems)[0];
  }
}

TEST(ConfigValidate, KeepsLengthsOfTimeExactly) {
  const auto& type = *config_type_of<Lengths>();
  const auto round_trip = [&](const Lengths& lengths) {
    const auto written = encode_config(lengths);
    const auto checked = validate_config(type, yaml(to_yaml(written)));
    EXPECT_EQ(lines(checked.problems), Texts{});
    EXPECT_EQ(checked.value, written);
    const auto back = decode_config<Lengths>(checked.value).value();
    EXPECT_EQ(back.hours, lengths.hours);
    EXPECT_EQ(back.seconds8, lengths.seconds8);
    EXPECT_EQ(back.milliseconds, lengths.milliseconds);
    EXPECT_EQ(back.nanoseconds, lengths.nanoseconds);
    EXPECT_EQ(back.micros, lengths.micros);
    EXPECT_EQ(back.fraction, lengths.fraction);
  };
  using namespace std::chrono;
  round_trip({});
  round_trip({hours(36), duration<std::int8_t>(-128), milliseconds(1001), nanoseconds(1500),
              Micros(-999'999), duration<double>(0.1)});
  round_trip({hours::max(), duration<std::int8_t>(127), milliseconds::max(), nanoseconds::max(),
              Micros::max(), duration<double>(1e9)});
  round_trip({hours::min(), duration<std::int8_t>(0), milliseconds::min(), nanoseconds::min(),
              Micros(seconds(-1000)), duration<double>(-2.5)});
}

TEST(ConfigValidate, ResolvedDocumentsAreValidAndStay) {
  const auto& type = *config_type_of<Everything>();
  const auto once =
      validate_config(type, yaml("{wait: 0.5h, memory: 1024K, ratio: 1, user: {env: U}}"), {});
  ASSERT_EQ(lines(once.problems),
            (Texts{"scope.yaml:1:8: wait: \"0.5h\" is out of range; expected at most 2min"}));
  const auto good =
      validate_config(type, yaml("{wait: 0.5min, memory: 1024K, ratio: 1, user: {env: U}}"));
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good.value.find("wait"), ConfigValue("30s"));
  EXPECT_EQ(*good.value.find("memory"), ConfigValue("1MiB"));
  EXPECT_EQ(*good.value.find("ratio"), ConfigValue(1.0));
  const auto again = validate_config(type, good.value);
  EXPECT_EQ(lines(again.problems), Texts{});
  EXPECT_EQ(again.value, good.value);
}

TEST(ConfigValidate, MissingFieldsAreReportedWhereTheyShouldBe) {
  EXPECT_EQ(
      problems_of<Warehouse>("level: 3\nretry:\n  delay: 1\n"),
      (Texts{"scope.yaml:1:1: base_dir: the field \"base_dir\" is missing; expected path",
             "scope.yaml:1:1: password: the field \"password\" is missing; expected secret "
             "given as {env: NAME} or {file: PATH}",
             "scope.yaml:1:1: ports: the field \"ports\" is missing; expected list of integer",
             "scope.yaml:3:3: retry.times: the field \"times\" is missing; expected integer"}));
}

TEST(ConfigValidate, StructRulesNormaliseAndReportAlongWithTheRest) {
  const auto outcome = validate_config(*config_type_of<Scope>(), yaml("states: [ca, CA, al]"));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(brief(*outcome.value.find("states")), "[AL, CA]");
  EXPECT_EQ(outcome.value.find("states")->mark().to_string(), "scope.yaml:1:9");
  EXPECT_EQ(problems_of<Scope>("layout: 3\nstates: [XX]\n"),
            (Texts{"scope.yaml:1:9: layout: 3 is not one of current, prototype",
                   "scope.yaml:2:9: states: states [\"XX\"] are not available; expected two-letter "
                   "codes from AL to ME, or all"}));
}

TEST(ConfigValidate, ListMembersAndCounts) {
  EXPECT_EQ(problems_of<Scope>("years: [1994]"),
            Texts{"scope.yaml:1:9: years[0]: 1994 is not available; expected one of 1995, 1996, "
                  "2017, 2018, 2020; did you mean 1995?"});
  EXPECT_EQ(problems_of<Scope>("years: []"),
            Texts{"scope.yaml:1:8: years: found 0 items; expected at least 1"});
  EXPECT_EQ(problems_of<Scope>("years: 2017"),
            Texts{"scope.yaml:1:8: years: 2017 is not a list; did you mean [2017]?"});
  EXPECT_EQ(problems_of<Scope>("states: [NO, 1.10]"),
            Texts{"scope.yaml:1:14: states[1]: 1.10 is not a string; did you mean \"1.10\"?"});
}

TEST(ConfigValidate, IntegersAreStrict) {
  EXPECT_EQ(
      problems_of<Everything>("{small: true, large: 9223372036854775808, port: -1, maybe: 3.0}"),
      (Texts{"scope.yaml:1:9: small: true is not an integer",
             "scope.yaml:1:22: large: 9223372036854775808 does not fit into 64 bits",
             "scope.yaml:1:49: port: -1 is out of range; expected 1 to 65535",
             "scope.yaml:1:60: maybe: 3.0 is not an integer; did you mean 3?"}));
}

TEST(ConfigValidate, EnumNamesNeedNoQuotes) {
  const auto outcome = validate_config(*config_type_of<Scope>(), yaml("bad_values: null"));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome.value.find("bad_values"), ConfigValue("null"));
  EXPECT_EQ(problems_of<Scope>("bad_values:").size(), 1u);
}

TEST(ConfigValidate, WarnsOfDeprecatedFields) {
  const auto outcome = validate_config(*config_type_of<Everything>(), yaml("folder: x"));
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.warnings,
            Texts{"scope.yaml:1:1: folder: deprecated; use the resource instead"});
}

TEST(ConfigValidate, SelectorsWantOneKey) {
  EXPECT_EQ(
      problems_of<Everything>("executor: {}"),
      Texts{"scope.yaml:1:11: executor: found 0 alternatives; expected exactly one of threads, "
            "processes"});
  EXPECT_EQ(problems_of<Everything>("executor: {thraeds: {}}"),
            Texts{"scope.yaml:1:12: executor.thraeds: unknown alternative \"thraeds\"; expected "
                  "threads, processes; did you mean threads?"});
  EXPECT_EQ(
      problems_of<Everything>("executor: threads"),
      Texts{
          "scope.yaml:1:11: executor: \"threads\" is not a mapping; did you mean {threads: {}}?"});
}

TEST(ConfigValidate, SecretsAreNeverInMessagesOrPrints) {
  const std::string canary = "hunter2-canary";
  const ConfigPolicy allow{.allow_literal_secrets = true};
  const auto document = yaml("password: " + canary);
  const auto refused = validate_config(*config_type_of<Everything>(), document);
  ASSERT_EQ(refused.problems.size(), 1u);
  EXPECT_EQ(to_json(refused.problems[0]).dump().find(canary), std::string::npos);
  const auto allowed = validate_config(*config_type_of<Everything>(), document, allow);
  ASSERT_TRUE(allowed.ok());
  EXPECT_EQ(to_yaml(allowed.value).find(canary), std::string::npos);
  EXPECT_NE(to_yaml(allowed.value).find("password: \"****\"\n"), std::string::npos);
  EXPECT_EQ(to_json(allowed.value).dump().find(canary), std::string::npos);
  EXPECT_EQ(brief(allowed.value, 10'000).find(canary), std::string::npos);
  EXPECT_NE(to_yaml(allowed.value, SecretPrinting::Revealed).find(canary), std::string::npos);
  EXPECT_EQ(lines(validate_config(*config_type_of<Everything>(), yaml("password: [" + canary + "]"),
                                  allow)
                      .problems),
            Texts{"scope.yaml:1:11: password: a list is not a string"});
}

TEST(ConfigValidate, JobsComposeShapesAtRunTime) {
  const auto& scope = config_type_of<Scope>();
  const auto op = make_shape("load", {{.name = "config", .type = scope}});
  const auto inner = make_shape(
      "outer", {{.name = "ops", .type = make_shape("", {{.name = "inner", .type = op}})}});
  const auto job = make_shape(
      "job", {{.name = "ops", .type = make_shape("", {{.name = "outer", .type = inner}})}});
  EXPECT_TRUE(is_optional(*job));
  const auto empty = validate_text(*job, "", "j.yaml");
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(*find_path(empty.value, "ops.outer.ops.inner.config.years[0]"), ConfigValue(2017));
  EXPECT_EQ(
      lines(validate_text(
                *job, "ops: {outer: {ops: {inner: {config: {years: [2017, x], states: [XX]}}}}}",
                "j.yaml")
                .problems),
      (Texts{"j.yaml:1:52: ops.outer.ops.inner.config.years[1]: \"x\" is not an integer",
             "j.yaml:1:64: ops.outer.ops.inner.config.states: states [\"XX\"] are not available; "
             "expected two-letter codes from AL to ME, or all"}));
  const auto required =
      make_shape("job", {{.name = "resources", .type = config_type_of<Warehouse>()}});
  EXPECT_FALSE(is_optional(*required));
}

TEST(ConfigValidate, RemovesUnknownKeys) {
  const auto document = yaml("{years: [2017], yeers: 1, layout: current}");
  EXPECT_EQ(brief(without_unknown_keys(*config_type_of<Scope>(), document)),
            "{years: [2017], layout: current}");
  EXPECT_EQ(brief(without_unknown_keys(
                      *config_type_of<Everything>(),
                      yaml("{several: [{count: 1, x: 2}], words: a, executor: {threads: {y: 1}}}")),
                  200),
            "{several: [{count: 1}], words: a, executor: {threads: {}}}");
}

TEST(ConfigValidate, ProblemsAsJson) {
  const auto outcome = validate_text(*config_type_of<Scope>(), "layout: curent\n", "s.yaml");
  ASSERT_EQ(outcome.problems.size(), 1u);
  EXPECT_EQ(to_json(outcome.problems[0]).dump(),
            R"({"code":"ENUM_VALUE","path":"layout","source":"s.yaml","line":1,"column":9,)"
            R"("message":"\"curent\" is unknown; expected one of current, prototype",)"
            R"("expected":"one of current, prototype","suggestion":"current"})");
}

}  // namespace
}  // namespace penstock
