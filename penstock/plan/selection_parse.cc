// Selections from text and back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "penstock/base/text.h"
#include "penstock/plan/selection.h"

namespace penstock {
namespace {

using Kind = Selection::Kind;

constexpr std::array<std::string_view, 19> kAttributes = {
    "key",     "tag",         "owner",        "group",      "kind",   "code_location", "status",
    "column",  "table_name",  "column_tag",   "partitions", "sensor", "schedule",      "job",
    "is",      "automation_type", "changed",  "name",       "check"};
constexpr std::array<std::string_view, 5> kWords = {"and", "or", "not", "sinks", "roots"};
constexpr int kMaxNesting = 200;

bool is_bare(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || byte >= 0x80 ||
         std::string_view("_./-[],=@*%~<>!?#$&;").find(c) != std::string_view::npos;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_word(std::string_view text) { return std::ranges::find(kWords, text) != kWords.end(); }

struct Token {
  enum class Type : std::uint8_t { Bare, Quoted, Plus, Colon, Open, Close, End } type = Type::End;
  std::string text = {};
  std::size_t column = 1;
};

std::string shown(const Token& token) {
  return token.type == Token::Type::End ? "the end" : quote(token.text);
}

Error at(std::size_t column, std::string text) {
  return make_error(ErrorCode::Config, fmt::format("column {}: {}", column, text), "selection");
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// `in_value`: a colon is part of the word, as in `owner:team:data`.
  Result<Token> next(bool in_value) {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    Token token{Token::Type::End, {}, at_ + 1};
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '"') return quoted();
    if (is_bare(c) || (in_value && c == ':')) {
      token.type = Token::Type::Bare;
      while (at_ < text_.size() && (is_bare(text_[at_]) || (in_value && text_[at_] == ':')))
        token.text += text_[at_++];
      return token;
    }
    static constexpr std::string_view kMarks = "+:()";
    static constexpr std::array kTypes = {Token::Type::Plus, Token::Type::Colon, Token::Type::Open,
                                          Token::Type::Close};
    const auto mark = kMarks.find(c);
    if (mark == std::string_view::npos)
      return at(at_ + 1, fmt::format("{} begins no part of a selection; a name with such "
                                     "characters stands in double quotes",
                                     quote(std::string(1, c))));
    token.type = kTypes[mark];
    token.text = c;
    ++at_;
    return token;
  }
  std::size_t place() const { return at_; }
  void go_to(std::size_t place) { at_ = place; }

 private:
  Result<Token> quoted() {
    Token token{Token::Type::Quoted, {}, at_ + 1};
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size()) token.text += text_[at_];
    }
    if (at_ >= text_.size())
      return at(token.column, "the quoted name has no end; expected another double quote");
    ++at_;
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<Selection> parse() {
    PENSTOCK_TRY(advance());
    auto selection = PENSTOCK_TRY(any());
    if (token_.type != Token::Type::End) return unexpected("\"and\", \"or\" or the end");
    return selection;
  }

 private:
  Status advance(bool in_value = false) {
    token_ = PENSTOCK_TRY(lexer_.next(in_value));
    return {};
  }

  Error unexpected(std::string_view expected) const {
    return at(token_.column, fmt::format("found {}, expected {}", shown(token_), expected));
  }

  bool is(std::string_view word) const {
    return token_.type == Token::Type::Bare && token_.text == word;
  }

  Result<Selection> any() { return chain("or", Kind::Or, &Parser::all); }
  Result<Selection> all() { return chain("and", Kind::And, &Parser::negated); }

  Result<Selection> chain(std::string_view word, Kind kind, Result<Selection> (Parser::*part)()) {
    const auto column = token_.column;
    auto first = PENSTOCK_TRY((this->*part)());
    if (!is(word)) return first;
    Selection chained{.kind = kind, .column = column};
    chained.parts.push_back(std::move(first));
    while (is(word)) {
      PENSTOCK_TRY(advance());
      chained.parts.push_back(PENSTOCK_TRY((this->*part)()));
    }
    return chained;
  }

