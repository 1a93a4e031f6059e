#include "penstock/plan/selection.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

using Nodes = std::vector<bool>;

class Evaluator {
 public:
  explicit Evaluator(const SelectionGraph& graph)
      : graph_(graph), size_(narrow<std::uint32_t>(graph.upstream.size())) {}

  Result<Nodes> evaluate(const Selection& selection) {
    switch (selection.kind) {
      case Selection::Kind::All:
        return Nodes(size_, true);
      case Selection::Kind::Value:
        return value(selection);
      case Selection::Kind::Not: {
        auto nodes = PENSTOCK_TRY(evaluate(selection.parts[0]));
        nodes.flip();
        return nodes;
      }
      case Selection::Kind::And:
      case Selection::Kind::Or:
        return combined(selection);
      case Selection::Kind::Sinks:
        return ends(selection, graph_.downstream);
      case Selection::Kind::Roots:
        return ends(selection, graph_.upstream);
      case Selection::Kind::Traverse:
        break;
    }
    const auto from = PENSTOCK_TRY(evaluate(selection.parts[0]));
    auto nodes = from;
    reach(from, graph_.upstream, selection.up, nodes);
    reach(from, graph_.downstream, selection.down, nodes);
    return nodes;
  }

  std::vector<std::string> take_mistakes() { return std::move(mistakes_); }

 private:
  Result<Nodes> combined(const Selection& selection) {
    auto nodes = PENSTOCK_TRY(evaluate(selection.parts[0]));
    const bool both = selection.kind == Selection::Kind::And;
    for (std::size_t part = 1; part < selection.parts.size(); ++part) {
      const auto more = PENSTOCK_TRY(evaluate(selection.parts[part]));
      for (std::uint32_t i = 0; i < size_; ++i)
        nodes[i] = both ? nodes[i] && more[i] : nodes[i] || more[i];
    }
    return nodes;
  }

  /// Those of a set that have no neighbour in it on one side.
  Result<Nodes> ends(const Selection& selection,
                     const std::vector<std::vector<std::uint32_t>>& neighbours) {
    const auto of = PENSTOCK_TRY(evaluate(selection.parts[0]));
    Nodes nodes(size_);
    for (std::uint32_t i = 0; i < size_; ++i)
      nodes[i] = of[i] && std::ranges::none_of(neighbours[i], [&](auto next) { return of[next]; });
    return nodes;
  }

  Result<Nodes> value(const Selection& selection) {
    const auto& attribute =
        selection.attribute.empty() ? graph_.attributes[0] : selection.attribute;
    if (std::ranges::find(graph_.attributes, attribute) == graph_.attributes.end())
      return make_error(ErrorCode::Config,
                        fmt::format("column {}: a {} has no {}; expected one of {}",
                                    selection.column, graph_.node, attribute,
                                    join(graph_.attributes, ", ")),
                        "selection");
    Nodes nodes(size_);
    bool found = false;
    for (std::uint32_t i = 0; i < size_; ++i) {
      nodes[i] = graph_.has(i, attribute, selection.value);
      found = found || nodes[i];
    }
    if (!found && selection.value.find('*') == std::string::npos)
      note_mistake(selection, attribute);
    return nodes;
  }

  void note_mistake(const Selection& selection, const std::string& attribute) {
    if (const auto words = graph_.words.find(attribute); words != graph_.words.end()) {
      if (std::ranges::find(words->second, to_lower(selection.value)) == words->second.end())
        mistakes_.push_back(fmt::format("column {}: {} is no {}; expected one of {}",
                                        selection.column, quote(selection.value), attribute,
                                        join(words->second, ", ")));
      return;
    }
    if (attribute != graph_.attributes[0]) {
      mistakes_.push_back(fmt::format("column {}: no {} has {} {}", selection.column, graph_.node,
                                      attribute, quote(selection.value)));
      return;
    }
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < size_; ++i) names.push_back(graph_.name(i));
    auto text = fmt::format("column {}: no {} is named {}", selection.column, graph_.node,
                            quote(selection.value));
    if (const auto near = closest_name(selection.value, names))
      text += "; did you mean " + quote(*near) + "?";
    mistakes_.push_back(std::move(text));
  }

  void reach(const Nodes& from, const std::vector<std::vector<std::uint32_t>>& neighbours,
             std::uint32_t depth, Nodes& nodes) const {
    Nodes seen = from;
    std::vector<std::uint32_t> front, next;
    for (std::uint32_t i = 0; i < size_; ++i)
      if (from[i]) front.push_back(i);
    for (; depth > 0 && !front.empty(); --depth) {
      next.clear();
      for (const auto node : front)
        for (const auto neighbour : neighbours[node])
          if (!seen[neighbour]) {
            seen[neighbour] = nodes[neighbour] = true;
            next.push_back(neighbour);
          }
      std::swap(front, next);
    }
  }

  const SelectionGraph& graph_;
  std::uint32_t size_;
  std::vector<std::string> mistakes_;
};

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::size_t Selected::count() const { return std::size_t(std::ranges::count(nodes, true)); }

Result<Selected> select(const Selection& selection, const SelectionGraph& graph) {
  Evaluator evaluator(graph);
  auto nodes = PENSTOCK_TRY(evaluator.evaluate(selection));
  return Selected{std::move(nodes), evaluator.take_mistakes()};
}

Result<std::vector<bool>> select_to_launch(std::string_view text, const SelectionGraph& graph) {
  const auto what = "selection " + quote(text);
  auto parsed = parse_selection(text);
  if (!parsed.ok()) return std::move(parsed).error().within(what);
  auto selected = select(*parsed, graph);
  if (!selected.ok()) return std::move(selected).error().within(what);
  if (!selected->mistakes.empty())
    return make_error(ErrorCode::Config, join(selected->mistakes, "\n"), "selection").within(what);
  if (selected->count() == 0)
    return make_error(ErrorCode::Config, "it selects no " + graph.node, "selection").within(what);
  return std::move(selected->nodes);
}

}  // namespace penstock
