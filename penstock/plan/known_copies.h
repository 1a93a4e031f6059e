// The copies of a plan's templates that an earlier run is known to have had, and what each of them
// reads. The tree of the run as it was, before it is decided what of it counts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "penstock/event/run_history.h"
#include "penstock/plan/run_plan.h"
#include "penstock/plan/selection.h"

namespace penstock {

/// One copy of a template.
struct CopyRef {
  std::uint32_t step = 0;
  std::uint32_t copy = 0;
  friend bool operator==(const CopyRef&, const CopyRef&) = default;
};

/// One item of a dynamic output, which is a copy of its scope.
struct ItemRef {
  std::uint32_t scope = 0;
  std::uint32_t copy = 0;
};

/// What a copy reads from.
struct SourceVisitor {
  virtual ~SourceVisitor() = default;
  virtual void value(CopyRef from, std::uint16_t port) = 0;  ///< a value
  virtual void item(CopyRef from, ItemRef item) = 0;         ///< an item
  virtual void whole(CopyRef maker) = 0;                     ///< that there are no more items
  virtual void order(CopyRef from) = 0;                      ///< only its end
};

/// The copies.
class KnownCopies {
 public:
  KnownCopies(const RunPlan& plan, const RunHistory& history);

  std::uint32_t count(std::uint32_t step) const {
    return std::uint32_t(scopes_[plan_.steps[step].scope].size());
  }
  /// What is known of a copy; null when it had not begun, or what it gave counts no more.
  const KnownStep* known(CopyRef ref) const { return known_[ref.step][ref.copy]; }
  std::string key(CopyRef ref) const;
  /// Copies that stand in a scope, or the items that it is made of.
  std::uint32_t items(std::uint32_t scope) const { return std::uint32_t(scopes_[scope].size()); }
  std::uint32_t parent(ItemRef item) const { return scopes_[item.scope][item.copy].parent; }
  const KnownItem& known_item(ItemRef item) const { return *scopes_[item.scope][item.copy].item; }
  /// The items of a scope in one copy of the scope outside, in order.
  const std::vector<std::uint32_t>& children(std::uint32_t scope, std::uint32_t outer) const {
    return children_[scope][outer];
  }
  /// The step that makes the items of a scope, in one copy of the scope outside.
  CopyRef maker(ItemRef item) const { return {plan_.scopes[item.scope].source.step, parent(item)}; }
  std::uint32_t ancestor(ItemRef from, std::uint32_t outer) const;
  std::uint32_t scope_of(const PlannedSource& source) const;
  /// Visit what a copy reads.
  void visit_sources(CopyRef ref, SourceVisitor& visitor) const;
  /// Visit what copies that are not known yet would read from outside, when the step `maker` makes
  /// further items.
  void visit_sources_of_new(CopyRef maker, SourceVisitor& visitor) const;

  /// The copies as nodes of a selection, in the order of each_node(); templates without copies are
  /// nodes too.
  SelectionGraph graph() const;
  /// Call visit(step, copy) for every node; copy is UINT32_MAX for a template without copies.
  template <class Visit>
  void each_node(Visit visit) const {
    for (std::uint32_t step = 0; step < plan_.steps.size(); ++step) {
      if (count(step) == 0) visit(step, UINT32_MAX);
      for (std::uint32_t copy = 0; copy < count(step); ++copy) visit(step, copy);
    }
  }

 private:
  struct Copy {
    std::uint32_t parent = 0;
    const KnownItem* item = nullptr;  // null in scope 0
  };
  void add_scopes(std::uint32_t step);
  void visit_gathered(CopyRef ref, const PlannedSource& source, SourceVisitor& visitor) const;
  std::uint32_t home_scope(const PlannedSource& source) const;

  const RunPlan& plan_;
  std::vector<std::vector<Copy>> scopes_;                          // per scope
  std::vector<std::vector<std::vector<std::uint32_t>>> children_;  // per scope, per outer copy
  std::vector<std::vector<const KnownStep*>> known_;               // per template
};

}  // namespace penstock
