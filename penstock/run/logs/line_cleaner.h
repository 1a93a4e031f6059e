// Makes lines of what a program writes to its standard output.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace penstock {

/// Cuts text that comes in pieces into lines. Of a line that was overwritten with carriage returns,
/// as progress bars do, its last state is kept. A line longer than kLongest is cut
/// into several, between two characters.
class LineCleaner {
 public:
  static constexpr std::size_t kLongest = 64 * 1024;

  /// `line` is told each line, without its end.
  explicit LineCleaner(std::function<void(std::string_view line)> line) : line_(std::move(line)) {}
  void add(std::string_view bytes);
  /// What came after the last line end is a line, too.
  void finish();

 private:
  void add_part(std::string_view part);
  void cut();
  void end_line();
  std::function<void(std::string_view)> line_;
  std::string begun_;
};

}  // namespace penstock
