#include "penstock/model/config_schema.h"

#include <gtest/gtest.h>

#include <sstream>

#include "penstock/model/config_test_types.h"

namespace penstock {
namespace {

using namespace testing_config;
using Texts = std::vector<std::string>;

ConfigEnvironment variables(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return {};
    return found->second;
  };
}

TEST(ConfigSchema, EveryFieldTypeIsReadAndWritten) {
  const char* text = R"(flag: false
small: 5
large: -9223372036854775808
port: 443
ratio: 1.0
weight: 2.5
text: "NO"
folder: /tmp/x
list: [x, "no"]
map: {b: 2, "c.d": 3}
maybe: 8
layout: current
nested:
  count: 1
several:
  - count: 7
maybe_nested:
  count: 6
executor:
  threads:
    count: 5
either:
  count: 3
password: {env: PW}
user: {env: USER_NAME}
retries: {env: RETRIES}
wait: 250ms
memory: 2MiB
anything: {deep: [1, null]}
)";
  const auto environment = variables({{"PW", "s3cret"}, {"USER_NAME", "ann"}, {"RETRIES", " 5\n"}});
  const auto decoded = decode_config<Everything>(yaml(text), environment);
  ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
  const Everything& e = *decoded;
  EXPECT_FALSE(e.flag);
  EXPECT_EQ(e.small, 5);
  EXPECT_EQ(e.large, INT64_MIN);
  EXPECT_EQ(e.port, 443);
  EXPECT_EQ(e.ratio, 1.0);
  EXPECT_EQ(e.weight, 2.5f);
  EXPECT_EQ(e.text, "NO");
  EXPECT_EQ(e.folder, "/tmp/x");
  EXPECT_EQ(e.list, (std::vector<std::string>{"x", "no"}));
  EXPECT_EQ(e.map, (std::map<std::string, int>{{"b", 2}, {"c.d", 3}}));
  EXPECT_EQ(e.maybe, 8);
  EXPECT_EQ(e.layout, Layout::Current);
  EXPECT_EQ(e.nested.count, 1);
  EXPECT_EQ(e.several, std::vector<Threads>{{7}});
  EXPECT_EQ(e.maybe_nested, Threads{6});
  EXPECT_EQ(e.executor, (std::variant<Threads, Processes>(Threads{5})));
  EXPECT_EQ(std::get<Threads>(e.either).count, 3);
  EXPECT_EQ(e.password.reveal(), "s3cret");
  EXPECT_EQ(*e.user, "ann");
  EXPECT_EQ(*e.retries, 5);
  EXPECT_EQ(e.wait, std::chrono::milliseconds(250));
  EXPECT_EQ(e.memory.count, 2 << 20);
  EXPECT_EQ(brief(e.anything), "{deep: [1, null]}");

  const ConfigValue encoded = encode_config(e);
  EXPECT_EQ(encoded, validate_config(*config_type_of<Everything>(), yaml(text)).value);
  EXPECT_EQ(to_yaml(encoded).find("s3cret"), std::string::npos);
}

TEST(ConfigSchema, DefaultsComeFromTheInitialisers) {
  const auto decoded = decode_config<Everything>(ConfigValue::map(), no_environment());
  ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
  EXPECT_EQ(encode_config(*decoded), encode_config(Everything{}));
  EXPECT_EQ(decoded->nested.count, 9);
  EXPECT_FALSE(decoded->password.resolved());
  const auto partial =
      decode_config<Everything>(yaml("executor: {processes: {count: 8}}"), no_environment());
  EXPECT_EQ(partial->executor, (std::variant<Threads, Processes>(Processes{8, "auto"})));
}

TEST(ConfigSchema, UnsetAndWrongVariablesAreReportedTogether) {
  const auto decoded = decode_config<Everything>(
      yaml("user: {env: NOBODY}\nretries: {env: N}\npassword: {env: PW}\n"),
      variables({{"N", "77777"}}));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::Config);
  EXPECT_EQ(decoded.error().message,
            "scope.yaml:3:11: password: the environment variable PW is not set\n"
            "scope.yaml:1:7: user: the environment variable NOBODY is not set\n"
            "scope.yaml:2:10: retries: the environment variable N holds something else than "
            "expected: integer from 0 to 5");
}

