#include "penstock/plan/selection.h"

#include <gtest/gtest.h>

#include <random>

#include "penstock/base/text.h"

namespace penstock {
namespace {

std::string again(std::string_view text) {
  const auto parsed = parse_selection(text);
  return parsed.ok() ? to_string(*parsed) : parsed.error().to_string();
}

TEST(Selection, IsPrintedInItsShortestForm) {
  EXPECT_EQ(again("*"), "*");
  EXPECT_EQ(again(" load "), "load");
  EXPECT_EQ(again("+load"), "+load");
  EXPECT_EQ(again("2+load+1"), "2+load+1");
  EXPECT_EQ(again("((a or b) and (c))"), "(a or b) and c");
  EXPECT_EQ(again("a or (b and c)"), "a or b and c");
  EXPECT_EQ(again("not (not a)"), "not not a");
  EXPECT_EQ(again("not (a or b)"), "not (a or b)");
  EXPECT_EQ(again("(a and b)+"), "(a and b)+");
  EXPECT_EQ(again("sinks( a+ )"), "sinks(a+)");
  EXPECT_EQ(again("name:\"load\""), "name:load");
  EXPECT_EQ(again("owner:team:data"), "owner:team:data");
  EXPECT_EQ(again("tag:k=v"), "tag:k=v");
  EXPECT_EQ(again("load[2017,ID]"), "load[2017,ID]");
  EXPECT_EQ(again(R"("say \"no\" \\")"), R"("say \"no\" \\")");
}

TEST(Selection, ReadsOlderForms) {
  EXPECT_EQ(again("*load"), "+load");
  EXPECT_EQ(again("load*"), "load+");
  EXPECT_EQ(again("*load*"), "+load+");
  EXPECT_EQ(again("++load"), "2+load");
  EXPECT_EQ(again("load+++"), "load+3");
}

TEST(Selection, TellsDistancesFromNames) {
  EXPECT_EQ(again("2+"), "\"2\"+");
  EXPECT_EQ(again("2+3"), "2+\"3\"");
  EXPECT_EQ(again("\"and\""), "\"and\"");
  EXPECT_EQ(again("\"*\""), "\"*\"") << "any run of characters, by name";
  EXPECT_EQ(again("name:*load"), "name:*load") << "a pattern, where an attribute is named";
}

TEST(Selection, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(again(""),
            "column 1: found the end, expected a name, an attribute such as name:…, \"*\", "
            "\"not\" or \"(\"");
  EXPECT_EQ(again("a b"), "column 3: found \"b\", expected \"and\", \"or\" or the end");
  EXPECT_EQ(again("(a or b"), "column 8: found the end, expected \"and\", \"or\" or \")\"");
  EXPECT_EQ(again("a or or b"),
            "column 6: found \"or\", expected a name, an attribute such as name:…, \"*\", "
            "\"not\" or \"(\"");
  EXPECT_TRUE(again("a or nmae:b").starts_with(
      "column 6: \"nmae\" is not an attribute; did you mean name?; expected one of "
      "automation_type, changed, "));
  EXPECT_EQ(again("name:"), "column 6: found the end, expected the value of name");
  EXPECT_EQ(again("a{"),
            "column 2: \"{\" begins no part of a selection; a name with such characters stands in "
            "double quotes");
  EXPECT_EQ(again("\"a"), "column 1: the quoted name has no end; expected another double quote");
  EXPECT_EQ(again("**"), "column 1: \"**\" selects nothing; expected \"*\" for all");
  EXPECT_EQ(again("99999999999+a"),
            "column 1: 99999999999 steps are too many; leave the number away to go any distance");
  EXPECT_EQ(again(std::string(1000, '(')), "column 201: nested too deeply");
}

TEST(Selection, PatternsStandForAnyRunOfCharacters) {
  EXPECT_TRUE(matches_pattern("load", "load"));
  EXPECT_TRUE(matches_pattern("l*d", "load"));
  EXPECT_TRUE(matches_pattern("*a*", "load"));
  EXPECT_TRUE(matches_pattern("load[*]", "load[a]"));
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("a*b*c", "a--b--b-c"));
  EXPECT_FALSE(matches_pattern("load", "loader"));
  EXPECT_FALSE(matches_pattern("a*b", "abc"));
}

/// list -> load -> sum -> report, and list -> other.
SelectionGraph small_graph() {
  static const std::vector<std::string> kNames = {"list", "load", "sum", "report", "other"};
  SelectionGraph graph;
  graph.upstream = {{}, {0}, {1}, {2}, {0}};
  graph.downstream = {{1, 4}, {2}, {3}, {}, {}};
  graph.attributes = {"name", "tag"};
  graph.has = [](std::uint32_t node, std::string_view attribute, std::string_view value) {
    return attribute == "name" ? matches_pattern(value, kNames[node]) : value == "slow" && node > 2;
  };
  graph.name = [](std::uint32_t node) { return kNames[node]; };
  return graph;
}

std::string selected(std::string_view text) {
  const auto graph = small_graph();
  const auto nodes = select_to_launch(text, graph);
  if (!nodes.ok()) return nodes.error().to_string();
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < nodes->size(); ++i)
    if ((*nodes)[i]) names.push_back(graph.name(i));
  return join(names, " ");
}

TEST(Selection, FollowsTheGraph) {
  EXPECT_EQ(selected("load+"), "load sum report");
  EXPECT_EQ(selected("load+1"), "load sum");
  EXPECT_EQ(selected("1+sum"), "load sum");
  EXPECT_EQ(selected("+sum"), "list load sum");
  EXPECT_EQ(selected("1+load+1"), "list load sum");
  EXPECT_EQ(selected("(list+1)+1 and not name:l*d"), "list sum other");
  EXPECT_EQ(selected("sinks(*)"), "report other");
  EXPECT_EQ(selected("roots(load or sum)"), "load");
  EXPECT_EQ(selected("tag:slow"), "report other");
  EXPECT_EQ(selected("not tag:slow and not list"), "load sum");
}

TEST(Selection, OfNothingIsNotLaunched) {
  EXPECT_EQ(selected("laod+ or other"),
            "selection \"laod+ or other\": column 1: no step is named \"laod\"; did you mean "
            "\"load\"?");
  EXPECT_EQ(selected("load or tag:slwo"),
            "selection \"load or tag:slwo\": column 9: no step has tag \"slwo\"");
  EXPECT_EQ(selected("load or tag:sl*x"), "load");
  EXPECT_EQ(selected("name:z*"), "selection \"name:z*\": it selects no step");
  EXPECT_EQ(selected("load and sum"), "selection \"load and sum\": it selects no step");
  EXPECT_EQ(selected("owner:me"),
            "selection \"owner:me\": column 1: a step has no owner; expected one of name, tag");
}

TEST(Selection, WordsMayBeOfNoNodeAndMustExist) {
  auto graph = small_graph();
  graph.words["tag"] = {"slow", "fast"};
  const auto nodes = select_to_launch("load or tag:fast", graph);
  ASSERT_TRUE(nodes.ok()) << nodes.error().to_string();
  EXPECT_EQ(*nodes, (std::vector<bool>{false, true, false, false, false}));
  EXPECT_EQ(select_to_launch("load or tag:fats", graph).error().to_string(),
            "selection \"load or tag:fats\": column 9: \"fats\" is no tag; expected one of slow, "
            "fast");
}

class RandomSelection {
 public:
  explicit RandomSelection(std::uint64_t seed) : random_(seed) {}

