// From a launch document to the config of each op: precedence, currying, mappings, unbound inputs.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "penstock/model/config_document.h"
#include "penstock/model/definitions_builder.h"
#include "penstock/plan/run_plan.h"

namespace penstock {
namespace {

struct Limit {
  int limit = 5;
  std::string mode = "fast";
  std::map<std::string, int> weights = {{"a", 1}};
  std::vector<int> years = {1};
  static void describe(ConfigSchema<Limit>& s) {
    s.field("limit", &Limit::limit).range(1, 100);
    s.field("mode", &Limit::mode);
    s.field("weights", &Limit::weights);
    s.field("years", &Limit::years);
  }
};
struct Opaque {};
struct Folder {
  std::string path;
  static void describe(ConfigSchema<Folder>& s) { s.field("path", &Folder::path).required(); }
};

int one() { return 1; }
int limited(const Limit&, const int& n) { return n; }
int opaque(const Opaque&) { return 1; }
int total(const std::vector<int>& all) { return int(all.size()); }

ConfigValue yaml(std::string_view text) { return parse_config(text, "run.yaml").value; }

Result<RunPlan> plan(DefinitionsBuilder& defs, std::string_view given = "",
                     std::string_view supplied = "") {
  const auto definitions = PENSTOCK_TRY(defs.build());
  return plan_run(definitions, {.job = "job", .config = yaml(given), .supplied = yaml(supplied)});
}

std::string error_of(DefinitionsBuilder& defs, std::string_view given = "") {
  auto planned = plan(defs, given);
  return planned.ok() ? "" : planned.error().to_string();
}

const Limit& config_of(const RunPlan& plan, std::string_view path) {
  for (const auto& step : plan.steps)
    if (step.path == path) return *static_cast<const Limit*>(step.config.get());
  ADD_FAILURE() << "no step " << path;
  static const Limit kNone;
  return kNone;
}

TEST(LaunchConfig, GoesBeforeWhatASchedulesSuppliesBeforeTheJobBeforeTheField) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) { g.op<limited>(g.op<one>()); })
      .default_config(yaml("ops: {limited: {config: {limit: 6, mode: job, weights: {b: 2, c: 3}, "
                           "years: [6, 6]}}}"));
  const auto planned = *plan(defs, "ops: {limited: {config: {weights: {c: 9}}}}",
                             "ops: {limited: {config: {mode: schedule, weights: {c: 8, d: 8}, "
                             "years: [7]}}}");
  const auto& config = config_of(planned, "limited");
  EXPECT_EQ(config.limit, 6);
  EXPECT_EQ(config.mode, "schedule");
  EXPECT_EQ(config.years, std::vector{7});
  EXPECT_EQ(config.weights, (std::map<std::string, int>{{"b", 2}, {"c", 9}, {"d", 8}}));
}

TEST(LaunchConfig, OpsGraphsAndUsesFixFieldsAndLeaveTheRest) {
  DefinitionsBuilder defs;
  defs.op<limited>().configured(yaml("{mode: op}"));
  auto inner = defs.graph("inner", [](GraphBuilder& g, Ref<int> n) {
    return g.with({.config = yaml("{limit: 7}")}).op<limited>(n);
  });
  auto outer = defs.graph("outer", [&](GraphBuilder& g, Ref<int> n) { return g.graph(inner, n); })
                   .configured(yaml("{ops: {inner: {ops: {limited: {config: {years: [9]}}}}}}"));
  defs.job("job", [&](GraphBuilder& g) { g.graph(outer, g.op<one>()); });
  const auto planned =
      plan(defs, "ops: {outer: {ops: {inner: {ops: {limited: {config: {weights: {z: 1}}}}}}}}");
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  const auto& config = config_of(*planned, "outer.inner.limited");
  EXPECT_EQ(config.mode, "op");
  EXPECT_EQ(config.limit, 7);
  EXPECT_EQ(config.years, std::vector{9});
  EXPECT_EQ(config.weights.count("z"), 1u);
  EXPECT_EQ(brief(planned->config, 200),
            "{ops: {outer: {ops: {inner: {ops: {limited: {config: {weights: {z: 1}}}}}}}}}")
      << "what is fixed is not part of the document that is kept";
  const auto again = plan(defs, to_yaml(planned->config));
  EXPECT_TRUE(again.ok()) << "so it can be given to a launch again";
  EXPECT_EQ(error_of(defs, "ops: {outer: {ops: {inner: {ops: {limited: {config: {limit: 7}}}}}}}"),
            "run.yaml:1:54: ops.outer.ops.inner.ops.limited.config.limit: the field \"limit\" is "
            "fixed by the definitions, at 7; leave it out");
}

