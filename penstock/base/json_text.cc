#include "penstock/base/json_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "penstock/base/json_number.h"
#include "penstock/base/utf8.h"

namespace penstock {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The value of four hexadecimal digits, or nothing.
std::optional<std::uint32_t> hex4(std::string_view text) {
  std::uint32_t code = 0;
  if (text.size() < 4) return {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (error != std::errc() || end != text.data() + 4) return {};
  return code;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code < 0x80)
    out += static_cast<char>(code);
  else if (code < 0x800)
    out += {static_cast<char>(0xC0 | (code >> 6)), tail(code)};
  else if (code < 0x10000)
    out += {static_cast<char>(0xE0 | (code >> 12)), tail(code >> 6), tail(code)};
  else
    out += {static_cast<char>(0xF0 | (code >> 18)), tail(code >> 12), tail(code >> 6), tail(code)};
}

enum class Token { Open, Close, Key, Scalar, End, Wrong };

// Gives the tokens of a text one after the other. What is open is kept in a list of bits, which is
// never longer than the text.
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t most_depth) : text_(text), most_depth_(most_depth) {}

  Token next() {
    skip_blanks();
    if (expects_ == Expects::End)
      return at_ == text_.size() ? Token::End : wrong("text follows the value");
    if (expects_ == Expects::CommaOrClose) {
      if (peek() == closing()) return close();
      if (peek() != ',') return wrong("expected a comma or the end of the list or object");
      ++at_;
      skip_blanks();
      expects_ = is_object() ? Expects::Key : Expects::Value;
    } else if (expects_ == Expects::FirstOrClose) {
      if (peek() == closing()) return close();
      expects_ = is_object() ? Expects::Key : Expects::Value;
    }
    begin_ = at_;
    return expects_ == Expects::Key ? key() : value();
  }

  /// Where the last token begins and ends.
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return at_; }
  std::string_view raw() const { return text_.substr(begin_, at_ - begin_); }
  std::size_t depth() const { return open_.size(); }
  /// Of an Open or Close: whether it is an object.
  bool of_object() const { return of_object_; }
  std::string problem() const { return fmt::format("{} at byte {}", problem_, at_); }

 private:
  enum class Expects { Value, Key, FirstOrClose, CommaOrClose, End };

  Token wrong(std::string_view problem) {
    problem_ = at_ < text_.size() ? problem : "the text ends early";
    return Token::Wrong;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool is_object() const { return open_.back(); }
  char closing() const { return is_object() ? '}' : ']'; }
  void after_value() { expects_ = open_.empty() ? Expects::End : Expects::CommaOrClose; }

  Token close() {
    begin_ = at_++;
    of_object_ = is_object();
    open_.pop_back();
    after_value();
    return Token::Close;
  }

  Token key() {
    if (peek() != '"') return wrong("expected a key in double quotes");
    if (!string()) return Token::Wrong;
    const auto key_end = at_;
    skip_blanks();
    if (peek() != ':') return wrong("expected a colon");
    after_key_ = at_ + 1;
    at_ = key_end;
    expects_ = Expects::Value;
    return Token::Key;
  }

  Token value() {
    if (after_key_ != 0) {
      at_ = std::exchange(after_key_, 0);
      skip_blanks();
      begin_ = at_;
    }
    const char c = peek();
    if (c == '{' || c == '[') {
      if (open_.size() >= most_depth_) {
        problem_ = "lists and objects are nested too deep";
        return Token::Wrong;
      }
      ++at_;
      of_object_ = c == '{';
      open_.push_back(of_object_);
      expects_ = Expects::FirstOrClose;
      return Token::Open;
    }
    const bool good = c == '"' ? string() : c == '-' || is_digit(c) ? number() : word();
    if (!good) return Token::Wrong;
    after_value();
    return Token::Scalar;
  }

  bool word() {
    for (const std::string_view word : {"true", "false", "null"})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return true;
      }
    wrong("a value is missing");
    return false;
  }

  bool digits() {
    const auto first = at_;
    while (is_digit(peek())) ++at_;
    if (at_ == first) wrong("expected a digit");
    return at_ != first;
  }

  bool number() {
    if (peek() == '-') ++at_;
    bool is_whole = true;
    if (peek() == '0')
      ++at_;
    else if (!digits())
      return false;
    if (peek() == '.') {
      is_whole = false;
      ++at_;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      is_whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return false;
    }
    constexpr std::size_t kSurelyFinite = 300;
    if (is_whole && at_ - begin_ < kSurelyFinite) return true;
    if (std::isfinite(std::strtod(std::string(raw()).c_str(), nullptr))) return true;
    problem_ = "a number is too large";
    return false;
  }

  bool string() {
    ++at_;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c < 0x20) return fail("a string contains a control character");
      if (c == '\\') {
        if (!escape()) return fail("unknown escape in a string");
        continue;
      }
      const auto size = c < 0x80 ? 1 : utf8_size(text_, at_);
      if (size == 0) return fail("a string is not UTF-8");
      at_ += size;
    }
    return fail("a string is not closed");
  }
  bool fail(std::string_view problem) {
    wrong(problem);
    return false;
  }

  // A surrogate stands only before or behind its other half.
  bool escape() {
    constexpr std::string_view kSimple = "\"\\/bfnrt";
    const auto rest = text_.substr(at_ + 1);
    if (rest.empty()) return false;
    if (kSimple.find(rest[0]) != kSimple.npos) {
      at_ += 2;
      return true;
    }
    const auto code = rest[0] == 'u' ? hex4(rest.substr(1)) : std::nullopt;
    if (!code || (*code >= 0xDC00 && *code <= 0xDFFF)) return false;
    at_ += 6;
    if (*code < 0xD800 || *code > 0xDFFF) return true;
    if (!text_.substr(at_).starts_with("\\u")) return false;
    const auto low = hex4(text_.substr(at_ + 2));
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
    at_ += 6;
    return true;
  }

  std::string_view text_;
  const std::size_t most_depth_;
  std::size_t at_ = 0, begin_ = 0;
  std::size_t after_key_ = 0;  // behind the colon of the key that was just given
  Expects expects_ = Expects::Value;
  std::vector<bool> open_;
  bool of_object_ = false;
  std::string_view problem_;
};

