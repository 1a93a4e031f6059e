// Frames as values between ops: their name, size and summary.
#pragma once

#include <string>

#include "penstock/frame/column.h"
#include "penstock/model/value.h"

namespace penstock {

/// A frame counts with the bytes its columns hold, and says its rows and columns.
template <>
struct ValueTraits<Frame> {
  static std::string name() { return "frame"; }
  static std::uint64_t bytes(const Frame& frame) { return frame.bytes(); }
  static void summarize(const Frame& frame, Metadata& into) {
    if (frame.schema && !frame.schema->name.empty()) into.emplace_back("table", frame.schema->name);
    into.emplace_back("rows", frame.rows);
    into.emplace_back("columns", std::int64_t(frame.columns.size()));
  }
};

}  // namespace penstock