TEST(LaunchConfig, JobsAndResourcesFixFields) {
  DefinitionsBuilder defs;
  defs.resource<Opaque>("opaque", [](const Limit&) { return Opaque(); })
      .configured(yaml("{limit: 3}"));
  defs.job("job", [](GraphBuilder& g) { g.op("use", [](Resource<Opaque>) {}); })
      .configured(yaml("{resources: {opaque: {config: {mode: job}}}}"));
  const auto planned = plan(defs, "resources: {opaque: {config: {years: [4]}}}");
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  const auto& config = *static_cast<const Limit*>(planned->resources.at(0).config.get());
  EXPECT_EQ(config.limit, 3);
  EXPECT_EQ(config.mode, "job");
  EXPECT_EQ(config.years, std::vector{4});
  for (const std::string field : {"limit: 3", "mode: job"})
    EXPECT_NE(error_of(defs, "resources: {opaque: {config: {" + field + "}}}")
                  .find("is fixed by the definitions"),
              std::string::npos);
}

TEST(LaunchConfig, MappingsNestAndGoTogetherWithWhatIsFixed) {
  DefinitionsBuilder defs;
  const auto down = [](const char* op) {
    return [op](const Limit& outer, InnerConfig& inner) {
      inner.op(op, Limit{outer.limit + 1, "mapped", {}, outer.years});
    };
  };
  auto inner = defs.graph("inner",
                          [](GraphBuilder& g, Ref<int> n) {
                            return g.with({.config = yaml("{mode: fixed}")}).op<limited>(n);
                          })
                   .config<Limit>(down("limited"));
  auto outer = defs.graph("outer", [&](GraphBuilder& g, Ref<int> n) { return g.graph(inner, n); })
                   .config<Limit>(down("inner"))
                   .configured(yaml("{years: [2020]}"));
  defs.job("job", [&](GraphBuilder& g) { g.graph(outer, g.op<one>()); })
      .config<Limit>(down("outer"))
      .configured(yaml("{mode: of_job}"));
  const auto planned = plan(defs, "limit: 10");
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  const auto& config = config_of(*planned, "outer.inner.limited");
  EXPECT_EQ(config.limit, 13);
  EXPECT_EQ(config.mode, "fixed");
  EXPECT_EQ(config.years, std::vector{2020}) << "the graph's, not the mapping's";
  EXPECT_NE(error_of(defs, "mode: x").find("mode: the field \"mode\" is fixed"), std::string::npos);
}

TEST(LaunchConfig, WrongFixedConfigsAreFoundByBuild) {
  DefinitionsBuilder defs;
  defs.op<limited>().configured(yaml("{limt: 1}"));
  defs.op<one>().configured(yaml("{limit: 1}"));
  auto graph = defs.graph("graph", [](GraphBuilder& g, Ref<int> n) { return g.op<limited>(n); })
                   .configured(yaml("{ops: {limitd: {}}}"));
  defs.job("job", [&](GraphBuilder& g) {
    g.with({.config = yaml("{ops: {limited: {config: {limit: 200}}}}")}).graph(graph, g.op<one>());
    g.with({.config = yaml("{x: 1}")}).op<one>();
  });
  const auto text = defs.build().error().message;
  for (const std::string part :
       {"op \"limited\": configured(): run.yaml:1:8: limt: unknown field \"limt\"",
        "op \"one\": configured() fixes a config, and it takes none",
        "graph \"graph\": run.yaml:1:16: ops.limitd: unknown field \"limitd\"",
        "job.graph: run.yaml:1:34: ops.limited.config.limit: 200 is out of range",
        "job.one_2 is given a config and takes none"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

void declare_inputs(DefinitionsBuilder& defs) {
  defs.loader<Opaque>("folder", [](const Folder&) { return Opaque(); });
  auto graph = defs.graph("graph", [](GraphBuilder& g, Ref<int> n) {
    g.op<limited>(n);
    return g.op<total>(g.input<std::vector<int>>("numbers", {.default_value = {{1, 2}}}));
  });
  defs.job("job", [&](GraphBuilder& g) {
    const auto n = g.input<int>("n", {.description = "how many"});
    g.op<opaque>(g.input<Opaque>("thing"));
    g.graph(graph, n);
  });
}

TEST(UnboundInputs, AreFedByLoadersOrLiterally) {
  DefinitionsBuilder defs;
  declare_inputs(defs);
  const auto planned = plan(defs, "inputs: {n: 3, thing: {folder: {path: /data}}}");
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  std::vector<std::string> steps;
  for (const auto& step : planned->steps) steps.push_back(step.path + " " + step.op->name);
  EXPECT_EQ(steps, (std::vector<std::string>{"inputs.n literal", "inputs.thing folder",
                                             "opaque opaque", "graph.inputs.numbers literal",
                                             "graph.limited limited", "graph.total total"}));
  EXPECT_EQ(planned->steps[0].reason, "feeds the input n, which the config gives");
  EXPECT_EQ(static_cast<const Folder*>(planned->steps[1].config.get())->path, "/data");
  for (const std::string other : {"n: {value: 3}", "n: {json: {path: n.json}}"})
    EXPECT_TRUE(plan(defs, "inputs: {" + other + ", thing: {folder: {path: x}}}").ok()) << other;
}

TEST(UnboundInputs, GoWithTheSelectedStepsThatReadThem) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    const auto n = g.input<int>("n");
    g.op<limited>(n);
    g.with({.alias = "other"}).op<limited>(g.input<int>("m"));
  });
  const auto planned =
      plan_run(*defs.build(),
               {.job = "job", .config = yaml("inputs: {n: 3, m: 4}"), .selection = "limited"});
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  std::vector<std::string> paths;
  for (const auto& step : planned->steps) paths.push_back(step.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"inputs.n", "limited"})) << "not the input of other";
}

