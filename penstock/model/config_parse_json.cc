// JSON to a tree with positions. A reader of its own: YAML's sentences mislead in a JSON file, and
// YAML readers refuse some JSON escapes.
#include <fmt/format.h>

#include <charconv>
#include <unordered_map>

#include "penstock/base/text.h"
#include "penstock/model/config_internal.h"

namespace penstock::detail {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += {static_cast<char>(0xC0 | (code >> 6)), tail(code)};
  } else if (code < 0x10000) {
    out += {static_cast<char>(0xE0 | (code >> 12)), tail(code >> 6), tail(code)};
  } else {
    out += {static_cast<char>(0xF0 | (code >> 18)), tail(code >> 12), tail(code >> 6), tail(code)};
  }
}

class JsonReader {
 public:
  JsonReader(std::string_view text, std::string shown_name, const ConfigLimits& limits)
      : text_(text),
        source_(std::make_shared<const std::string>(std::move(shown_name))),
        limits_(limits) {}

  ParsedConfig read() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_start_ = 3;
    skip_blanks();
    ParsedConfig parsed{ConfigValue::map(), {}};
    if (at_ < text_.size() && read_value(parsed.value, "", 0)) {
      skip_blanks();
      if (at_ < text_.size()) fail("text follows the end of the document");
    }
    parsed.problems = std::move(problems_);
    sort_problems(parsed.problems);
    return parsed;
  }

 private:
  // Counts on from the last mark, so that long lines stay linear.
  ConfigMark mark() {
    if (counted_ < line_start_) counted_ = line_start_, column_ = 1;
    for (; counted_ < at_; ++counted_)
      if ((static_cast<unsigned char>(text_[counted_]) & 0xC0) != 0x80) ++column_;
    return {source_, line_, column_};
  }
  bool fail(std::string message) {
    problems_.push_back({ConfigCode::Syntax, "", mark(), std::move(message)});
    return false;
  }
  std::string found() const {
    if (at_ >= text_.size()) return "the end of the text";
    return quote(text_.substr(at_, std::max<std::size_t>(utf8_length(text_.substr(at_)), 1)));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n')
        ++line_, line_start_ = at_ + 1;
      else if (c != ' ' && c != '\t' && c != '\r')
        return;
    }
  }

  bool read_value(ConfigValue& out, const std::string& path, std::size_t depth) {
    if (depth > limits_.depth)
      return fail(fmt::format("lists and objects are nested deeper than {}", limits_.depth));
    if (++nodes_ > limits_.nodes)
      return fail(fmt::format("the document has more than {} values", limits_.nodes));
    const ConfigMark begin = mark();
    bool good = false;
    if (peek() == '{')
      good = read_object(out, path, depth);
    else if (peek() == '[')
      good = read_list(out, path, depth);
    else if (peek() == '"')
      good = read_string_value(out);
    else
      good = read_word(out, path);
    out.set_mark(begin);
    return good;
  }

  bool read_object(ConfigValue& out, const std::string& path, std::size_t depth) {
    out = ConfigValue::map();
    std::unordered_map<std::string, ConfigMark> seen;
    ++at_;
    skip_blanks();
    while (peek() != '}') {
      ConfigEntry entry;
      entry.key_mark = mark();
      if (peek() != '"')
        return fail(fmt::format("found {}; expected a key in double quotes or }}", found()));
      if (!read_string(entry.key)) return false;
      if (entry.key.size() > kLongestConfigKey)
        return fail(fmt::format("a key has {} bytes; expected at most {}", entry.key.size(),
                                kLongestConfigKey));
      skip_blanks();
      if (peek() != ':') return fail(fmt::format("found {}; expected : after the key", found()));
      ++at_;
      skip_blanks();
      const std::string below = path_key(path, entry.key);
      if (!read_value(entry.value, below, depth + 1)) return false;
      const auto [first, added] = seen.emplace(entry.key, entry.key_mark);
      if (added)
        out.entries().push_back(std::move(entry));
      else
        problems_.push_back(duplicate_key(below, entry.key, entry.key_mark, first->second));
      if (!read_separator('}', "object")) return false;
    }
    ++at_;
    return true;
  }
  bool read_list(ConfigValue& out, const std::string& path, std::size_t depth) {
    out = ConfigValue::list();
    ++at_;
    skip_blanks();
    while (peek() != ']') {
      ConfigValue item;
      if (!read_value(item, path_index(path, out.items().size()), depth + 1)) return false;
      out.items().push_back(std::move(item));
      if (!read_separator(']', "list")) return false;
    }
    ++at_;
    return true;
  }
  bool read_separator(char close, std::string_view what) {
    skip_blanks();
    if (peek() == close) return true;
    if (peek() != ',')
      return fail(fmt::format("found {}; expected , or {} in the {}", found(), close, what));
    ++at_;
    skip_blanks();
    if (peek() == close) return fail(fmt::format("a comma stands before {}; remove it", close));
    return true;
  }

  bool read_word(ConfigValue& out, const std::string& path) {
    const auto end = std::min(text_.find_first_of(" \t\r\n,:[]{}\"", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    if (word == "null" || word == "true" || word == "false" || is_json_number(word)) {
      if (auto value = plain_scalar(word); value.ok())
        out = *std::move(value);
      else
        problems_.push_back({ConfigCode::OutOfRange, path, mark(), value.error().message});
      at_ = end;
      return true;
    }
    if (word.empty()) return fail(fmt::format("found {}; expected a value", found()));
    return fail(fmt::format("{} is not a JSON value; put text in double quotes", quote(word)));
  }
  static bool is_json_number(std::string_view word) {
    std::string_view digits = word;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    if (digits.empty() || digits[0] < '0' || digits[0] > '9') return false;
    if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= 'o') return false;
    const auto dot = word.find('.');
    if (dot != word.npos && (dot + 1 == word.size() || word[dot + 1] < '0' || word[dot + 1] > '9'))
      return false;
    if (digits.find('x') != digits.npos) return false;
    const auto value = plain_scalar(word);
    return !value.ok() || value->kind() == ConfigValue::Kind::Int ||
           value->kind() == ConfigValue::Kind::Float;
  }

  bool read_string_value(ConfigValue& out) {
    std::string text;
    if (!read_string(text)) return false;
    out = ConfigValue(std::move(text));
    out.set_quoted(true);
    return true;
  }
  bool read_string(std::string& out) {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\n') return fail("a string is not closed on its line");
      if (c != '\\')
        out += c;
      else if (!read_escape(out))
        return false;
    }
    return fail("a string is not closed");
  }
  // Ends on the last character of the escape.
  bool read_escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    ++at_;
    const auto simple = kNames.find(peek());
    if (simple != kNames.npos) {
      out += kValues[simple];
      return true;
    }
    std::uint32_t code = 0, low = 0;
    if (peek() != 'u' || !read_hex(code)) return fail("unknown escape in a string");
    if (code >= 0xD800 && code < 0xDC00) {
      if (!text_.substr(at_ + 1).starts_with("\\u")) return fail("half of a surrogate pair");
      at_ += 2;
      if (!read_hex(low) || low < 0xDC00 || low > 0xDFFF) return fail("half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
      return fail("half of a surrogate pair");
    }
    append_utf8(out, code);
    return true;
  }
  bool read_hex(std::uint32_t& code) {
    const std::string_view digits = text_.substr(std::min(at_ + 1, text_.size())).substr(0, 4);
    const auto [end, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || status != std::errc() || end != digits.data() + 4) return false;
    at_ += 4;
    return true;
  }

  std::string_view text_;
  std::shared_ptr<const std::string> source_;
  const ConfigLimits& limits_;
  std::size_t at_ = 0, line_start_ = 0, counted_ = 0, nodes_ = 0;
  std::uint32_t line_ = 1, column_ = 1;
  std::vector<ConfigProblem> problems_;
};

}  // namespace

ParsedConfig parse_json_config(std::string_view text, std::string shown_name,
                               const ConfigLimits& limits) {
  return JsonReader(text, std::move(shown_name), limits).read();
}

}  // namespace penstock::detail
