#include "penstock/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "penstock/base/characters.h"

namespace penstock {

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t at; (at = text.find(separator, start)) != text.npos; start = at + 1)
    parts.emplace_back(text.substr(start, at - start));
  parts.emplace_back(text.substr(start));
  return parts;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return out;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
  return out;
}

namespace {

std::string quoted_character(std::string_view character, char32_t code) {
  switch (code) {
    case '"':
    case '\\':
      return "\\" + std::string(character);
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      return is_control(code) ? fmt::format("\\u{:04x}", unsigned(code)) : std::string(character);
  }
}

}  // namespace

std::string quote(std::string_view text) {
  std::string out = "\"";
  each_character(text, [&](std::string_view character, std::optional<char32_t> code) {
    out += code ? quoted_character(character, *code) : std::string(character);
  });
  return out + '"';
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string> closest_name(std::string_view name,
                                        std::span<const std::string> candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = 3;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(to_lower(name), to_lower(candidate));
    if (distance < best_distance && distance < candidate.size()) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

namespace {
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_key(char c) { return is_word(c) || c == '.' || c == '-'; }
}  // namespace

bool is_name(std::string_view name) { return !name.empty() && std::ranges::all_of(name, is_word); }

bool is_mapping_key(std::string_view key) {
  return !key.empty() && key != "." && key != ".." && std::ranges::all_of(key, is_key);
}

std::string percent_encode(std::string_view text) {
  if (text == ".") return "%2E";
  if (text == "..") return "%2E%2E";
  std::string out;
  for (char c : text) {
    if (is_key(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", unsigned(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(std::size_t(at), 1, ',');
  return digits;
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = double(bytes);
  std::size_t unit = 0;
  for (value /= 1024; value >= 1024 && unit + 1 < kUnits.size(); value /= 1024) ++unit;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const std::string shown(text);
  const auto bad = [&] {
    return make_error(ErrorCode::Config,
                      quote(shown) + " is not a size; expected such as 512MiB or 2G");
  };
  // A whole number is read as one: a double holds 53 bits of it.
  const auto* const last = text.data() + text.size();
  std::uint64_t whole = 0;
  auto [end, status] = std::from_chars(text.data(), last, whole);
  const bool is_whole =
      status == std::errc() && (end == last || std::string_view(".eE").find(*end) == text.npos);
  double number = 0;
  if (!is_whole) {
    const auto read = std::from_chars(text.data(), last, number);
    if (read.ec != std::errc() || !(number >= 0)) return bad();
    end = read.ptr;
  }
  std::string unit = to_lower(trim({end, std::size_t(text.data() + text.size() - end)}));
  if (unit.ends_with("ib"))
    unit.resize(unit.size() - 2);
  else if (unit.ends_with("b"))
    unit.resize(unit.size() - 1);
  constexpr std::string_view kPrefixes = "kmgtp";
  std::uint64_t factor = 1;
  if (!unit.empty()) {
    const auto at = kPrefixes.find(unit[0]);
    if (unit.size() != 1 || at == kPrefixes.npos) return bad();
    factor <<= 10 * (at + 1);
  }
  constexpr auto kMost = std::uint64_t{INT64_MAX};
  if (is_whole) {
    if (whole > kMost / factor) return bad();
    return whole * factor;
  }
  if (number * double(factor) >= 9.2e18) return bad();
  return static_cast<std::uint64_t>(number * double(factor));
}

std::string printable(std::string_view text) {
  std::string out;
  each_character(text, [&](std::string_view character, std::optional<char32_t> code) {
    if (!code || (*code <= 0xff && is_control(*code) && *code != '\n' && *code != '\t'))
      out += fmt::format("\\x{:02x}", code ? unsigned(*code) : unsigned(character[0]) & 0xff);
    else if (*code > 0xff && is_control(*code))
      out += fmt::format("\\u{:04x}", unsigned(*code));
    else
      out += character;
  });
  return out;
}

}  // namespace penstock
