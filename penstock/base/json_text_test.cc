#include "penstock/base/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

namespace penstock {
namespace {

std::string nested(std::size_t depth, std::string open = "[", std::string close = "]") {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

// A random tree of all kinds of values.
Json random_tree(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 9 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return std::int64_t(random());
    case 3:
      return random();
    case 4:
      return double(std::int64_t(random())) / 7e9;
    case 5:
      return "";
    case 6:
      return std::string("a\"\\\n\t\x01\x7f") + std::string(1, '\0') + "ü€🌍";
    case 7: {
      Json list = Json::array();
      for (auto n = random() % 5; n > 0; --n) list.push_back(random_tree(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (auto n = random() % 40; n > 0; --n)
        object["k" + std::to_string(random() % 60)] = random_tree(random, depth - 2);
      return object;
    }
  }
}

TEST(JsonText, TreesAreWrittenAndReadAsTheLibraryDoesIt) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 400; ++i) {
    const Json tree = random_tree(random, 5);
    for (const int indent : {-1, 0, 2}) {
      const auto text = json_to_text(tree, indent);
      ASSERT_EQ(text, tree.dump(indent));
      ASSERT_EQ(json_problem(text), std::nullopt) << text;
      ASSERT_EQ(parse_json(text).value(), Json::parse(text));
    }
  }
}

TEST(JsonText, SaysWhatIsWrongAndWhere) {
  const std::pair<std::string, const char*> wrong[] = {
      {"", "the text ends early at byte 0"},
      {"{\"a\":1", "the text ends early at byte 6"},
      {"[1 2]", "expected a comma or the end of the list or object at byte 3"},
      {"[1,]", "a value is missing at byte 3"},
      {"{\"a\":1,}", "expected a key in double quotes at byte 7"},
      {"{a:1}", "expected a key in double quotes at byte 1"},
      {"{\"a\" 1}", "expected a colon at byte 5"},
      {"1 2", "text follows the value at byte 2"},
      {"01", "text follows the value at byte 1"},
      {"1.", "the text ends early at byte 2"},
      {"[1.e5]", "expected a digit at byte 3"},
      {"-x", "expected a digit at byte 1"},
      {"+1", "a value is missing at byte 0"},
      {"NaN", "a value is missing at byte 0"},
      {"1e400", "a number is too large at byte 5"},
      {std::string(400, '9'), "a number is too large at byte 400"},
      {"\"a\nb\"", "a string contains a control character at byte 2"},
      {"\"\\x\"", "unknown escape in a string at byte 1"},
      {"\"\\u12g4\"", "unknown escape in a string at byte 1"},
      {"\"\\ud800\"", "unknown escape in a string at byte 7"},
      {"\"\\udc00\\ud800\"", "unknown escape in a string at byte 1"},
      {"\"\xff\"", "a string is not UTF-8 at byte 1"},
      {"\"\xC0\xAF\"", "a string is not UTF-8 at byte 1"},
      {"\"\xED\xA0\x80\"", "a string is not UTF-8 at byte 1"},
      {"\"a", "the text ends early at byte 2"},
      {"\xEF\xBB\xBF{}", "a value is missing at byte 0"},
      {std::string("{}\0{", 4), "text follows the value at byte 2"},
      {std::string("\0", 1), "a value is missing at byte 0"},
      {"]", "a value is missing at byte 0"},
      {"[}", "a value is missing at byte 1"},
      {"tru", "a value is missing at byte 0"}};
  for (const auto& [text, problem] : wrong) {
    EXPECT_EQ(json_problem(text).value_or("nothing"), problem) << text;
    EXPECT_EQ(parse_json(text).error().message, problem) << text;
  }
  for (const auto* right : {" {} ", "[]", "0", "-0", "1e5", "1E-400", "\"\\ud83c\\udf0d\"", "null",
                            "\"\x7f\"", "\"\xC2\x80\"", "[[],{}]", "{\"\":{\"\":[]}}"})
    EXPECT_EQ(json_problem(right), std::nullopt) << right;
}

TEST(JsonText, AgreesWithTheLibraryOnDamagedText) {
  std::mt19937_64 random(9);
  const std::string good = R"({"a":[1,-2.5e3,"x\u00e9\n",true,null,{"b":{}}],"cü":"d"})";
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (auto n = 1 + random() % 3; n > 0; --n) {
      const auto at = random() % text.size();
      if (random() % 2 == 0)
        text.erase(at, 1);
      else
        text[at] = "{}[]:,\"\\0e.-ux \xC3\xFF"[random() % 17];
    }
    const bool ours = !json_problem(text).has_value();
    ASSERT_EQ(ours, Json::accept(text)) << text;
    if (ours) {
      ASSERT_EQ(parse_json(text).value(), Json::parse(text)) << text;
    }
    accepted += ours;
  }
  EXPECT_GT(accepted, 500);
}

TEST(JsonText, NoDepthEndsTheProgram) {
  constexpr std::size_t kDeep = 1'000'000;
  for (const auto& text : {nested(kDeep), nested(kDeep, "{\"a\":", "}").replace(5 * kDeep, 0, "1"),
                           std::string(kDeep, '[')}) {
    const bool is_closed = text.back() != '[';
    EXPECT_EQ(!json_problem(text).has_value(), is_closed);
    EXPECT_EQ(parse_json(text).error().message,
              "lists and objects are nested too deep at byte " +
                  std::to_string(text[0] == '[' ? kMostJsonDepth : 5 * kMostJsonDepth));
    auto whole = parse_json(text, SIZE_MAX);
    ASSERT_EQ(whole.ok(), is_closed);
    if (is_closed) {
      EXPECT_EQ(json_to_text(*whole), text);
    }
  }
  EXPECT_TRUE(parse_json(nested(kMostJsonDepth)).ok());
  EXPECT_FALSE(parse_json(nested(kMostJsonDepth + 1)).ok());
}

TEST(JsonText, ManyMembersCostLittleAndTheLastOfAKeyCounts) {
  std::string text = "{";
  constexpr int kKeys = 300'000;  // compared one by one they would take minutes
  for (int i = 0; i < kKeys; ++i)
    text += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  text += "\"key7\":\"again\"}";
  const auto tree = parse_json(text).value();
  ASSERT_EQ(tree.size(), std::size_t(kKeys));
  EXPECT_EQ(tree["key7"], "again");
  const auto few = parse_json(R"({"a":1,"b":2,"a":{"c":3}})").value();
  EXPECT_EQ(json_to_text(few), R"({"a":{"c":3},"b":2})");
}

TEST(JsonText, PartsAreFoundWithoutATree) {
  const auto members = json_members(R"( {"a" : [1, {"x": 2}] ,"b\n":"t","a":{} } )").value();
  EXPECT_EQ(members, (std::vector<JsonMember>{
                         {"a", "[1, {\"x\": 2}]"}, {"b\n", "\"t\""}, {"a", "{}"}}));
  EXPECT_EQ(json_items(R"([[ ], 1 ,"a,]",{"b":[2]}])").value(),
            (std::vector<std::string_view>{"[ ]", "1", "\"a,]\"", "{\"b\":[2]}"}));
  EXPECT_TRUE(json_items("[]").value().empty());
  EXPECT_FALSE(json_items("{}"));
  EXPECT_FALSE(json_members("[]"));
  EXPECT_EQ(json_string(R"("a\u00e9\ud83c\udf0d\/")"), "aé🌍/");
  EXPECT_FALSE(json_string("1"));
  EXPECT_EQ(json_integer("-9223372036854775808"), INT64_MIN);
  for (const auto* other : {"9223372036854775808", "1.0", "1e2", "\"1\"", "null"})
    EXPECT_FALSE(json_integer(other)) << other;
  EXPECT_EQ(json_number("-2.5e3"), -2500.0);
  EXPECT_FALSE(json_number("true"));
  EXPECT_EQ(json_bool("false"), false);
  EXPECT_FALSE(json_bool("0"));
}

TEST(JsonText, BytesThatAreNotTextAreReplacedWhenWritten) {
  EXPECT_EQ(json_to_text(Json{{"a\xff", "b\xC3"}}), "{\"a\xEF\xBF\xBD\":\"b\xEF\xBF\xBD\"}");
  EXPECT_EQ(json_to_text(Json(std::nan(""))), "\"nan\"");
}

}  // namespace
}  // namespace penstock
