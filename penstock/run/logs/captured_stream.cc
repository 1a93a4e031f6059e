#include "penstock/run/logs/captured_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "penstock/base/gzip.h"
#include "penstock/base/private_files.h"
#include "penstock/base/text.h"
#include "penstock/run/logs/captured_format.h"

namespace penstock {
namespace {

constexpr std::size_t kHalf = 4;              // segments of the head, and as many of the tail
constexpr std::size_t kWriteAt = 256 * 1024;  // bytes that wait at most
constexpr std::uint64_t kChunk = 1024 * 1024;
constexpr std::uint64_t kMostChunks = 1024;  // the index must fit in a gzip header

bool write_all(const FileDescriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(file.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    bytes.remove_prefix(std::size_t(wrote));
  }
  return true;
}

/// Writes chunks of lines and their index.
class Packer {
 public:
  explicit Packer(const std::filesystem::path& file)
      : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}

  bool add(std::string_view lines, std::uint64_t first_line, std::uint64_t chunk_size) {
    while (!lines.empty()) {
      auto size = std::min<std::uint64_t>(lines.size(), chunk_size);
      const auto end = lines.rfind('\n', size - 1);
      size = (end != lines.npos ? end : lines.find('\n')) + 1;
      const auto chunk = lines.substr(0, size);
      chunks_.push_back({offset_, first_line, chunk.size()});
      const auto packed = gzip_member(chunk);
      if (!write_all(file_, packed)) return false;
      offset_ += packed.size();
      first_line += std::uint64_t(std::ranges::count(chunk, '\n'));
      lines.remove_prefix(chunk.size());
    }
    return bool(file_);
  }
  bool finish() { return write_all(file_, encode_index(chunks_)); }

 private:
  FileDescriptor file_;
  std::uint64_t offset_ = 0;
  std::vector<CapturedChunk> chunks_;
};

}  // namespace

CapturedStream::CapturedStream(std::filesystem::path base, const LogOptions& options)
    : base_(std::move(base)),
      options_(options),
      segment_size_(std::max<std::uint64_t>(options.limit / (2 * kHalf), 1)),
      cleaner_([this](std::string_view line) { add_line(line); }) {}

void CapturedStream::write(std::string_view bytes) {
  bytes_ += std::int64_t(bytes.size());
  cleaner_.add(bytes);
  flush();  // who follows the output sees it at once
}

void CapturedStream::add_line(std::string_view line) {
  const auto masked =
      options_.masker != nullptr ? options_.masker->masked(std::string(line)) : std::string();
  if (options_.masker != nullptr) line = masked;
  const auto filled = (segments_.empty() ? 0 : segments_.back().size) + waiting_.size();
  if (segments_.empty() || (filled > 0 && filled + line.size() + 1 > segment_size_)) next_segment();
  waiting_ += line;
  waiting_ += '\n';
  ++lines_;
  if (waiting_.size() >= kWriteAt) flush();
}

void CapturedStream::flush() {
  if (waiting_.empty()) return;
  if (!error_ && !write_all(file_, waiting_)) fail("write");
  if (!segments_.empty()) segments_.back().size += waiting_.size();
  waiting_.clear();
}

void CapturedStream::next_segment() {
  flush();
  if (error_) return;
  if (segments_.empty())
    if (auto made = make_private_folders(base_.parent_path()); !made.ok()) {
      error_ = std::move(made).error();
      return;
    }
  const auto name = segment_name(base_.filename().string(), next_number_++, lines_);
  segments_.push_back({base_.parent_path() / name, lines_, 0});
  const auto& file = segments_.back().file;
  file_ = FileDescriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file_) return fail("open");
  if (segments_.size() <= 2 * kHalf) return;
  truncated_ = true;
  ::unlink(segments_[kHalf].file.c_str());
  segments_.erase(segments_.begin() + kHalf);
}

void CapturedStream::fail(std::string_view doing) {
  error_ = make_error(
      errno == ENOSPC ? ErrorCode::Exhausted : ErrorCode::Io,
      fmt::format("cannot {} {}: {}", doing, segments_.back().file.string(), std::strerror(errno)));
}

std::string CapturedStream::left_out(const Segment& next) const {
  return fmt::format("… output of {} in all: the lines from here to line {} were left out …\n",
                     format_bytes(std::uint64_t(bytes_)),
                     format_count(std::uint64_t(next.first_line)));
}

Result<std::optional<CapturedFile>> CapturedStream::close() {
  cleaner_.finish();
  flush();
  file_.close();
  if (bytes_ == 0) return std::optional<CapturedFile>();
  CapturedFile made{base_.string() + ".gz", bytes_, lines_, truncated_};
  if (!error_)
    if (auto packed = pack(made.file); !packed.ok()) error_ = std::move(packed).error();
  for (const auto& segment : segments_) ::unlink(segment.file.c_str());
  if (error_) return *error_;
  return std::optional<CapturedFile>(std::move(made));
}

Status CapturedStream::pack(const std::filesystem::path& file) {
  const std::filesystem::path aside = file.string() + ".tmp";
  const auto chunk_size = std::max(kChunk, options_.limit / kMostChunks);
  Packer packer(aside);
  bool good = true;
  std::uint64_t next_line = 0;
  for (std::size_t i = 0; good && i < segments_.size(); ++i) {
    const auto& segment = segments_[i];
    const auto text = PENSTOCK_TRY(read_file(segment.file));
    if (truncated_ && i == kHalf) good = packer.add(left_out(segment), next_line, chunk_size);
    good = good && packer.add(text, std::uint64_t(segment.first_line), chunk_size);
    next_line = std::uint64_t(segment.first_line + std::ranges::count(text, '\n'));
  }
  if (good && packer.finish() && ::rename(aside.c_str(), file.c_str()) == 0) return {};
  const int why = errno;
  ::unlink(aside.c_str());
  return make_error(why == ENOSPC ? ErrorCode::Exhausted : ErrorCode::Io,
                    fmt::format("cannot write {}: {}", file.string(), std::strerror(why)));
}

}  // namespace penstock
