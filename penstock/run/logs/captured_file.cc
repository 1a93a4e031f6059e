#include "penstock/run/logs/captured_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "penstock/base/file_descriptor.h"
#include "penstock/base/files.h"
#include "penstock/base/gzip.h"
#include "penstock/run/logs/captured_format.h"

namespace penstock {
namespace {

/// False when the visitor wants no more.
bool visit_lines(std::string_view text, std::int64_t number, std::int64_t from,
                 const LineVisitor& visit) {
  for (;; ++number) {
    const auto end = text.find('\n');
    if (end == text.npos) return true;  // a line that is not whole yet is not seen
    if (number >= from && !visit(number, text.substr(0, end))) return false;
    text.remove_prefix(end + 1);
  }
}

/// The bytes of a file from an offset on.
Result<std::string> read_from(const std::filesystem::path& path, std::uint64_t offset) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string bytes;
  std::array<char, 64 * 1024> room;
  for (;;) {
    const auto got = ::pread(file.get(), room.data(), room.size(), off_t(offset + bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return make_error(ErrorCode::Io, "cannot read " + path.string());
    if (got == 0) return bytes;
    bytes.append(room.data(), std::size_t(got));
  }
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(folder, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error))
    files.push_back(at->path().filename().string());
  std::ranges::sort(files);
  return files;
}

std::vector<SegmentName> segments_of(const std::filesystem::path& folder, const std::string& name) {
  std::vector<SegmentName> segments;
  for (const auto& file : files_in(folder))
    if (auto segment = parse_segment_name(file); segment && segment->name == name)
      segments.push_back(std::move(*segment));
  std::ranges::sort(segments, {}, &SegmentName::number);
  return segments;
}

}  // namespace

Status read_captured(const std::filesystem::path& file, std::int64_t from,
                     const LineVisitor& visit) {
  const auto mapped = MappedFile::open(file);
  if (!mapped.ok()) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return mapped.error();
    return make_error(ErrorCode::NotFound, "the captured output " + file.string() + " is gone");
  }
  const auto bytes = mapped->bytes();
  std::uint64_t end = 0;
  const auto damaged = [&](Error error) { return std::move(error).within(file.string()); };
  auto chunks = decode_index(bytes, end);
  if (!chunks.ok()) return damaged(std::move(chunks).error());
  for (std::size_t i = 0; i < chunks->size(); ++i) {
    const auto& chunk = (*chunks)[i];
    const bool is_last = i + 1 == chunks->size();
    if (!is_last && std::int64_t((*chunks)[i + 1].line) <= from) continue;
    const auto stop = is_last ? end : (*chunks)[i + 1].offset;
    auto text = gunzip_member(bytes.substr(chunk.offset, stop - chunk.offset), chunk.size);
    if (!text.ok()) return damaged(std::move(text).error());
    if (!visit_lines(*text, std::int64_t(chunk.line), from, visit)) return {};
  }
  return {};
}

Status read_open(const std::filesystem::path& folder, const std::string& name, TailPosition& at,
                 const LineVisitor& visit) {
  const auto segments = segments_of(folder, name);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto& segment = segments[i];
    if (segment.number < at.segment) continue;
    if (i + 1 < segments.size() && segments[i + 1].first_line <= at.line) continue;
    if (segment.number > at.segment) at = {segment.first_line, segment.number, 0};
    const auto text =
        read_from(folder / segment_name(name, segment.number, segment.first_line), at.offset);
    if (!text.ok()) break;  // it was packed, or made way for later ones
    const bool goes_on = visit_lines(*text, at.line, 0, [&](std::int64_t number, auto line) {
      at.line = number + 1;
      at.offset += line.size() + 1;
      return visit(number, line);
    });
    if (!goes_on) return {};
  }
  const auto packed = folder / (name + ".gz");
  std::error_code ignored;
  if (!std::filesystem::exists(packed, ignored)) return {};
  return read_captured(packed, at.line, [&](std::int64_t number, auto line) {
    at.line = number + 1;
    return visit(number, line);
  });
}

std::vector<std::string> captured_names(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& file : files_in(folder)) {
    if (const auto segment = parse_segment_name(file))
      names.insert(segment->name);
    else if (file.ends_with(".gz"))
      names.insert(file.substr(0, file.size() - 3));
  }
  return {names.begin(), names.end()};
}

Status remove_captured(const std::filesystem::path& home, const RunId& run) {
  const auto folder = captured_folder(home, run);
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error)
    return make_error(ErrorCode::Io, "cannot remove " + folder.string() + ": " + error.message());
  return {};
}

}  // namespace penstock
