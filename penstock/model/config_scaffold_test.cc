#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "penstock/model/config_test_types.h"

namespace penstock {
namespace {

using namespace testing_config;
using Texts = std::vector<std::string>;

TEST(ConfigScaffold, AllDefaultsIsValidAndSaysEverything) {
  const auto& type = *config_type_of<Everything>();
  const std::string text = config_scaffold(type, ScaffoldDepth::AllDefaults);
  const auto outcome = validate_text(type, text, "s.yaml");
  EXPECT_EQ(lines(outcome.problems), Texts{}) << text;
  EXPECT_EQ(outcome.value, validate_config(type, ConfigValue::map()).value);
  EXPECT_EQ(config_scaffold(*config_type_of<Scope>(), ScaffoldDepth::AllDefaults),
            "# what to load\n"
            "# years to load (list of one of 1995, 1996, 2017, 2018, 2020)\n"
            "years: [2017]\n"
            "# two-letter codes in any case, or all (list of string)\n"
            "states: [ID, ME]\n"
            "# one of current, prototype\n"
            "layout: current\n"
            "# one of error, null\n"
            "bad_values: error\n");
}

TEST(ConfigScaffold, MinimalShowsWhatMustBeGiven) {
  const auto& type = *config_type_of<Warehouse>();
  const std::string text = config_scaffold(type, ScaffoldDepth::Minimal);
  EXPECT_EQ(text,
            "# where tables live\n"
            "# its folder (path; required)\n"
            "base_dir: /data\n"
            "# to log in (secret given as {env: NAME} or {file: PATH}; required)\n"
            "# password: {env: NAME}\n"
            "# open ports (list of integer; required)\n"
            "# ports: []\n"
            "# what to do when it is away (required)\n"
            "retry:\n"
            "  # how often (integer; required)\n"
            "  times: 2\n");
  std::string filled = text;
  filled.replace(filled.find("# password"), 2, "");
  filled.replace(filled.find("# ports"), 2, "");
  EXPECT_EQ(problems_of<Warehouse>(filled), Texts{});
  EXPECT_EQ(config_scaffold(*config_type_of<Scope>(), ScaffoldDepth::Minimal),
            "# what to load\n{}\n");
}

TEST(ConfigScaffold, CommentsOutParentsOfCommentedFields) {
  const auto secret = make_shape(
      "",
      {{.name = "pw", .type = std::make_shared<const ConfigType>(ConfigCodec<Secret>::type())}});
  const auto type = make_shape("job", {{.name = "resources", .type = secret, .required = true}});
  const auto text = config_scaffold(*type, ScaffoldDepth::Minimal);
  EXPECT_EQ(text,
            "# required\n# resources:\n  # secret given as {env: NAME} or {file: PATH}; "
            "required\n  # pw: {env: NAME}\n{}\n");
}

TEST(ConfigJsonSchema, DescribesAStruct) {
  EXPECT_EQ(json_schema(*config_type_of<Scope>()).dump(1), R"({
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "type": "object",
 "title": "Scope",
 "properties": {
  "years": {
   "type": "array",
   "items": {
    "type": "integer",
    "minimum": -2147483648,
    "maximum": 2147483647,
    "enum": [
     1995,
     1996,
     2017,
     2018,
     2020
    ]
   },
   "minItems": 1,
   "description": "years to load",
   "default": [
    2017
   ]
  },
  "states": {
   "type": "array",
   "items": {
    "type": "string"
   },
   "description": "two-letter codes in any case, or all",
   "default": [
    "ID",
    "ME"
   ]
  },
  "layout": {
   "enum": [
    "current",
    "prototype"
   ],
   "default": "current"
  },
  "bad_values": {
   "enum": [
    "error",
    "null"
   ],
   "default": "error"
  }
 },
 "additionalProperties": false,
 "description": "what to load"
})");
}

TEST(ConfigJsonSchema, SaysWhatIsRequiredSecretDeprecatedOrChosen) {
  const Json warehouse = json_schema(*config_type_of<Warehouse>());
  EXPECT_EQ(warehouse["required"].dump(), R"(["base_dir","password","ports","retry"])");
  EXPECT_EQ(warehouse["properties"]["password"]["writeOnly"], true);
  EXPECT_EQ(warehouse["properties"]["base_dir"]["examples"].dump(), R"(["/data"])");
  const Json all = json_schema(*config_type_of<Everything>());
  const auto& fields = all["properties"];
  EXPECT_EQ(fields["folder"]["deprecated"], true);
  EXPECT_EQ(fields["words"]["$comment"], "another name of text");
  EXPECT_EQ(fields["executor"]["maxProperties"], 1);
  EXPECT_EQ(fields["maybe"]["anyOf"][1].dump(), R"({"type":"null"})");
  EXPECT_EQ(fields["user"]["anyOf"][1]["required"].dump(), R"(["env"])");
  EXPECT_EQ(fields["user"]["anyOf"][2]["required"].dump(), R"(["file"])");
  EXPECT_EQ(fields["password"]["anyOf"][1]["required"].dump(), R"(["file"])");
  EXPECT_EQ(fields["small"]["minimum"], -10);
}

}  // namespace
}  // namespace penstock
