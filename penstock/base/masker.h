// Keeping secrets out of whatever leaves a program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

/// Replaces known secrets by `****`, however they are written: as they are, as JSON strings or URLs
/// write them, and in base64, also inside a longer text; of a secret of several lines each line,
/// too. Immutable, so thread-safe; without secrets it costs one comparison.
class Masker {
 public:
  /// The shortest secret that is masked. A shorter one would hide words of ordinary texts, so
  /// configs refuse it.
  static constexpr std::size_t kShortest = 6;
  static constexpr std::string_view kMask = "****";

  Masker() = default;
  /// Mask these; those shorter than kShortest are left out.
  explicit Masker(const std::vector<std::string>& secrets);

  bool empty() const { return needles_.empty(); }
  /// Mask what is found; true when there was something.
  bool mask(std::string& text) const;
  /// The text with secrets masked.
  std::string masked(std::string text) const {
    mask(text);
    return text;
  }

 private:
  struct Range {
    std::size_t begin, end;
  };
  /// Where secrets stand, in order; ranges that overlap are one.
  std::vector<Range> find(std::string_view text) const;

  std::vector<std::string> needles_;
};

}  // namespace penstock
