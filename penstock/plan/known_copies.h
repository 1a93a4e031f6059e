// The copies of a plan's templates that an earlier run is known to have had, and what each of them
// reads. The tree of the run as it was, before it is decided what of it counts.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "penstock/base/narrow.h"
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

/// What a copy reads from. A reader of an item that a join made reads from the join's sides.
struct SourceVisitor {
  virtual ~SourceVisitor() = default;
  virtual void value(CopyRef from, std::uint32_t port) = 0;  ///< a value
  virtual void item(CopyRef from, ItemRef item) = 0;         ///< an item
  virtual void whole(CopyRef maker) = 0;                     ///< that there are no more items
  virtual void order(CopyRef from) = 0;                      ///< only its end
};

/// A step that combined some neighbouring items of a reduction. Parts have numbers, not items: no
/// copy of the plan is known to be one.
struct KnownPart {
  std::string key;
  std::string root;  ///< key of the copy that gives the result
  const KnownStep* known = nullptr;
};

/// The copies.
class KnownCopies {
 public:
  KnownCopies(const RunPlan& plan, const RunHistory& history);

  std::uint32_t count(std::uint32_t step) const {
    return narrow<std::uint32_t>(scopes_[plan_.steps[step].scope].size());
  }
  /// What is known of a copy; null when it had not begun, or what it gave counts no more.
  const KnownStep* known(CopyRef ref) const { return known_[ref.step][ref.copy]; }
  std::string key(CopyRef ref) const;
  /// The keys of the items that it stands in, outermost first; of an item of a product one text.
  std::vector<std::string> keys(CopyRef ref) const;
  /// Copies that stand in a scope, or the items that it is made of.
  std::uint32_t items(std::uint32_t scope) const {
    return narrow<std::uint32_t>(scopes_[scope].size());
  }
  std::uint32_t parent(ItemRef item) const { return scopes_[item.scope][item.copy].parent; }
  const KnownItem& known_item(ItemRef item) const { return *scopes_[item.scope][item.copy].item; }
  /// The items of a scope in one copy of the scope outside, in order; of a join, those that its
  /// sides make.
  const std::vector<std::uint32_t>& children(std::uint32_t scope, std::uint32_t outer) const {
    return children_[scope][outer];
  }
  /// The step that makes the items of a scope, in one copy of the scope outside.
  CopyRef maker(ItemRef item) const { return {plan_.scopes[item.scope].source.step, parent(item)}; }
  std::uint32_t ancestor(ItemRef from, std::uint32_t outer) const;
  std::uint32_t scope_of(const PlannedSource& source) const;
  const std::vector<KnownPart>& parts() const { return parts_; }
  /// Visit what a copy reads. A join itself reads no values: it hears of ends.
  void visit_sources(CopyRef ref, SourceVisitor& visitor) const;
  /// Visit what further items of a join may read, when its sides may still get items.
  void visit_sides(CopyRef join, SourceVisitor& visitor) const;
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
    const KnownItem* item = nullptr;        // null in scope 0
    std::vector<std::uint32_t> sides = {};  // of an item of a join: a copy per side
  };
  using Sides = std::map<std::string, std::vector<std::uint32_t>>;  // by joined key
  void add_parts(const RunHistory& history);
  void add_scopes(std::uint32_t step);
  void add_items(std::uint32_t scope, CopyRef maker);
  void add_joined(std::uint32_t scope, CopyRef join);
  bool joins(std::uint32_t step) const { return plan_.steps[step].join != JoinKind::None; }
  const PlannedSource& side_source(std::uint32_t join, std::size_t side) const {
    return plan_.steps[join].inputs[side].sources[0];
  }
  const std::vector<std::uint32_t>& side_copies(CopyRef join, std::size_t side) const {
    return children_[home_scope(side_source(join.step, side))][join.copy];
  }
  Sides zipped(CopyRef join) const;
  Sides crossed(CopyRef join) const;
  void visit_copy(const PlannedSource& source, std::uint32_t copy, SourceVisitor& visitor) const;
  void visit_join(CopyRef join, SourceVisitor& visitor) const;
  void visit_gathered(CopyRef ref, const PlannedSource& source, SourceVisitor& visitor) const;
  std::uint32_t home_scope(const PlannedSource& source) const;

  const RunPlan& plan_;
  std::deque<KnownItem> joined_;                                   // items of joins
  std::vector<std::vector<Copy>> scopes_;                          // per scope
  std::vector<std::vector<std::vector<std::uint32_t>>> children_;  // per scope, per outer copy
  std::vector<std::vector<const KnownStep*>> known_;               // per template
  std::vector<KnownPart> parts_;
};

}  // namespace penstock
