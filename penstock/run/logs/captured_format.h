// The names and the index of captured output, which its writer and its readers share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/ids.h"
#include "penstock/base/result.h"
#include "penstock/run/logs/output_sink.h"

namespace penstock {

/// Part of a packed file: one gzip member of whole lines.
struct CapturedChunk {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t line = 0;    ///< number of its first line, from 0
  std::uint64_t size = 0;    ///< bytes of its text
};

/// The folder of a run's output: `logs/<run>` below the home.
std::filesystem::path captured_folder(const std::filesystem::path& home, const RunId& run);
/// The name of an attempt's stream without extension: safe, and short enough for a file.
std::string captured_name(std::string_view step, std::int32_t attempt, OutputStream stream);

/// A segment of a stream that is still written: `<name>.<number>-<first line>`.
std::string segment_name(std::string_view name, std::int64_t number, std::int64_t first_line);
struct SegmentName {
  std::string name;
  std::int64_t number = 0;
  std::int64_t first_line = 0;
};
/// The parts of a segment's file name, or nothing when it is none.
std::optional<SegmentName> parse_segment_name(std::string_view file);

/// The index as a gzip member without text: chunks in its extra field, and the field's size.
std::string encode_index(const std::vector<CapturedChunk>& chunks);
/// The index at the end of a packed file, and where it begins; Corrupt when there is none.
Result<std::vector<CapturedChunk>> decode_index(std::string_view file, std::uint64_t& end);

}  // namespace penstock