TEST(ConfigSchema, RulesRunAgainWhenDecoded) {
  const auto scope = decode_config<Scope>(yaml("states: [me, id, ID]"), no_environment());
  ASSERT_TRUE(scope.ok());
  EXPECT_EQ(scope->states, (std::vector<std::string>{"ID", "ME"}));
  EXPECT_EQ(
      decode_config<Scope>(yaml("states: [XX]"), no_environment()).error().message,
      "scope.yaml:1:9: states: states [\"XX\"] are not available; expected two-letter codes from "
      "AL to ME, or all");
}

TEST(ConfigSchema, SecretsPrintAsStars) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "****");
}

struct Open {
  int known = 1;
  std::map<std::string, ConfigValue> rest;
  static void describe(ConfigSchema<Open>& s) {
    s.field("known", &Open::known);
    s.permissive(&Open::rest);
  }
};

TEST(ConfigSchema, PermissiveStructsKeepUnknownKeys) {
  const auto open = decode_config<Open>(yaml("{known: 2, extra: [1], more: x}"), no_environment());
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open->rest.size(), 2u);
  EXPECT_EQ(brief(encode_config(*open)), "{known: 2, extra: [1], more: x}");
}

struct Base {
  int inherited = 1;
};
struct Derived : Base {
  std::string old_name = "x";
  static void describe(ConfigSchema<Derived>& s) {
    s.field("inherited", &Derived::inherited);
    s.field("name", &Derived::old_name).alias("old_name");
  }
};

TEST(ConfigSchema, AliasesAndInheritedMembers) {
  const auto derived =
      decode_config<Derived>(yaml("{inherited: 5, old_name: y}"), no_environment());
  ASSERT_TRUE(derived.ok());
  EXPECT_EQ(derived->inherited, 5);
  EXPECT_EQ(derived->old_name, "y");
}

enum class Nameless { A };
struct Mistaken {
  int level = 12;
  int other = 1;
  Nameless nameless = Nameless::A;
  std::string text = "abc";
  static void describe(ConfigSchema<Mistaken>& s) {
    s.field("level", &Mistaken::level).range(0, 9);
    s.field("other", &Mistaken::other).alias("level").range(3, 1);
    s.field("nameless", &Mistaken::nameless);
    s.field("text", &Mistaken::text).pattern("(");
    s.field("text", &Mistaken::text);
  }
};

TEST(ConfigSchema, MistakesInTypesAreFound) {
  EXPECT_EQ(mistakes_in(*config_type_of<Everything>()), Texts{});
  EXPECT_EQ(mistakes_in(*config_type_of<Warehouse>()), Texts{});
  EXPECT_EQ(
      mistakes_in(*config_type_of<Mistaken>()),
      (Texts{"Mistaken: the field \"text\" is declared twice",
             "Mistaken: the alias \"level\" is another field's name",
             "Mistaken.level: its default is refused: 12 is out of range; expected 0 to 9",
             "Mistaken.other: the minimum 3 is above the maximum 1",
             "Mistaken.other: its default is refused: 1 is out of range; expected 3 to 1",
             "Mistaken.nameless: an enum has no names; declare config_names() or use .names()",
             "Mistaken.nameless: its default is refused: 0 is not one of ",
             "Mistaken.text: \"(\" is no regular expression",
             "Mistaken.text: its default is refused: \"abc\" does not match ("}));
}

template <class M>
concept HasRange = requires(ConfigFieldBuilder<M> field) { field.min(1); };
template <class M>
concept HasPattern = requires(ConfigFieldBuilder<M> field) { field.pattern("x"); };
template <class M>
concept HasMinItems = requires(ConfigFieldBuilder<M> field) { field.min_items(1); };

TEST(ConfigSchema, ConstraintsCompileOnlyWhereTheyMakeSense) {
  EXPECT_TRUE((HasRange<int> && HasRange<std::optional<double>> && HasRange<std::vector<int>>));
  EXPECT_FALSE((HasRange<std::string> || HasRange<bool> || HasRange<Secret>));
  EXPECT_TRUE((HasPattern<std::string> && HasPattern<std::filesystem::path>));
  EXPECT_FALSE((HasPattern<int> || HasPattern<Layout>));
  EXPECT_TRUE((HasMinItems<std::vector<int>> && HasMinItems<std::map<std::string, int>>));
  EXPECT_FALSE(HasMinItems<std::string>);
}

}  // namespace
}  // namespace penstock