TEST(UnboundInputs, ThatNothingFeedsNameTypeAndLoaders) {
  DefinitionsBuilder defs;
  declare_inputs(defs);
  EXPECT_EQ(error_of(defs),
            "inputs.n: the field \"n\" is missing; expected integer, or exactly one of json, yaml, "
            "value\ninputs.thing: the field \"thing\" is missing; expected penstock::Opaque from "
            "exactly one of folder");
  EXPECT_EQ(error_of(defs, "inputs: {n: many, thing: {floder: {}}}"),
            "run.yaml:1:13: inputs.n: \"many\" is not an integer\n"
            "run.yaml:1:27: inputs.thing.floder: unknown alternative \"floder\"; expected folder; "
            "did you mean folder?");
  EXPECT_EQ(error_of(defs, "inputs: {n: {jsn: {path: x}}, thing: {folder: {path: x}}}"),
            "run.yaml:1:14: inputs.n.jsn: unknown alternative \"jsn\"; expected json, yaml, value; "
            "did you mean json?");
  EXPECT_EQ(error_of(defs,
                     "{inputs: {n: 1, thing: {folder: {path: x}}}, ops: {graph: {inputs: "
                     "{numbers: [1, x]}}}}"),
            "run.yaml:1:82: ops.graph.inputs.numbers[1]: \"x\" is not an integer");
}

TEST(UnboundInputs, AreShownByScaffoldAndSchema) {
  DefinitionsBuilder defs;
  declare_inputs(defs);
  const auto definitions = *defs.build();
  const auto type = job_config_type(definitions, *definitions.find_job("job").value());
  const auto text = config_scaffold(*type, ScaffoldDepth::AllDefaults);
  EXPECT_NE(text.find("  # how many (integer, or exactly one of json, yaml, value; required)\n"
                      "  # n: ...\n"
                      "  # penstock::Opaque from exactly one of folder; required\n"
                      "  # thing: ...\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("numbers: [1, 2]"), std::string::npos) << text;
  const auto inputs = json_schema(*type)["properties"]["inputs"];
  EXPECT_EQ(inputs["required"].dump(), R"(["n","thing"])");
  EXPECT_EQ(inputs["properties"]["n"]["anyOf"][0]["type"], "integer");
  EXPECT_TRUE(inputs["properties"]["thing"]["properties"].contains("folder"));
}

TEST(UnboundInputs, OfTypesThatNothingGivesAreFoundByBuild) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) {
    g.op<opaque>(g.input<Opaque>("thing"));
    g.input<Opaque>("thing");
    g.with({.alias = "inputs"}).op<one>();
  });
  EXPECT_EQ(defs.build().error().message,
            "4 problems in the definitions\n"
            "  graph \"job\": the input \"thing\" is declared twice; use one Ref twice\n"
            "  job \"job\" has the input \"thing\" of type penstock::Opaque, which nothing feeds: "
            "no loader gives the type, and config cannot say it; connect it, or add "
            "defs.loader<penstock::Opaque>(\"name\", function)\n"
            "  job \"job\" has the input \"thing\" of type penstock::Opaque, which nothing feeds: "
            "no loader gives the type, and config cannot say it; connect it, or add "
            "defs.loader<penstock::Opaque>(\"name\", function)\n"
            "  job \"job\" has inputs fed by config and a node named \"inputs\"; rename the node");
}

TEST(UnboundInputs, MappingsFeedThemFromInside) {
  DefinitionsBuilder defs;
  defs.job("job", [](GraphBuilder& g) { g.op<total>(g.input<std::vector<int>>("numbers")); })
      .config<Limit>([](const Limit& outer, InnerConfig& inner) {
        inner.input("numbers", ConfigValue::list({ConfigValue(outer.limit)}));
      });
  const auto planned = plan(defs, "limit: 9");
  ASSERT_TRUE(planned.ok()) << planned.error().to_string();
  OpCall call;
  call.outputs.resize(1);
  ASSERT_TRUE(planned->steps[0].op->call(call).ok());
  EXPECT_EQ(call.outputs[0].as<std::vector<int>>(), std::vector{9});
}

}  // namespace
}  // namespace penstock
