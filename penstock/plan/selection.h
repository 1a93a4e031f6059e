// Which steps (or other nodes of a graph) are meant: `load+ and not tag:slow`; parsed, evaluated.
//
//   expr := or;  or := and ("or" and)*;  and := not ("and" not)*;  not := "not" not | trav
//   trav := [N]"+" prim | prim "+"[N] | [N]"+" prim "+"[N] | prim         without N: however far
//   prim := "(" expr ")" | ("sinks"|"roots") "(" expr ")" | attribute ":" value | value | "*"
//
// A value is bare or "quoted"; `*` in it stands for any run of characters. Older forms are read as
// what they meant: `*op` is `+op`, `op*` is `op+`, `++op` is `2+op`, `op++` is `op+2`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/result.h"

namespace penstock {

/// A selection as a tree.
struct Selection {
  enum class Kind : std::uint8_t { All, Value, Not, And, Or, Sinks, Roots, Traverse };
  static constexpr std::uint32_t kUnlimited = UINT32_MAX;

  Kind kind = Kind::All;
  std::string attribute = {};          ///< Value: empty stands for what names a node
  std::string value = {};              ///< Value: with `*` for any run of characters
  std::uint32_t up = 0, down = 0;      ///< Traverse: how far
  std::vector<Selection> parts = {};   ///< And, Or: two or more; Not, Sinks, Roots, Traverse: one
  std::size_t column = 0;              ///< where it was written, from 1; not part of its meaning

  friend bool operator==(const Selection& a, const Selection& b) {
    return a.kind == b.kind && a.attribute == b.attribute && a.value == b.value && a.up == b.up &&
           a.down == b.down && a.parts == b.parts;
  }
};

/// Read a selection. Config: with the column, what was found there and what may stand there.
Result<Selection> parse_selection(std::string_view text);
/// The selection as text that reads back as the same one.
std::string to_string(const Selection& selection);
/// True when `text` is what a value with `*` stands for.
bool matches_pattern(std::string_view pattern, std::string_view text);

/// What selections are evaluated over.
struct SelectionGraph {
  std::string node = "step";              ///< what a node is called in messages
  std::vector<std::vector<std::uint32_t>> upstream, downstream;  ///< per node: its neighbours
  std::vector<std::string> attributes;    ///< that its nodes have; the first is what names them
  /// Of attributes whose values are words: all of them. Those may be of no node.
  std::map<std::string, std::vector<std::string>> words = {};
  /// True when a node has an attribute with a value as matches_pattern() understands it.
  std::function<bool(std::uint32_t node, std::string_view attribute, std::string_view value)> has;
  std::function<std::string(std::uint32_t node)> name;  ///< for "did you mean"
};

/// What was selected.
struct Selected {
  std::vector<bool> nodes;             ///< per node
  std::vector<std::string> mistakes;   ///< names and tags without `*` that no node has
  std::size_t count() const;
};

/// Evaluate a selection; linear in the graph. Config: it asks for an attribute that nodes of this
/// graph do not have.
Result<Selected> select(const Selection& selection, const SelectionGraph& graph);
/// The same for something that is to be launched: a name that names nothing and a selection of
/// nothing are errors.
Result<std::vector<bool>> select_to_launch(std::string_view text, const SelectionGraph& graph);

}  // namespace penstock