// The content of a string token, with its quotes, that the scanner accepted.
std::string unescaped(std::string_view token) {
  token = token.substr(1, token.size() - 2);
  std::string out;
  while (!token.empty()) {
    const auto plain = std::min(token.find('\\'), token.size());
    out += token.substr(0, plain);
    token.remove_prefix(plain);
    if (token.empty()) break;
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    if (const auto simple = kNames.find(token[1]); simple != kNames.npos) {
      out += kValues[simple];
      token.remove_prefix(2);
      continue;
    }
    auto code = hex4(token.substr(2)).value_or(0);
    token.remove_prefix(6);
    if (code >= 0xD800 && code <= 0xDFFF) {
      const auto low = hex4(token.substr(2)).value_or(0);
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      token.remove_prefix(6);
    }
    append_utf8(out, code);
  }
  return out;
}

Json scalar_of(std::string_view token) {
  switch (token[0]) {
    case '"':
      return unescaped(token);
    case 't':
      return true;
    case 'f':
      return false;
    case 'n':
      return nullptr;
    default:
      break;
  }
  const char* const end = token.data() + token.size();
  if (token.find_first_of(".eE") == token.npos) {
    std::int64_t whole = 0;
    std::uint64_t large = 0;
    // As nlohmann does it: what is not negative is unsigned.
    if (token[0] == '-' && std::from_chars(token.data(), end, whole).ec == std::errc())
      return whole;
    if (token[0] != '-' && std::from_chars(token.data(), end, large).ec == std::errc())
      return large;
  }
  return std::strtod(std::string(token).c_str(), nullptr);
}

// A list or object of the tree that is being built. Its place does not move while it is open, since
// nothing else is added to its parent.
struct OpenValue {
  static constexpr std::size_t kFew = 16;

  Json* json;
  std::string key = {};
  std::unordered_map<std::string, std::size_t> places = {};  ///< from so many members on

  Json& add(Json value) {
    if (json->is_array()) return json->emplace_back(std::move(value));
    auto& members = json->get_ref<Json::object_t&>();
    const auto place = find(members);
    if (place < members.size())
      return members.begin()[std::ptrdiff_t(place)].second = std::move(value);
    if (!places.empty()) places.emplace(key, place);
    members.emplace_back(std::move(key), std::move(value));
    if (places.empty() && members.size() == kFew)
      for (const auto& [known, added] : members) places.emplace(known, places.size());
    return members.back().second;
  }

 private:
  std::size_t find(const Json::object_t& members) const {
    if (!places.empty()) {
      const auto known = places.find(key);
      return known == places.end() ? members.size() : known->second;
    }
    std::size_t place = 0;
    while (place < members.size() && members.begin()[std::ptrdiff_t(place)].first != key) ++place;
    return place;
  }
};

