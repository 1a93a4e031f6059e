// Reading captured output, by lines; also while it is still written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/ids.h"
#include "penstock/base/result.h"

namespace penstock {

/// Told a line and its number, from 0. False: no more.
using LineVisitor = std::function<bool(std::int64_t number, std::string_view line)>;

/// Visit the lines of a packed file from one line on; what lies before is not unpacked.
/// NotFound when the file is gone, Corrupt when it is damaged.
Status read_captured(const std::filesystem::path& file, std::int64_t from,
                     const LineVisitor& visit);

/// How far a stream was read.
struct TailPosition {
  std::int64_t line = 0;  ///< number of the next line
  std::int64_t segment = -1;
  std::uint64_t offset = 0;  ///< of the next line in its segment
};

/// Visit the whole lines from a position on of a stream that may still be written, `name` in a
/// run's folder: of its segments, or of the packed file once there is one. The position moves on;
/// what was read before is not read again.
Status read_open(const std::filesystem::path& folder, const std::string& name, TailPosition& at,
                 const LineVisitor& visit);

/// The names of the streams in a run's folder, whether they are still written or packed.
std::vector<std::string> captured_names(const std::filesystem::path& folder);

/// Delete what was captured of a run. No error when there is nothing.
Status remove_captured(const std::filesystem::path& home, const RunId& run);

}  // namespace penstock
