#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "penstock/model/config_test_types.h"

namespace penstock {
namespace {

using namespace testing_config;
using Texts = std::vector<std::string>;

FixedConfig fixed(std::string_view text) {
  return fix_config(config_type_of<Warehouse>(), yaml(text));
}

Texts problems_with(const FixedConfig& config, std::string_view document) {
  return lines(validate_text(*config.type, document, "d.yaml").problems);
}

TEST(FixConfig, FixesSomeFieldsAndLeavesTheOthersToDocuments) {
  const auto curried =
      fixed("{base_dir: /data, password: {env: PW}, retry: {times: 2}, ports: [1, 2]}");
  ASSERT_EQ(lines(curried.problems), Texts{});
  EXPECT_TRUE(is_optional(*curried.type)) << "all that was required is fixed";
  const auto outcome = validate_text(*curried.type, "{level: 3, retry: {delay: 7}}", "d.yaml");
  EXPECT_EQ(lines(outcome.problems), Texts{});
  EXPECT_EQ(to_yaml(outcome.value),
            "base_dir: /data\npassword: {env: PW}\nports: [1, 2]\nlevel: 3\nretry:\n  times: 2\n"
            "  delay: 7\n");
  EXPECT_EQ(brief(without_fixed_fields(*curried.type, outcome.value)),
            "{level: 3, retry: {delay: 7}}");
}

TEST(FixConfig, AFixedFieldThatIsGivenAgainIsAProblemWhateverItSays) {
  const auto curried = fixed("{base_dir: /data, retry: {times: 2}}");
  EXPECT_EQ(problems_with(curried,
                          "base_dir: /data\npassword: {env: P}\nports: []\nretry: {times: 3}\n"),
            (Texts{"d.yaml:1:1: base_dir: the field \"base_dir\" is fixed by the definitions, at "
                   "\"/data\"; leave it out",
                   "d.yaml:4:9: retry.times: the field \"times\" is fixed by the definitions, at "
                   "2; leave it out"}));
  EXPECT_EQ(problems_with(curried, "{password: {env: P}, ports: [], base_dri: x}"),
            Texts{"d.yaml:1:33: base_dri: unknown field \"base_dri\"; expected password, ports, "
                  "level, retry"})
      << "a fixed field is no suggestion";
}

TEST(FixConfig, MappingsGiveWholeStructsAndWhatIsFixedStays) {
  const auto curried = fix_config(config_type_of<Threads>(), yaml("{count: 3}"));
  const auto outcome = validate_config(*curried.type, yaml("{count: 5}"), kInnerConfig);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome.value.find("count"), ConfigValue(3));
}

TEST(FixConfig, ValuesAreCheckedAndFieldsFixedOnce) {
  EXPECT_EQ(lines(fixed("{level: 10, retry: {tmies: 1}, ports: [a], base_dri: /x}").problems),
            (Texts{"scope.yaml:1:9: level: 10 is out of range; expected 0 to 9",
                   "scope.yaml:1:28: retry.tmies: unknown field \"tmies\"; expected times, delay; "
                   "did you mean times?",
                   "scope.yaml:1:40: ports[0]: \"a\" is not an integer",
                   "scope.yaml:1:54: base_dri: unknown field \"base_dri\"; expected base_dir, "
                   "password, ports, level, retry; did you mean base_dir?"}));
  EXPECT_EQ(lines(fix_config(fixed("{level: 3}").type, yaml("{level: 4}")).problems),
            Texts{"scope.yaml:1:9: level: the field \"level\" is fixed already, at 3"});
  EXPECT_EQ(lines(fixed("3").problems),
            Texts{"scope.yaml:1:1: the value is no mapping of the fields to fix, but integer"});
}

TEST(FixConfig, ScaffoldsAndSchemasDoNotShowWhatIsFixed) {
  const auto curried = fixed("{base_dir: /data, retry: {times: 2, delay: 1}}");
  const auto text = config_scaffold(*curried.type, ScaffoldDepth::AllDefaults);
  EXPECT_EQ(text.find("base_dir"), std::string::npos) << text;
  EXPECT_EQ(text.find("retry"), std::string::npos) << text;
  EXPECT_NE(text.find("level: 0"), std::string::npos) << text;
  const auto properties = json_schema(*curried.type)["properties"];
  EXPECT_FALSE(properties.contains("base_dir"));
  EXPECT_FALSE(properties.contains("retry"));
  EXPECT_TRUE(properties.contains("level"));
}

TEST(MergeConfig, KnowsAFieldByItsAliases) {
  const auto& type = *config_type_of<Everything>();
  EXPECT_EQ(brief(merge_config(yaml("{text: a, small: 1}"), yaml("{words: b}"), &type)),
            "{words: b, small: 1}");
  EXPECT_EQ(lines(validate_config(
                      type, merge_config(yaml("{text: a}"), yaml("{words: b, text: c}"), &type))
                      .problems)
                .size(),
            1u)
      << "one document that gives both is wrong as before";
}

}  // namespace
}  // namespace penstock
