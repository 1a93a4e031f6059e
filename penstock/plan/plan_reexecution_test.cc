#include "penstock/plan/plan_reexecution.h"

#include <gtest/gtest.h>

#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/model/definitions_builder.h"

namespace penstock {
namespace {

struct Limit {
  int limit = 3;
  static void describe(ConfigSchema<Limit>& s) { s.field("limit", &Limit::limit); }
};

int make(const Limit& limit) { return limit.limit; }
int twice(const int& n) { return 2 * n; }
double half(const int& n) { return n / 2.0; }
int show(const int& n) { return n; }
int show_double(const double& n) { return int(n); }

Definitions job() {
  DefinitionsBuilder defs;
  defs.job("etl", [](GraphBuilder& g) {
    g.op<show>(g.with({.alias = "change"}).op<twice>(g.op<make>()));
  });
  return defs.build().value();
}

/// The same job of a later program: one step gives another type, and there is one more.
Definitions changed_job() {
  DefinitionsBuilder defs;
  defs.job("etl", [](GraphBuilder& g) {
    auto made = g.op<make>();
    g.with({.alias = "show"}).op<show_double>(g.with({.alias = "change"}).op<half>(made));
    g.op<twice>(made);
  });
  return defs.build().value();
}

Event event(EventBody body, std::string step = {}) {
  Event event;
  event.run = RunId::make(Time(), 1, 1);
  event.step = std::move(step);
  event.body = std::move(body);
  return event;
}

/// A run in which these steps succeeded, and kept what they gave.
RunHistory history_of(const Definitions& definitions, const std::vector<std::string>& succeeded) {
  RunHistory history;
  const auto plan = plan_run(definitions, {.job = "etl"}).value();
  history.apply(event(RunStarting{.job = "etl", .plan = plan_json(plan), .build_id = "old"}));
  for (const auto& step : succeeded) {
    history.apply(event(StepStart{}, step));
    history.apply(event(StepOutput{.value_type = "int", .bytes = 4}, step));
    history.apply(event(HandledOutput{.manager = "test", .object = step}, step));
    history.apply(event(StepSuccess{}, step));
  }
  return history;
}

KnownRun known(const RunHistory& history) {
  return {history, [](const StoredValue&, const ValueType&) { return true; }, "old", "before"};
}

/// Each step with its reason, then the notices; or the error.
std::string planned(const Definitions& definitions, const RunHistory& history,
                    ReexecutionRequest request = {.run = {.job = "etl"}},
                    const std::string& build = "old") {
  auto from = known(history);
  from.build_id = build;
  request.run.job = "etl";
  const auto plan = plan_reexecution(definitions, request, from);
  if (!plan.ok()) return plan.error().to_string();
  std::vector<std::string> lines;
  for (const auto& step : plan->plan.steps) lines.push_back(step.path + ": " + step.reason);
  for (const auto& notice : plan->notices) lines.push_back(notice);
  return join(lines, "\n");
}

TEST(PlanReexecution, SaysWhatIsWrongWithTheRequest) {
  const auto definitions = job();
  const auto history = history_of(definitions, {"make"});
  EXPECT_EQ(parse_strategy("some").error().message,
            "\"some\" is not a strategy; expected one of ALL_STEPS, FROM_FAILURE, FROM_STEPS, "
            "SELECTED");
  EXPECT_EQ(planned(definitions, history, {.run = {}, .strategy = Strategy::Selected}),
            "strategy SELECTED needs a selection: --select SELECTION");
  EXPECT_EQ(planned(definitions, history, {.run = {}, .selection = "make"}),
            "strategy FROM_FAILURE takes no selection; FROM_STEPS and SELECTED do");
}

TEST(PlanReexecution, AStepThatIsAnotherNowRunsAnew) {
  const auto history = history_of(job(), {"make", "change", "show"});
  EXPECT_EQ(planned(changed_job(), history),
            "make: reused\n"
            "change: the step is another than in run before\n"
            "show: downstream of change\n"
            "twice: retry of run before: it had not started");
}

TEST(PlanReexecution, SaysThatTheProgramIsAnotherBuild) {
  const auto definitions = job();
  const auto history = history_of(definitions, {"make"});
  EXPECT_EQ(planned(definitions, history, {}, "new"),
            "make: reused\n"
            "change: retry of run before: it had not started\n"
            "show: retry of run before: it had not started\n"
            "run before was made by another build of the program; what its steps gave is reused as "
            "it is (--strategy all_steps runs everything again)");
}

TEST(PlanReexecution, RefusesConfigThatReusedOutputsDoNotHave) {
  const auto definitions = job();
  const auto history = history_of(definitions, {"make"});
  ReexecutionRequest request;
  request.run.config = parse_config("ops: {make: {config: {limit: 7}}}", "test").value;
  EXPECT_EQ(planned(definitions, history, request),
            "the config of make differs from run before, whose outputs would be reused; leave it "
            "as it was, or run what it concerns again: --strategy from_steps --select \"make\"");
  request.strategy = Strategy::FromSteps;
  request.selection = "make";
  EXPECT_EQ(planned(definitions, history, request),
            "make: selected\nchange: downstream of make\nshow: downstream of change");
}

TEST(PlanReexecution, LimitsStayLimits) {
  const auto definitions = job();
  RunHistory history;
  const auto plan = plan_run(definitions, {.job = "etl", .selection = "make"}).value();
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.selection, "make");
  history.apply(event(RunStarting{.plan = plan_json(plan), .selection = "make"}));
  EXPECT_EQ(planned(definitions, history), "make: retry of run before: it had not started");
}

TEST(PlanRun, RefusesASelectionWithoutItsInputs) {
  const auto plan = plan_run(job(), {.job = "etl", .selection = "change+"});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().to_string(),
            "selection \"change+\": step \"change\" reads from make, which is not selected\n"
            "select make too, or take what they gave from an earlier run: run reexecute RUN "
            "--strategy selected; config can give it only where the job has an input for it, "
            "g.input<T>(\"name\")");
}

