#include <gtest/gtest.h>

#include "penstock/model/config_document.h"
#include "penstock/model/config_test_types.h"

namespace penstock {
namespace {

using testing_config::lines;
using testing_config::yaml;
using Kind = ConfigValue::Kind;

std::vector<std::string> problems(std::string_view text, std::string name = "a.yaml") {
  return lines(parse_config(text, std::move(name)).problems);
}
using Texts = std::vector<std::string>;

TEST(ConfigParse, ScalarsFollowTheCoreSchema) {
  const auto of = [](std::string text) { return yaml("x: " + text).entries()[0].value; };
  for (const auto* word : {"NO", "no", "on", "yes", "y", "1_000", "0b11", "1:30", "2017-01-01",
                           "0o9", "0x", "1e", ".", "-", "+", "nUll", "tRue", "0x1G", "12e03x"})
    EXPECT_EQ(of(word == std::string("-") ? "'-'" : word).kind(), Kind::String) << word;
  EXPECT_EQ(of("0x1F").as_int(), 31);
  EXPECT_EQ(of("0o17").as_int(), 15);
  EXPECT_EQ(of("017").as_int(), 17);
  EXPECT_EQ(of("+12").as_int(), 12);
  EXPECT_EQ(of("-9223372036854775808").as_int(), INT64_MIN);
  EXPECT_EQ(of("9223372036854775808").integer<std::uint64_t>(), std::uint64_t{1} << 63);
  EXPECT_EQ(of("0xFFFFFFFFFFFFFFFF").integer<std::uint64_t>(), ~std::uint64_t{0});
  EXPECT_EQ(of("18446744073709551616"), ConfigValue(18446744073709551616.0));
  EXPECT_EQ(of("-9223372036854775809").kind(), Kind::Float);
  EXPECT_EQ(of(".5"), ConfigValue(0.5));
  EXPECT_EQ(of("1e3"), ConfigValue(1000.0));
  EXPECT_EQ(of("1."), ConfigValue(1.0));
  EXPECT_EQ(of("-.INF").kind(), Kind::Float);
  for (const auto* word : {"~", "null", "NULL", ""}) EXPECT_TRUE(of(word).is_null()) << word;
  EXPECT_TRUE(of("TRUE").as_bool());
  EXPECT_EQ(of("'1'"), ConfigValue("1"));
  EXPECT_TRUE(of("\"null\"").quoted());
  EXPECT_EQ(of("|\n  12\n"), ConfigValue("12\n"));
}

TEST(ConfigParse, NumbersThatAreTooLargeAreNotInfinite) {
  EXPECT_EQ(problems("a: 1e400\nb: [1, -1e999999999999999999999]\n1e400: 2\nc: '1e400'\n"),
            (Texts{"a.yaml:1:4: a: 1e400 is too large for a number; infinity is written .inf",
                   "a.yaml:2:8: b[1]: -1e999999999999999999999 is too large for a number; "
                   "infinity is written -.inf"}));
  EXPECT_EQ(problems("a: 0xFFFFFFFFFFFFFFFFF\n"),
            Texts{"a.yaml:1:4: a: 0xFFFFFFFFFFFFFFFFF does not fit into 64 bits"});
  EXPECT_EQ(problems("{\"a\": [2E308]}", "a.json"),
            Texts{"a.json:1:8: a[0]: 2E308 is too large for a number; infinity is written .inf"});
  EXPECT_EQ(problems("a: 1" + std::string(400, '0') + ".0e-5\n").size(), 1u);
  const auto of = [](std::string text) { return yaml("x: " + text).entries()[0].value; };
  EXPECT_EQ(of("1e-400"), ConfigValue(0.0));
  EXPECT_EQ(of("0." + std::string(400, '0') + "1"), ConfigValue(0.0));
  EXPECT_EQ(of("1e-999999999999999999999"), ConfigValue(0.0));
  EXPECT_EQ(of("0." + std::string(400, '0') + "25e401"), ConfigValue(2.5));
  EXPECT_EQ(of("5e-324").as_float(), 5e-324);
  EXPECT_EQ(of("1.7976931348623157e308").as_float(), 1.7976931348623157e308);
}

TEST(ConfigParse, ValuesKnowWhereTheyAre) {
  const auto value = yaml("a: 1\nüb:\n  - {x: [1, 2]}\n");
  EXPECT_EQ(find_path(value, "a")->mark().to_string(), "scope.yaml:1:4");
  EXPECT_EQ(value.entries()[1].key_mark.to_string(), "scope.yaml:2:1");
  const auto* list = find_path(value, "[\"üb\"][0].x[1]");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->mark().to_string(), "scope.yaml:3:13");
  EXPECT_EQ(yaml("ü: b").entries()[0].value.mark().column, 4u);
}

TEST(ConfigParse, ReportsKeysGivenTwice) {
  EXPECT_EQ(problems("a:\n  b: 1\n  c: 2\n  b: 3\n"),
            Texts{"a.yaml:4:3: a.b: \"b\" is given twice; first at 2:3"});
  EXPECT_EQ(problems("{\"a\": {\"b\": 1,\n \"b\": 2}}", "a.json"),
            Texts{"a.json:2:2: a.b: \"b\" is given twice; first at 1:8"});
}

TEST(ConfigParse, SyntaxErrorsSayWhere) {
  EXPECT_EQ(problems("a: [1, 2\n"),
            Texts{"a.yaml:2:1: a list that was opened with [ is not closed with ]"});
  EXPECT_EQ(problems("a: b: c\n"),
            Texts{"a.yaml:1:5: a mapping cannot begin here; quote a text that holds \": \""});
  EXPECT_EQ(problems("a: 1\n b: 2\n").size(), 1u);
  EXPECT_EQ(problems("a: !!python/object x\n"),
            Texts{"a.yaml:1:4: a: the tag !!python/object is not supported; write the value "
                  "without it"});
  EXPECT_EQ(problems("a: 1\n---\nb: 2\n"),
            Texts{"a.yaml:2:1: a second document begins here; expected only one"});
  EXPECT_EQ(problems("[a]: 1\n"),
            Texts{"a.yaml:1:1: a key is a list or a mapping; expected a string"});
  EXPECT_EQ(problems("a: \x01"), Texts{"a.yaml:1:4: the text holds the control character 0x01"});
  EXPECT_EQ(problems("a: \xff"), Texts{"a.yaml:1:4: the text is not UTF-8"});
}

TEST(ConfigParse, TabsThatIndentAreNamed) {
  for (const auto* text : {"a:\n\tb: 1\n", "a:\n  b: 1\n\tc: 2\n", "a:\n  b:\n  \tc: 2\n"})
    EXPECT_NE(problems(text).at(0).find("a tab indents this line; expected blanks"),
              std::string::npos)
        << text << problems(text).at(0);
}

TEST(ConfigParse, TagsOfTheCoreSchemaAreTakenWhereTheyFit) {
  const auto value = yaml(
      "i: !!int \"3\"\ns: !!str 3\nf: !!float 3\nb: !!bool true\nn: !!null\nl: !!seq [1]\n"
      "m: !!map {a: 1}\n");
  EXPECT_EQ(*find_path(value, "i"), ConfigValue(3));
  EXPECT_EQ(*find_path(value, "s"), ConfigValue("3"));
  EXPECT_EQ(*find_path(value, "f"), ConfigValue(3.0));
  EXPECT_EQ(*find_path(value, "b"), ConfigValue(true));
  EXPECT_TRUE(find_path(value, "n")->is_null());
  EXPECT_EQ(*find_path(value, "l[0]"), ConfigValue(1));
  EXPECT_EQ(*find_path(value, "m.a"), ConfigValue(1));
}

TEST(ConfigParse, OtherTagsAreToldWithAllElse) {
  EXPECT_EQ(problems("a: !x 1\nb: !!int two\nc: !!map [1]\nc: 2\n"),
            (Texts{"a.yaml:1:4: a: the tag !x is not supported; write the value without it",
                   "a.yaml:2:4: b: the tag !!int does not fit this value; write the value without "
                   "it",
                   "a.yaml:3:4: c: the tag !!map does not fit this value; write the value without "
                   "it",
                   "a.yaml:4:1: c: \"c\" is given twice; first at 3:1"}));
}

TEST(ConfigParse, EmptyTextIsAnEmptyMap) {
  EXPECT_EQ(parse_config("", "a.yaml").value, ConfigValue::map());
  EXPECT_EQ(parse_config("# nothing\n", "a.yaml").value, ConfigValue::map());
  EXPECT_EQ(parse_config(" ", "a.json").value, ConfigValue::map());
}

TEST(ConfigParse, JsonErrorsSpeakJson) {
  EXPECT_EQ(problems("{\"a\": 1,}", "a.json"),
            Texts{"a.json:1:9: a comma stands before }; remove it"});
  EXPECT_EQ(problems("{\"a\" 1}", "a.json"),
            Texts{"a.json:1:6: found \"1\"; expected : after the key"});
  EXPECT_EQ(problems("{a: 1}", "a.json"),
            Texts{"a.json:1:2: found \"a\"; expected a key in double quotes or }"});
  EXPECT_EQ(problems("{\"a\": yes}", "a.json"),
            Texts{"a.json:1:7: \"yes\" is not a JSON value; put text in double quotes"});
  EXPECT_EQ(problems("{\"a\": [1 2]}", "a.json"),
            Texts{"a.json:1:10: found \"2\"; expected , or ] in the list"});
  EXPECT_EQ(problems("{\"a\": 1", "a.json"),
            Texts{"a.json:1:8: found the end of the text; expected , or } in the object"});
  for (const auto* number : {"01", ".5", "1.", "0x1", "+1", "-", "1e"})
    EXPECT_EQ(problems(number, "a.json").size(), 1u) << number;
}

TEST(ConfigParse, JsonStringsAndNumbers) {
  const auto parsed = parse_config(
      "{\n\t\"a\\/\\u00e9\\ud83d\\ude00\": [-1.5e3, 12, null, true, \"NO\"]}", "a.json");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value.entries()[0].key, "a/é😀");
  EXPECT_EQ(parsed.value.entries()[0].value,
            ConfigValue::list({ConfigValue(-1500.0), ConfigValue(12), ConfigValue(),
                               ConfigValue(true), ConfigValue("NO")}));
  EXPECT_EQ(problems("\"\\ud800\"", "a.json").size(), 1u);
}

