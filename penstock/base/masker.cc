#include "penstock/base/masker.h"

#include <algorithm>

#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::string_view kPlain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The base64 characters that a text alone decides when `offset` other bytes stand before it.
std::string base64_inside(std::string_view text, std::size_t offset, std::string_view alphabet) {
  std::string out;
  const std::size_t first = (offset * 8 + 5) / 6, last = (offset + text.size()) * 8 / 6;
  for (std::size_t i = first; i < last; ++i) {
    unsigned value = 0;
    for (std::size_t bit = i * 6; bit < i * 6 + 6; ++bit) {
      const auto byte = static_cast<unsigned char>(text[bit / 8 - offset]);
      value = value * 2 + ((byte >> (7 - bit % 8)) & 1);
    }
    out += alphabet[value];
  }
  return out;
}

std::string url_encoded(std::string_view text, std::string_view digits) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (word || kUnreserved.find(c) != kUnreserved.npos)
      out += c;
    else
      (out += '%').append({digits[byte >> 4], digits[byte & 15]});
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  const std::string quoted = quote(text);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Masker::Masker(const std::vector<std::string>& secrets) {
  std::vector<std::string> all = secrets;
  for (const auto& secret : secrets)  // what captures output sees one line at a time
    if (secret.find('\n') != secret.npos)
      for (auto& line : split(secret, '\n')) all.push_back(std::move(line));
  for (const auto& secret : all) {
    if (secret.size() < kShortest) continue;
    needles_.push_back(secret);
    needles_.push_back(json_escaped(secret));
    needles_.push_back(url_encoded(secret, "0123456789ABCDEF"));
    needles_.push_back(url_encoded(secret, "0123456789abcdef"));
    for (std::size_t offset = 0; offset < 3; ++offset)
      for (const auto alphabet : {kPlain, kUrlSafe})
        needles_.push_back(base64_inside(secret, offset, alphabet));
  }
  std::ranges::sort(needles_);
  needles_.erase(std::ranges::unique(needles_).begin(), needles_.end());
}

std::vector<Masker::Range> Masker::find(std::string_view text) const {
  std::vector<Range> found;
  for (const auto& needle : needles_)
    for (auto at = text.find(needle); at != text.npos; at = text.find(needle, at + 1))
      found.push_back({at, at + needle.size()});
  std::ranges::sort(found, {}, &Range::begin);
  std::vector<Range> joined;
  for (const auto& range : found) {
    if (!joined.empty() && range.begin < joined.back().end)
      joined.back().end = std::max(joined.back().end, range.end);
    else
      joined.push_back(range);
  }
  return joined;
}

bool Masker::mask(std::string& text) const {
  if (empty()) return false;
  const auto found = find(text);
  for (auto at = found.rbegin(); at != found.rend(); ++at)
    text.replace(at->begin, at->end - at->begin, kMask);
  return !found.empty();
}

}  // namespace penstock
