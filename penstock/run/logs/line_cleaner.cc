#include "penstock/run/logs/line_cleaner.h"

#include <algorithm>

#include "penstock/base/utf8.h"

namespace penstock {
namespace {

constexpr std::size_t kMostOfCharacter = 4;  // bytes of UTF-8

/// What a reader of a terminal sees of a line in the end.
std::string_view last_state(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (const auto at = line.rfind('\r'); at != line.npos) line.remove_prefix(at + 1);
  return line;
}

}  // namespace

void LineCleaner::add(std::string_view bytes) {
  for (;;) {
    const auto end = bytes.find('\n');
    if (end == bytes.npos) break;
    const auto part = bytes.substr(0, end);
    if (begun_.empty() && part.size() <= kLongest) {
      line_(last_state(part));  // nothing is copied where whole lines come
    } else {
      add_part(part);
      end_line();
    }
    bytes.remove_prefix(end + 1);
  }
  add_part(bytes);
}

void LineCleaner::add_part(std::string_view part) {
  while (!part.empty()) {
    const auto taken = std::min(part.size(), kLongest + kMostOfCharacter - begun_.size());
    begun_.append(part.substr(0, taken));
    part.remove_prefix(taken);
    if (const auto state = last_state(begun_); state.size() + 1 < begun_.size())
      begun_ = std::string(state) + (begun_.ends_with('\r') ? "\r" : "");
    if (begun_.size() == kLongest + kMostOfCharacter) cut();
  }
}

// Where the character at the border ends is known, since what follows it is there.
void LineCleaner::cut() {
  const auto end = utf8_border(begun_, kLongest);
  line_(last_state(std::string_view(begun_).substr(0, end)));
  begun_.erase(0, end);
}

void LineCleaner::end_line() {
  if (begun_.size() > kLongest) cut();
  line_(last_state(begun_));
  begun_.clear();
}

void LineCleaner::finish() {
  if (!begun_.empty()) end_line();
}

}  // namespace penstock