void append_scalar(std::string& out, const Json& json) {
  const auto special = json.is_number_float() ? special_number(json.get<double>()) : "";
  if (!special.empty()) return append_scalar(out, std::string(special));
  out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A list or object that is being written.
struct WrittenValue {
  const Json* json;
  Json::const_iterator at;
};

// Calls `visit` with each key and each value that stands directly in a list or object; false when
// the text is something else.
template <class Visit>
bool each_part(std::string_view json, bool object, Visit visit) {
  Scanner scanner(json, SIZE_MAX);
  if (scanner.next() != Token::Open || scanner.of_object() != object) return false;
  std::size_t begin = 0;
  for (;;) {
    const auto token = scanner.next();
    if (token == Token::Wrong) return false;
    if (scanner.depth() == 0) return true;
    if (token == Token::Open && scanner.depth() == 2) begin = scanner.begin();
    if (scanner.depth() != 1) continue;
    if (token == Token::Close)
      visit(token, json.substr(begin, scanner.end() - begin));
    else
      visit(token, scanner.raw());
  }
}

bool has_parts(const Json& json) { return json.is_structured() && !json.empty(); }

}  // namespace

std::optional<std::string> json_problem(std::string_view text, std::size_t most_depth) {
  Scanner scanner(text, most_depth);
  for (;;) {
    const auto token = scanner.next();
    if (token == Token::End) return {};
    if (token == Token::Wrong) return scanner.problem();
  }
}

Result<Json> parse_json(std::string_view text, std::size_t most_depth) {
  Scanner scanner(text, most_depth);
  Json root;
  std::vector<OpenValue> open;
  for (;;) {
    const auto token = scanner.next();
    switch (token) {
      case Token::End:
        return root;
      case Token::Wrong:
        return make_error(ErrorCode::InvalidData, scanner.problem());
      case Token::Key:
        open.back().key = unescaped(scanner.raw());
        break;
      case Token::Close:
        open.pop_back();
        break;
      case Token::Open:
      case Token::Scalar: {
        Json value = token == Token::Scalar ? scalar_of(scanner.raw())
                     : scanner.of_object()  ? Json::object()
                                            : Json::array();
        Json& place = open.empty() ? root = std::move(value) : open.back().add(std::move(value));
        if (token == Token::Open) open.push_back({&place});
        break;
      }
    }
  }
}

std::string json_to_text(const Json& json, int indent) {
  std::string out;
  std::vector<WrittenValue> open;
  const auto new_line = [&] {
    if (indent < 0) return;
    out += '\n';
    out.append(open.size() * std::size_t(indent), ' ');
  };
  const auto begin = [&](const Json& value) {
    if (!has_parts(value)) return append_scalar(out, value);
    out += value.is_object() ? '{' : '[';
    open.push_back({&value, value.begin()});
  };
  begin(json);
  while (!open.empty()) {
    auto& top = open.back();
    if (top.at == top.json->end()) {
      const char close = top.json->is_object() ? '}' : ']';
      open.pop_back();
      new_line();
      out += close;
      continue;
    }
    if (top.at != top.json->begin()) out += ',';
    new_line();
    if (top.json->is_object()) {
      append_scalar(out, top.at.key());
      out += indent < 0 ? ":" : ": ";
    }
    const Json& value = *top.at++;
    begin(value);
  }
  return out;
}

void add_member(Json& object, std::string key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::move(key), std::move(value));
}

std::optional<std::vector<JsonMember>> json_members(std::string_view json) {
  std::vector<JsonMember> members;
  const bool is_object = each_part(json, true, [&](Token token, std::string_view raw) {
    if (token == Token::Key)
      members.emplace_back(unescaped(raw), std::string_view());
    else
      members.back().second = raw;
  });
  if (!is_object) return {};
  return members;
}

std::optional<std::vector<std::string_view>> json_items(std::string_view json) {
  std::vector<std::string_view> items;
  const auto add = [&](Token, std::string_view raw) { items.push_back(raw); };
  if (!each_part(json, false, add)) return {};
  return items;
}

std::optional<std::string> json_string(std::string_view json) {
  if (json.size() < 2 || json.front() != '"') return {};
  return unescaped(json);
}

std::optional<std::int64_t> json_integer(std::string_view json) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), value);
  if (error != std::errc() || end != json.data() + json.size() || json.empty()) return {};
  return value;
}

std::optional<double> json_number(std::string_view json) {
  if (json.empty() || (json[0] != '-' && !is_digit(json[0]))) return {};
  return std::strtod(std::string(json).c_str(), nullptr);
}

std::optional<bool> json_bool(std::string_view json) {
  if (json == "true") return true;
  if (json == "false") return false;
  return {};
}

}  // namespace penstock
