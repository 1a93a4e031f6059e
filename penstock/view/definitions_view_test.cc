#include "penstock/view/definitions_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "penstock/model/definitions_builder.h"

namespace penstock {
namespace {

struct Login {
  std::string user = "me";
  Secret password = Secret("canary-3f2a");
  static void describe(ConfigSchema<Login>& s) {
    s.field("user", &Login::user).describe("who asks");
    s.field("password", &Login::password);
  }
};
struct Warehouse {};

Warehouse open_warehouse(const Login&) { return {}; }
Dynamic<int> choose(OpContext& op) { return Dynamic<int>(op); }
int fetch(Resource<Warehouse>, const int& n, const Login&) { return n; }
int add_up(const std::vector<int>& all) { return int(all.size()); }

Definitions make() {
  DefinitionsBuilder defs;
  defs.resource<Warehouse>("warehouse", &open_warehouse).tokens(2).describe("tables");
  defs.op<fetch>().retry({.max_retries = 3}).pool("net", 2).tag("kind", "slow").cpu(2);
  defs.job("etl",
           [](GraphBuilder& g) {
             const auto items = g.with({.max_in_flight = 5}).op<choose>();
             g.op<add_up>(items.map<fetch>().collect());
           })
      .describe("all of it")
      .tag("team", "data")
      .keep(Keep::All);
  return defs.build().value();
}

const Json& named(const Json& list, std::string_view name) {
  for (const auto& each : list)
    if (each["name"] == name) return each;
  ADD_FAILURE() << "nothing is called " << name << " in " << list.dump();
  static const Json kNone;
  return kNone;
}

TEST(DefinitionsView, TellsAllThatWasDeclared) {
  const auto json = definitions_json(make());
  EXPECT_EQ(json["schema"], "definitions.v1");
  const auto& op = named(json["ops"], "fetch");
  EXPECT_EQ(op["retry"]["max_retries"], 3);
  EXPECT_EQ(op["retry"]["backoff"], "none");
  EXPECT_EQ(op["pools"].dump(), R"({"net":2})");
  EXPECT_EQ(op["tags"].dump(), R"({"kind":"slow"})");
  EXPECT_EQ(op["cpu"], 2);
  EXPECT_EQ(op["trigger"], "all_success");
  EXPECT_EQ(op["inputs"].size(), 1u);
  EXPECT_EQ(op["config"]["properties"]["user"]["description"], "who asks");
  EXPECT_EQ(op["resources"][0]["type"], "penstock::Warehouse");
  EXPECT_TRUE(named(json["ops"], "choose")["config"].is_null());
  EXPECT_EQ(named(json["ops"], "choose")["outputs"][0]["dynamic"], true);
  const auto& resource = named(json["resources"], "warehouse");
  EXPECT_EQ(resource["tokens"], 2);
  EXPECT_EQ(resource["description"], "tables");
  const auto& job = named(json["jobs"], "etl");
  EXPECT_EQ(job["keep"], "all");
  EXPECT_EQ(job["tags"]["team"], "data");
  EXPECT_EQ(named(job["nodes"], "choose")["max_in_flight"], 5);
  EXPECT_EQ(named(job["nodes"], "fetch")["mapped_over"], "choose");
  EXPECT_TRUE(job["config"]["properties"].contains("loggers"));
}

TEST(DefinitionsView, IsTheSameEachTimeAndHoldsNoSecret) {
  const auto text = definitions_json(make()).dump();
  EXPECT_EQ(text, definitions_json(make()).dump());
  EXPECT_EQ(text.find("canary"), std::string::npos);
}

}  // namespace
}  // namespace penstock
