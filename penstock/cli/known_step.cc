#include "penstock/cli/known_step.h"

#include <fmt/format.h>

#include "penstock/base/text.h"
#include "penstock/view/explain.h"

namespace penstock {
namespace {

constexpr std::size_t kMostNames = 10;

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> first;
  for (const auto& name : names)
    if (first.size() < kMostNames) first.push_back(quote(name));
  return join(first, ", ") +
         (names.size() > kMostNames ? fmt::format(" and {} more", names.size() - kMostNames) : "");
}

}  // namespace

Status check_step(EventLog& log, const RunRecord& run, const std::string& key) {
  bool is_known = false;
  PENSTOCK_TRY(log.read({.run = run.id, .step = key, .limit = 1}, [&](const Event&) {
    is_known = true;
    return false;
  }));
  if (is_known) return {};
  RunExplainer explainer;
  PENSTOCK_TRY(log.read({.run = run.id}, [&](const Event& event) {
    explainer.apply(event);
    return true;
  }));
  const auto is_open = !is_final(run.status);
  const auto explained = explainer.step(key);
  if (explained.ok()) {
    const auto items = explainer.items_of(key);
    if (items.empty()) return {};
    return make_error(ErrorCode::NotFound,
                      fmt::format("step {} of run {} is mapped, and its items are steps of their "
                                  "own: name one of {}",
                                  quote(key), run.id.short_text(), listed(items)));
  }
  const auto names = explainer.names();
  auto text = fmt::format("run {} has no step {}{}", run.id.short_text(), quote(key),
                          is_open ? " yet" : "");
  if (const auto near = closest_name(key, names))
    text += "; did you mean " + quote(*near) + "?";
  else if (!names.empty())
    text += "; its steps are " + listed(names);
  return make_error(ErrorCode::NotFound, text);
}

}  // namespace penstock
