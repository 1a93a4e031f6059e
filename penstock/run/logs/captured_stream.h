// What one attempt writes to one of its streams, kept in files: docs/formats/captured-logs.md.
//
// While the attempt runs, segments of plain text; when it has ended, one gzip file with an index of
// its lines. Of more than the limit, head and tail are kept.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/base/file_descriptor.h"
#include "penstock/base/masker.h"
#include "penstock/base/result.h"
#include "penstock/run/logs/line_cleaner.h"

namespace penstock {

/// How output is kept.
struct LogOptions {
  std::filesystem::path home = {};         ///< files are in logs/<run>/ below it; empty: none kept
  std::uint64_t limit = 64 * 1024 * 1024;  ///< bytes kept of a stream, half of them of its end
  const Masker* masker = nullptr;  ///< takes secrets out of each line; null: there are none
};

/// What became of a stream.
struct CapturedFile {
  std::filesystem::path file;
  std::int64_t bytes = 0;  ///< that were written, kept or not
  std::int64_t lines = 0;
  bool truncated = false;
};

/// One stream of one attempt. One thread at a time.
class CapturedStream {
 public:
  /// Files begin with `base`, a path without an extension of its own. Nothing is made before
  /// something is written.
  CapturedStream(std::filesystem::path base, const LogOptions& options);

  void write(std::string_view bytes);
  /// Pack what was kept. Nothing when nothing was written; an error when it could not be kept.
  Result<std::optional<CapturedFile>> close();

 private:
  struct Segment {
    std::filesystem::path file;
    std::int64_t first_line = 0;
    std::uint64_t size = 0;
  };
  void add_line(std::string_view line);
  void flush();
  void next_segment();
  void fail(std::string_view doing);
  /// The line that stands for what was left out before a segment.
  std::string left_out(const Segment& next) const;
  Status pack(const std::filesystem::path& file);

  const std::filesystem::path base_;
  const LogOptions& options_;
  const std::uint64_t segment_size_;
  LineCleaner cleaner_;
  std::string waiting_;           // whole lines that are not in a file yet
  std::deque<Segment> segments_;  // the head's, then the tail's
  std::int64_t next_number_ = 0;
  FileDescriptor file_;  // of the last segment
  std::int64_t bytes_ = 0, lines_ = 0;
  bool truncated_ = false;
  std::optional<Error> error_;
};

}  // namespace penstock