Dynamic<int> digits(OpContext& op) { return Dynamic<int>(op); }

Definitions mapped_graphs() {
  DefinitionsBuilder defs;
  auto inner = defs.graph("inner", [](GraphBuilder& g, Ref<int> n) { return g.op<twice>(n); });
  auto deep = defs.graph("deep", [&](GraphBuilder& g, Ref<int> n) {
    g.op<show>(n);
    return g.graph(inner, n);
  });
  defs.job("etl", [&](GraphBuilder& g) {
    g.op<digits>().map(deep);
    g.with({.alias = "deeper"}).op<digits>().map<twice>();
  });
  return defs.build().value();
}

/// The steps that a selection runs again, of a run in which all of them succeeded.
std::string selected(const std::string& selection) {
  const auto definitions = mapped_graphs();
  auto history = history_of(definitions, {});
  for (const auto* maker : {"digits", "deeper"}) {
    history.apply(event(StepStart{}, maker));
    for (const auto* key : {"k1", "k2"}) {
      history.apply(event(StepOutput{.mapping_key = key, .value_type = "int"}, maker));
      history.apply(event(
          HandledOutput{.mapping_key = key, .manager = "test", .object = key}, maker));
    }
    history.apply(event(DynamicComplete{.count = 2}, maker));
    history.apply(event(StepSuccess{}, maker));
  }
  for (const std::string key : {"[k1]", "[k2]"})
    for (const std::string step : {"deep.show", "deep.inner.twice", "twice"}) {
      history.apply(event(StepStart{}, step + key));
      history.apply(event(StepSuccess{}, step + key));
    }
  const auto plan = plan_reexecution(
      definitions,
      {.run = {.job = "etl"}, .strategy = Strategy::Selected, .selection = selection},
      known(history));
  if (!plan.ok()) return plan.error().to_string();
  std::vector<std::string> steps;
  for (const auto& step : plan->plan.steps)
    for (const std::string key : {"[k1]", "[k2]"})
      if (step.scope != 0 && !plan->plan.reused.contains(step.path + key))
        steps.push_back(step.path + key);
  return join(steps, " ");
}

TEST(PlanReexecution, SelectsTheCopyOfAMappedGraph) {
  EXPECT_EQ(selected("deep[k1]"), "deep.show[k1] deep.inner.twice[k1]");
  EXPECT_EQ(selected("deep.inner[k2]"), "deep.inner.twice[k2]");
  EXPECT_EQ(selected("deep[*]"),
            "deep.show[k1] deep.show[k2] deep.inner.twice[k1] deep.inner.twice[k2]");
  EXPECT_EQ(selected("deep[k1] and not deep.show[k1]"), "deep.inner.twice[k1]");
  EXPECT_EQ(selected("deep.show[k2]"), "deep.show[k2]");
  EXPECT_NE(selected("deep[k3]").find("deep[k3]"), std::string::npos);
}

}  // namespace
}  // namespace penstock
