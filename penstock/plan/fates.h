// What becomes of each copy that an earlier run had: the decisions of a re-execution.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "penstock/plan/known_copies.h"
#include "penstock/plan/plan_reexecution.h"

namespace penstock {

/// What becomes of a copy.
enum class Fate : std::uint8_t {
  Kept,       ///< it does not run: its outputs are reused, or it stays skipped
  Out,        ///< it is no part of the new run
  Lost,       ///< it cannot run: what it reads is of a step that failed for good, and is not there
  Again,      ///< it runs: it had not ended well
  Anew,       ///< it runs: it was asked for, or what it reads may have changed
  Recomputed  ///< it runs: somebody needs what it gives, and that is not there
};
inline bool runs(Fate fate) { return fate >= Fate::Again; }

/// Decides.
class Fates : private SourceVisitor {
 public:
  /// `chosen` has a flag per node of copies.each_node(); empty: nothing was selected.
  Fates(const RunPlan& plan, const KnownCopies& copies, const KnownRun& known, Strategy strategy,
        const std::vector<bool>& chosen);

  Fate fate(CopyRef ref) const { return fates_[ref.step][ref.copy]; }
  /// Why it runs.
  std::string why(CopyRef ref) const;
  /// Whether a copy that runs reads the value, or the item.
  bool is_read(CopyRef ref, std::uint32_t port) const {
    return read_[ref.step][ref.copy].contains(port);
  }
  bool is_read(ItemRef item) const { return items_read_[item.scope][item.copy]; }
  /// Copies that run although they had succeeded, since a value is gone; in order.
  std::vector<std::string> recomputed() const;

 private:
  void choose(const std::vector<bool>& chosen);
  void decide_all(Strategy strategy);
  Fate decide(CopyRef ref, Strategy strategy);
  bool is_other(CopyRef ref) const;
  bool is_asked(std::uint32_t step, Strategy strategy) const;
  void find_needs();
  void find_needs_of(CopyRef ref);
  bool joins(std::uint32_t step) const { return plan_.steps[step].join != JoinKind::None; }
  bool may_get_items(CopyRef join) const;
  bool has_ended(CopyRef ref) const;
  bool is_disordered(CopyRef maker) const;
  bool is_final(CopyRef ref) const;
  void lose(CopyRef reader, CopyRef from);
  void need(CopyRef from, const std::string& because);
  void need_unless_stored(CopyRef from, const KnownValue& value, const ValueType& type);

  void value(CopyRef from, std::uint32_t port) override;
  void item(CopyRef from, ItemRef item) override;
  void whole(CopyRef maker) override;
  void order(CopyRef) override {}

  const RunPlan& plan_;
  const KnownCopies& copies_;
  const KnownRun& known_;
  std::vector<std::vector<Fate>> fates_;          // per template, per copy
  std::vector<std::vector<bool>> chosen_;         // likewise
  std::vector<std::vector<PortSet>> read_;        // likewise: ports
  std::vector<std::vector<bool>> items_read_;     // per scope, per item
  std::vector<std::vector<std::string>> why_;     // per template, per copy
  std::set<std::string> broken_roots_;            // keys of reductions that lack a part
  std::set<std::string> gone_;                    // keys of copies that ended and cannot run again
  bool changed_ = false;
  CopyRef reader_ref_;
  std::string reader_;
};

}  // namespace penstock