  Result<Selection> negated() {
    if (!is("not")) return traversal();
    if (++nesting_ > kMaxNesting) return at(token_.column, "nested too deeply");
    Selection selection{.kind = Kind::Not, .column = token_.column};
    PENSTOCK_TRY(advance());
    selection.parts.push_back(PENSTOCK_TRY(negated()));
    --nesting_;
    return selection;
  }

  Result<std::uint32_t> depth(const std::string& digits, std::size_t column) const {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || value == Selection::kUnlimited)
      return at(column, digits + " steps are too many; leave the number away to go any distance");
    return value;
  }

  static bool begins_primary(const Token& token) {
    if (token.type == Token::Type::Bare) return token.text != "and" && token.text != "or";
    return token.type == Token::Type::Quoted || token.type == Token::Type::Open;
  }

  /// A number before `+` and a node is a distance; elsewhere it is a name.
  Result<bool> is_distance() {
    if (token_.type != Token::Type::Bare || !is_digits(token_.text)) return false;
    const auto place = lexer_.place();
    const auto plus = PENSTOCK_TRY(lexer_.next(false));
    bool found = plus.type == Token::Type::Plus;
    if (found) found = begins_primary(PENSTOCK_TRY(lexer_.next(false)));
    lexer_.go_to(place);
    return found;
  }

  /// Any number of `+`: one goes however far, more as far as there are.
  Result<std::uint32_t> pluses(std::uint32_t one) {
    std::uint32_t count = 0;
    for (; token_.type == Token::Type::Plus; ++count) PENSTOCK_TRY(advance());
    return count == 1 ? one : count;
  }

  Result<Selection> traversal() {
    Selection way{.kind = Kind::Traverse, .column = token_.column};
    auto up = Selection::kUnlimited;
    if (PENSTOCK_TRY(is_distance())) {
      up = PENSTOCK_TRY(depth(token_.text, token_.column));
      PENSTOCK_TRY(advance());
    }
    way.up = PENSTOCK_TRY(pluses(up));
    auto from = PENSTOCK_TRY(primary(way));
    const auto before = token_.column;
    if (const auto down = PENSTOCK_TRY(pluses(Selection::kUnlimited)); down > 0) {
      way.down = down;
      if (down == Selection::kUnlimited && token_.type == Token::Type::Bare &&
          is_digits(token_.text) && token_.column > before) {
        way.down = PENSTOCK_TRY(depth(token_.text, token_.column));
        PENSTOCK_TRY(advance());
      }
    }
    if (way.up == 0 && way.down == 0) return from;
    way.parts.push_back(std::move(from));
    return way;
  }

  Result<Selection> primary(Selection& way) {
    const auto token = token_;
    if (token.type == Token::Type::Open) return inside();
    if (token.type != Token::Type::Quoted && (token.type != Token::Type::Bare || is_word_here()))
      return unexpected("a name, an attribute such as name:…, \"*\", \"not\" or \"(\"");
    PENSTOCK_TRY(advance());
    const bool bare = token.type == Token::Type::Bare;
    if (bare && token_.type == Token::Type::Open && is_word(token.text)) {
      Selection ends{.kind = token.text == "sinks" ? Kind::Sinks : Kind::Roots,
                     .column = token.column};
      ends.parts.push_back(PENSTOCK_TRY(inside()));
      return ends;
    }
    if (bare && token_.type == Token::Type::Colon) return attribute(token);
    if (bare && token.text == "*") return Selection{.kind = Kind::All, .column = token.column};
    if (bare) return older_form(token, way);
    return Selection{.kind = Kind::Value, .value = token.text, .column = token.column};
  }

  bool is_word_here() const { return is("and") || is("or") || is("not"); }