TEST(ConfigParse, AliasesExpandWithinALimit) {
  const auto value = yaml("a: &x {n: 1}\nb: *x\nc: [*x, *x]\n");
  EXPECT_EQ(*find_path(value, "c[1].n"), ConfigValue(1));
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int n = 0; n < 8; ++n) bomb += last + ", ";
    bomb += last + "]\n";
  }
  const auto found = problems(bomb);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].find("aliases expand to more than 100000 values"), std::string::npos);
  EXPECT_EQ(problems("a: &x [*x]\n"),
            Texts{"a.yaml:1:8: a[0]: an alias stands inside the value that it names"});
}

TEST(ConfigParse, RefusesDepthAndSize) {
  EXPECT_NE(
      problems(std::string(101, '[') + std::string(101, ']'))[0].find("nested deeper than 100"),
      std::string::npos);
  EXPECT_EQ(problems(std::string(100, '[') + std::string(100, ']')), Texts{});
  EXPECT_EQ(problems(std::string(100'000, '[')),
            Texts{"a.yaml:1:1: a list that was opened with [ is not closed with ]"});
  EXPECT_NE(problems(std::string(100'000, '['), "a.json")[0].find("nested deeper than 100"),
            std::string::npos);
  EXPECT_NE(problems(std::string(5u << 20, ' '))[0].find("expected at most 4194304"),
            std::string::npos);
  std::string many = "[0";
  for (int i = 0; i < 200'000; ++i) many += ",0";
  // Depth that aliases add up counts, too.
  std::string chain = "a: &a0 " + std::string(60, '[') + std::string(60, ']') + "\n";
  EXPECT_EQ(problems(chain), Texts{});
  chain += "b: " + std::string(60, '[') + "*a0" + std::string(60, ']') + "\n";
  EXPECT_NE(problems(chain)[0].find("nested deeper than 100"), std::string::npos);
  const std::string key(4097, 'k');
  EXPECT_NE(problems("? " + key + "\n: 1\n")[0].find("a key has 4097 bytes; expected at most 4096"),
            std::string::npos);
  EXPECT_NE(problems("{\"" + key + "\":1}", "a.json")[0].find("a key has 4097 bytes"),
            std::string::npos);
  std::string keys = "{\"k\":0";  // compared one by one they would take minutes
  for (int i = 0; i < 190'000; ++i) keys += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(problems(keys + "}", "a.json"), Texts{});
  EXPECT_NE(problems(many + "]")[0].find("more than 200000 values"), std::string::npos);
  EXPECT_NE(problems(many + "]", "a.json")[0].find("more than 200000 values"), std::string::npos);
}

}  // namespace
}  // namespace penstock