  Selection make(int depth) {
    using Kind = Selection::Kind;
    const auto kind = depth == 0 ? below(2) : below(8);
    Selection selection{.kind = Kind(kind)};
    if (selection.kind == Kind::Value) {
      if (below(3) == 0) selection.attribute = std::vector{"name", "tag", "owner"}[below(3)];
      selection.value = value();
    }
    if (selection.kind == Kind::Traverse) {
      selection.up = distance();
      selection.down = selection.up == 0 ? 1 + below(3) : distance();
    }
    const auto parts = kind < 2 ? 0 : kind == 3 || kind == 4 ? 2 + below(2) : 1;
    for (std::uint32_t i = 0; i < parts; ++i) selection.parts.push_back(make(depth - 1));
    return selection;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return std::uint32_t(random_() % n); }
  std::uint32_t distance() { return below(4) == 0 ? Selection::kUnlimited : below(4); }
  std::string value() {
    static constexpr std::string_view kCharacters = "ab1*+:\"\\ ()[],./-=ö";
    static const std::vector<std::string> kNames = {"and", "or", "not", "sinks", "12", "a*", "*"};
    if (below(4) == 0) return kNames[below(std::uint32_t(kNames.size()))];
    std::string text;
    for (auto length = below(6); length > 0; --length)
      text += kCharacters[below(std::uint32_t(kCharacters.size()))];
    return text;
  }
  std::mt19937_64 random_;
};

TEST(Selection, ReadsBackWhatItPrints) {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    const auto selection = RandomSelection(seed).make(4);
    const auto text = to_string(selection);
    const auto back = parse_selection(text);
    ASSERT_TRUE(back.ok()) << "seed " << seed << ": " << text << ": " << back.error().to_string();
    ASSERT_EQ(to_string(*back), text) << "seed " << seed;
    ASSERT_TRUE(*back == selection) << "seed " << seed << ": " << text;
  }
}

}  // namespace
}  // namespace penstock