  Result<Selection> inside() {
    if (++nesting_ > kMaxNesting) return at(token_.column, "nested too deeply");
    PENSTOCK_TRY(advance());
    auto selection = PENSTOCK_TRY(any());
    if (token_.type != Token::Type::Close) return unexpected("\"and\", \"or\" or \")\"");
    PENSTOCK_TRY(advance());
    --nesting_;
    return selection;
  }

  Result<Selection> attribute(const Token& name) {
    if (std::ranges::find(kAttributes, name.text) == kAttributes.end()) {
      std::vector<std::string> names(kAttributes.begin(), kAttributes.end());
      auto text = quote(name.text) + " is not an attribute";
      if (const auto near = closest_name(name.text, names)) text += "; did you mean " + *near + "?";
      std::ranges::sort(names);
      return at(name.column, text + "; expected one of " + join(names, ", "));
    }
    PENSTOCK_TRY(advance(true));
    if (token_.type != Token::Type::Bare && token_.type != Token::Type::Quoted)
      return unexpected("the value of " + name.text);
    Selection selection{.kind = Kind::Value,
                        .attribute = name.text,
                        .value = token_.text,
                        .column = name.column};
    PENSTOCK_TRY(advance());
    return selection;
  }

  /// `*op` and `op*`, as they were written before there was `+`.
  Result<Selection> older_form(const Token& token, Selection& way) const {
    std::string_view name = token.text;
    if (name.starts_with('*')) {
      way.up = Selection::kUnlimited;
      name.remove_prefix(1);
    }
    if (name.ends_with('*')) {
      way.down = Selection::kUnlimited;
      name.remove_suffix(1);
    }
    if (name.empty()) return at(token.column, "\"**\" selects nothing; expected \"*\" for all");
    return Selection{.kind = Kind::Value, .value = std::string(name), .column = token.column};
  }

  Lexer lexer_;
  Token token_;
  int nesting_ = 0;
};

std::string value_text(const Selection& selection) {
  const std::string_view value = selection.value;
  const bool named = !selection.attribute.empty();
  bool plain = !value.empty() && std::ranges::all_of(value, [&](char c) {
    return is_bare(c) || (named && c == ':');
  });
  if (!named)
    plain = plain && !is_word(value) && !is_digits(value) && value.front() != '*' &&
            value.back() != '*';
  if (plain) return (named ? selection.attribute + ":" : "") + std::string(value);
  std::string text = named ? selection.attribute + ":\"" : "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

/// How tightly a node binds what it consists of.
int rank(Kind kind) {
  return kind == Kind::Or ? 0 : kind == Kind::And ? 1 : kind == Kind::Not ? 2
         : kind == Kind::Traverse ? 3 : 4;
}

std::string printed(const Selection& selection, int least) {
  if (rank(selection.kind) < least) return "(" + printed(selection, 0) + ")";
  const auto distance = [](std::uint32_t depth) {
    return depth == Selection::kUnlimited ? "" : std::to_string(depth);
  };
  std::vector<std::string> parts;
  switch (selection.kind) {
    case Kind::All:
      return "*";
    case Kind::Value:
      return value_text(selection);
    case Kind::Not:
      return "not " + printed(selection.parts[0], 2);
    case Kind::Sinks:
      return "sinks(" + printed(selection.parts[0], 0) + ")";
    case Kind::Roots:
      return "roots(" + printed(selection.parts[0], 0) + ")";
    case Kind::Traverse: {
      auto text = printed(selection.parts[0], 4);
      if (selection.up > 0) text = distance(selection.up) + "+" + text;
      if (selection.down > 0) text += "+" + distance(selection.down);
      return text;
    }
    case Kind::And:
    case Kind::Or:
      for (const auto& part : selection.parts)
        parts.push_back(printed(part, rank(selection.kind) + 1));
      return join(parts, selection.kind == Kind::And ? " and " : " or ");
  }
  return {};
}

}  // namespace

Result<Selection> parse_selection(std::string_view text) { return Parser(text).parse(); }

std::string to_string(const Selection& selection) { return printed(selection, 0); }

}  // namespace penstock
