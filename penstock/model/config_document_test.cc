#include "penstock/model/config_document.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "penstock/base/json_text.h"
#include "penstock/model/config_test_types.h"

namespace penstock {
namespace {

using namespace testing_config;
using Texts = std::vector<std::string>;

TEST(ConfigMerge, MapsMergeAndListsReplace) {
  const auto base = yaml("{a: {x: 1, w: 2}, list: [1, 2], keep: k}");
  const auto over = yaml("{a: {w: 3, z: 4}, list: [9]}");
  EXPECT_EQ(brief(merge_config(base, over), 200), "{a: {x: 1, w: 3, z: 4}, list: [9], keep: k}");
}

TEST(ConfigMerge, SelectorsAreReplacedWhenTheTypeIsKnown) {
  const auto& type = *config_type_of<Everything>();
  const auto base = yaml("executor: {threads: {count: 3}}"),
             over = yaml("executor: {processes: {}}");
  EXPECT_EQ(brief(merge_config(base, over)), "{executor: {threads: {count: 3}, processes: {}}}");
  EXPECT_EQ(brief(merge_config(base, over, &type)), "{executor: {processes: {}}}");
}

TEST(ConfigSet, SetsValuesByPath) {
  ConfigValue document = ConfigValue::map();
  EXPECT_TRUE(apply_set(document, "ops.x.config.years=[2017, 2020]").empty());
  EXPECT_TRUE(apply_set(document, "ops.x.config.years[1]=1995").empty());
  EXPECT_TRUE(apply_set(document, "ops.x.config.years[2]=1996").empty());
  EXPECT_TRUE(apply_set(document, "ops[\"a.b\"]={c: '='}").empty());
  EXPECT_EQ(brief(document, 200),
            "{ops: {x: {config: {years: [2017, 1995, 1996]}}, a.b: {c: \"=\"}}}");
}

TEST(ConfigSet, ProblemsNameTheFlag) {
  ConfigValue document = yaml("{a: [1], b: x}");
  const auto problems = [&](std::string_view text) { return lines(apply_set(document, text)); };
  EXPECT_EQ(problems("a"), Texts{"--set a: a value is missing; expected path=value, such as "
                                 "ops.load.config.n=3"});
  EXPECT_EQ(problems("a[5]=1"),
            Texts{"--set a[5]: the list has 1 items; expected an index up to 1"});
  EXPECT_EQ(problems("b.c=1"), Texts{"--set b.c: a string stands there; expected a mapping"});
  EXPECT_EQ(problems("a..b=1"), Texts{"--set a..b: this is no path; expected such as "
                                      "ops.load.config.years[2]"});
  EXPECT_EQ(problems("a=[1"), Texts{"--set a: a list that was opened with [ is not closed with ]"});
  EXPECT_EQ(brief(document), "{a: [1], b: x}");
  ConfigValue scope = ConfigValue::map();
  ASSERT_TRUE(apply_set(scope, "years=[1995, 2O17]").empty());
  EXPECT_EQ(lines(validate_config(*config_type_of<Scope>(), scope).problems),
            Texts{"--set years[1]: \"2O17\" is not an integer; did you mean 2017?"});
}

TEST(ConfigSet, PathsHaveTheBoundsOfDocuments) {
  ConfigValue document = ConfigValue::map();
  std::string path = "a";
  for (int i = 1; i < 100; ++i) path += ".a";
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_TRUE(apply_set(document, path + "=" + deep).empty());
  EXPECT_EQ(apply_set(document, path + ".a=1").at(0).message,
            "the path has 101 parts; expected at most 100");
  for (int i = 0; i < 100'000; ++i) path += "[0]";
  EXPECT_EQ(apply_set(document, path + "=1").at(0).message,
            "the path has 100100 parts; expected at most 100");
  EXPECT_EQ(apply_set(document, std::string(5000, 'k') + "=1").at(0).message,
            "a key has 5000 bytes; expected at most 4096");
  // What a document may be at its deepest is read back from the log.
  EXPECT_EQ(from_json(parse_json(json_to_text(to_json(document))).value()), document);
}

TEST(ConfigPrint, YamlReadsBackAsItself) {
  const auto value = yaml(R"(
strings: ["", "no", "1", "null", " x", "a: b", "# c", "x #y",
  "é", "line\nfeed", "-", "a:", "...", "!t",
  "*a", "&a", "{", "%", "@", "`", "'", "0x1F", ".5", "1e3", "~"]
numbers: [1, -1, 1.0, 0.1, 1e300, .inf, -.inf, 9223372036854775807]
nested:
  - [1, [2, {a: {}}], []]
  - {a: {b: [x]}, "k: v": null, "1": true}
  - - - deep: [[]]
)");
  const std::string text = to_yaml(value);
  const auto again = parse_config(text, "again.yaml");
  ASSERT_TRUE(again.ok()) << text << lines(again.problems)[0];
  EXPECT_EQ(again.value, value) << text;
  EXPECT_EQ(to_yaml(again.value), text);
  const auto json =
      parse_config(to_json(yaml("{a: [1, 2.5, null, true, \"é\\n\"]}")).dump(), "a.json");
  EXPECT_EQ(json.value, yaml("{a: [1, 2.5, null, true, \"é\\n\"]}"));
  EXPECT_EQ(from_json(to_json(json.value)), json.value);
}

TEST(ConfigPrint, BlocksAreReadable) {
  EXPECT_EQ(to_yaml(yaml("{a: {b: [1, 2], c: {env: X}}, d: [{e: 1, f: 2}, g], h: {}, i: []}")),
            "a:\n  b: [1, 2]\n  c: {env: X}\nd:\n  - e: 1\n    f: 2\n  - g\nh: {}\ni: []\n");
  EXPECT_EQ(to_yaml(ConfigValue()), "null\n");
  EXPECT_EQ(brief(ConfigValue(std::string(100, 'x')), 10), "\"xxxxxxxxx...");
}

// Random documents of YAML's own signs, and random edits of a good one: nothing may crash, what is
// valid stays valid when printed and read again.
TEST(ConfigRandom, DocumentsNeverCrash) {
  std::mt19937 random(20171995);
  const auto below = [&](std::size_t n) { return std::size_t(random() % n); };
  const std::string good =
      "years: [2017, 1995]\nstates: [ID, \"ME\"]\nlayout: &a current\nother: {a: *a, b: [1, 2]}\n";
  constexpr std::string_view kSigns = "{}[]:,-?&*!|>'\"%@`#~ \n\t0123456789.eExoabNO<=\\";
  for (int round = 0; round < 3000; ++round) {
    std::string text = round % 2 == 0 ? good : "";
    const std::size_t edits = 1 + below(round % 2 == 0 ? 6 : 60);
    for (std::size_t i = 0; i < edits; ++i) {
      const char sign = kSigns[below(kSigns.size())];
      if (!text.empty() && below(2) == 0)
        text[below(text.size())] = sign;
      else
        text.insert(below(text.size() + 1), 1, sign);
    }
    const auto outcome = validate_text(*config_type_of<Scope>(), text, "r.yaml");
    for (const auto& problem : outcome.problems) EXPECT_FALSE(to_string(problem).empty());
    (void)validate_text(*config_type_of<Everything>(), text, "r.json");
    const auto parsed = parse_config(text, "r.yaml");
    if (!parsed.ok()) continue;
    const auto again = parse_config(to_yaml(parsed.value), "again.yaml");
    ASSERT_TRUE(again.ok()) << text << "\n" << to_yaml(parsed.value) << lines(again.problems)[0];
    EXPECT_EQ(again.value, parsed.value) << text;
  }
}

}  // namespace
}  // namespace penstock
