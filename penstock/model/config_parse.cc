// YAML to a tree with positions, through yaml-cpp's events: its own nodes lose duplicate keys, and
// expand aliases without a limit.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <unordered_map>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace detail {
namespace {

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

// Leaves yaml-cpp's recursion; never crosses parse_yaml_config.
struct Stop {
  ConfigProblem problem;
};

// Where lines begin, to count columns in characters and to see how a null was spelled.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    starts_.push_back(0);
    for (std::size_t i = 0; i < text_.size(); ++i)
      if (text_[i] == '\n') starts_.push_back(i + 1);
  }
  std::string_view after(const YAML::Mark& mark) const {
    const auto line = std::size_t(std::max(mark.line, 0));
    if (line >= starts_.size()) return {};
    return text_.substr(
        std::min(starts_[line] + std::size_t(std::max(mark.column, 0)), text_.size()));
  }
  // Marks come in order, mostly: counting on from the last one keeps long lines linear.
  std::uint32_t column(const YAML::Mark& mark) const {
    const auto line = std::size_t(std::max(mark.line, 0));
    const auto end = std::size_t(std::max(mark.column, 0));
    if (line >= starts_.size()) return saturate<std::uint32_t>(end + 1);
    if (line != last_line_ || end < last_end_) last_line_ = line, last_end_ = 0, last_column_ = 1;
    const auto from = std::min(starts_[line] + last_end_, text_.size());
    for (char c : text_.substr(from, end - last_end_))
      if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++last_column_;
    last_end_ = end;
    return last_column_;
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
  mutable std::size_t last_line_ = 0, last_end_ = 0;
  mutable std::uint32_t last_column_ = 1;
};

std::size_t count_nodes(const ConfigValue& value) {
  std::size_t count = 1;
  for (const auto& item : value.items()) count += count_nodes(item);
  for (const auto& entry : value.entries()) count += count_nodes(entry.value);
  return count;
}

// How deep lists and maps are nested, with the value itself; as deep as the parser let them be.
std::size_t depth_of(const ConfigValue& value) {
  std::size_t below = 0;
  for (const auto& item : value.items()) below = std::max(below, depth_of(item));
  for (const auto& entry : value.entries()) below = std::max(below, depth_of(entry.value));
  return below + (value.is_list() || value.is_map());
}

// yaml-cpp's sentences in words that say what to do.
std::string syntax_message(const std::string& text) {
  static const std::map<std::string_view, std::string> kSentences = {
      {YAML::ErrorMsg::END_OF_MAP, "the indentation does not fit the mapping that this belongs to"},
      {YAML::ErrorMsg::END_OF_SEQ, "the indentation does not fit the list that this belongs to"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "a mapping that was opened with { is not closed with }"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a list that was opened with [ is not closed with ]"},
      {YAML::ErrorMsg::FLOW_END, "a ] or } closes nothing that was opened"},
      {YAML::ErrorMsg::MAP_VALUE, "a mapping cannot begin here; quote a text that holds \": \""},
      {YAML::ErrorMsg::MAP_KEY, "a key cannot stand here"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "a list item cannot begin here"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "a quoted text is not closed"},
      {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab indents this line; expected blanks"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "this character cannot begin a value; quote the text"},
  };
  const auto found = kSentences.find(text);
  return found == kSentences.end() ? text : found->second;
}

// Is the bracket at the front of the text closed further on?
bool is_closed(std::string_view text) {
  std::size_t depth = 0;
  char quote = 0;
  for (char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && --depth == 0) {
      return true;
    }
  }
  return false;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string shown_name, const ConfigLimits& limits)
      : lines_(text),
        source_(std::make_shared<const std::string>(std::move(shown_name))),
        limits_(limits) {}

  ParsedConfig take() && { return {std::move(root_), std::move(problems_)}; }
  /// A line at the mark or just before it that a tab indents: what is wrong, whatever is said.
  std::optional<ConfigMark> tab_near(const YAML::Mark& mark) const {
    for (int line = std::max(mark.line - 1, 0); line <= mark.line; ++line) {
      YAML::Mark start;
      start.line = line;
      const auto text = lines_.after(start);
      const auto indent = text.substr(0, std::min(text.find_first_not_of(" \t"), text.size()));
      const auto tab = indent.find('\t');
      const bool is_blank =
          indent.size() == text.size() || text[indent.size()] == '\n' || text[indent.size()] == '#';
      if (tab != indent.npos && !is_blank)
        return ConfigMark{source_, saturate<std::uint32_t>(line + 1),
                          saturate<std::uint32_t>(tab + 1)};
    }
    return {};
  }
  ConfigMark mark_of(const YAML::Mark& mark) const {
    return {source_, saturate<std::uint32_t>(mark.line + 1), lines_.column(mark)};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) stop(mark, "a second document begins here; expected only one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    ConfigValue value;
    for (const std::string_view word : {"null", "Null", "NULL", "~"})
      if (lines_.after(mark).starts_with(word)) value.set_spelling(std::string(word));
    place(mark, std::move(value), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const bool plain = tag == "?";
    const bool untagged = plain || tag == "!";
    ConfigValue value = untagged ? scalar_of(mark, text, !plain) : tagged(mark, tag, text);
    place(mark, std::move(value), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) stop(mark, "an alias stands inside the value that it names");
    alias_nodes_ += found->second.nodes;
    if (alias_nodes_ > limits_.alias_nodes)
      stop(mark, fmt::format("aliases expand to more than {} values", limits_.alias_nodes));
    if (frames_.size() + found->second.depth > limits_.depth)
      stop(mark, fmt::format("lists and mappings are nested deeper than {}", limits_.depth));
    ConfigValue value = found->second.value;
    place(mark, std::move(value), 0, false);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, ConfigValue::list());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, ConfigValue::map());
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    ConfigValue value;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key = {};
    ConfigMark key_mark = {};
    std::unordered_map<std::string, ConfigMark> seen = {};
  };
  struct Anchored {
    ConfigValue value;
    std::size_t nodes;
    std::size_t depth;  ///< of lists and maps in it, with itself
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) const {
    throw Stop{{ConfigCode::Syntax, path(), mark_of(mark), std::move(message)}};
  }
  ConfigValue scalar_of(const YAML::Mark& mark, const std::string& text, bool is_text) {
    if (is_text) {
      ConfigValue value(text);
      value.set_quoted(true);
      return value;
    }
    auto value = plain_scalar(text);
    if (value.ok()) return *std::move(value);
    // A key is a text, whatever it looks like.
    if (!key_is_next())
      problems_.push_back(
          {ConfigCode::OutOfRange, path(), mark_of(mark), std::move(value).error().message});
    ConfigValue stands_for_it(0.0);
    stands_for_it.set_spelling(text);
    return stands_for_it;
  }
  /// A scalar with a tag; a tag of the core schema that fits says how it is read.
  ConfigValue tagged(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
    using Kind = ConfigValue::Kind;
    if (tag == core_tag("str")) return scalar_of(mark, text, true);
    auto value = scalar_of(mark, text, false);
    const bool is_whole = value.kind() == Kind::Int || looks_like_integer(text);
    if (tag == core_tag("float") && value.kind() == Kind::Int) {
      ConfigValue number(value.as_float());
      number.set_spelling(text);
      return number;
    }
    const bool fits = (tag == core_tag("int") && is_whole) ||
                      (tag == core_tag("float") && value.kind() == Kind::Float) ||
                      (tag == core_tag("bool") && value.kind() == Kind::Bool) ||
                      (tag == core_tag("null") && value.is_null());
    if (!fits) refuse_tag(mark, tag);
    return value;
  }
  static std::string core_tag(std::string_view name) {
    return std::string(kCoreTags) + std::string(name);
  }
  /// The value is taken as if it had no tag, so that what else is wrong can be told.
  void refuse_tag(const YAML::Mark& mark, std::string tag) {
    bool is_core = false;
    for (const auto* name : {"int", "float", "bool", "null", "str", "seq", "map"})
      is_core |= tag == core_tag(name);
    if (tag.starts_with(kCoreTags)) tag.replace(0, kCoreTags.size(), "!!");
    const std::string_view why = is_core ? "does not fit this value" : "is not supported";
    problems_.push_back({ConfigCode::TypeMismatch, path(), mark_of(mark),
                         fmt::format("the tag {} {}; write the value without it", tag, why)});
  }
  std::string path() const {
    std::string out;
    for (const Frame& frame : frames_) {
      if (frame.value.is_list())
        out = path_index(out, frame.value.items().size());
      else if (frame.has_key)
        out = path_key(out, frame.key);
    }
    return out;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            ConfigValue value) {
    const bool is_fit =
        tag.empty() || tag == "?" || tag == "!" || tag == core_tag(value.is_list() ? "seq" : "map");
    if (!is_fit) refuse_tag(mark, tag);
    expect_no_key(mark);
    if (frames_.size() >= limits_.depth)
      stop(mark, fmt::format("lists and mappings are nested deeper than {}", limits_.depth));
    value.set_mark(mark_of(mark));
    frames_.push_back({std::move(value), anchor});
  }
  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.anchor != 0) keep(frame.anchor, frame.value);
    attach(std::move(frame.value));
  }
  void keep(YAML::anchor_t anchor, const ConfigValue& value) {
    const std::size_t nodes = count_nodes(value);
    alias_nodes_ += nodes;
    anchored_.insert_or_assign(anchor, Anchored{value, nodes, depth_of(value)});
  }

  bool key_is_next() const {
    return !frames_.empty() && frames_.back().value.is_map() && !frames_.back().has_key;
  }
  void expect_no_key(const YAML::Mark& mark) const {
    if (!key_is_next()) return;
    // yaml-cpp takes a bracket that the text never closes for a key.
    const std::string_view text = lines_.after(mark);
    if (text.starts_with('[') && !is_closed(text))
      stop(mark, syntax_message(YAML::ErrorMsg::END_OF_SEQ_FLOW));
    if (text.starts_with('{') && !is_closed(text))
      stop(mark, syntax_message(YAML::ErrorMsg::END_OF_MAP_FLOW));
    stop(mark, "a key is a list or a mapping; expected a string");
  }

  void place(const YAML::Mark& mark, ConfigValue value, YAML::anchor_t anchor,
             bool has_own_mark = true) {
    if (++nodes_ > limits_.nodes)
      stop(mark, fmt::format("the document has more than {} values", limits_.nodes));
    if (has_own_mark) value.set_mark(mark_of(mark));
    if (anchor != 0) keep(anchor, value);
    if (!key_is_next()) {
      attach(std::move(value));
      return;
    }
    if (value.is_list() || value.is_map()) expect_no_key(mark);
    if (value.spelling().empty() && !value.quoted())
      stop(mark, "a key is missing; expected a string");
    Frame& frame = frames_.back();
    frame.has_key = true;
    frame.key = value.spelling();
    if (frame.key.size() > kLongestConfigKey) {
      const auto size = frame.key.size();
      frame.has_key = false;  // the place of the mistake is the map
      stop(mark, fmt::format("a key has {} bytes; expected at most {}", size, kLongestConfigKey));
    }
    frame.key_mark = mark_of(mark);
  }
  void attach(ConfigValue value) {
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.value.is_list()) {
      frame.value.items().push_back(std::move(value));
      return;
    }
    const auto [first, added] = frame.seen.emplace(frame.key, frame.key_mark);
    if (added) {
      frame.value.entries().push_back({frame.key, std::move(value), frame.key_mark});
    } else {
      problems_.push_back(duplicate_key(path(), frame.key, frame.key_mark, first->second));
    }
    frame.has_key = false;
  }

  LineIndex lines_;
  std::shared_ptr<const std::string> source_;
  const ConfigLimits& limits_;
  int documents_ = 0;
  std::size_t nodes_ = 0, alias_nodes_ = 0;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  ConfigValue root_ = ConfigValue::map();
  std::vector<ConfigProblem> problems_;
};

}  // namespace

ConfigProblem duplicate_key(const std::string& path, const std::string& key, ConfigMark here,
                            const ConfigMark& first) {
  return {ConfigCode::DuplicateKey, path, std::move(here),
          fmt::format("{} is given twice; first at {}:{}", quote(key), first.line, first.column)};
}

std::optional<ConfigProblem> find_bad_byte(std::string_view text, const ConfigMark& file) {
  ConfigMark mark = file;
  mark.line = mark.column = 1;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
      return ConfigProblem{ConfigCode::Syntax, "", mark,
                           fmt::format("the text holds the control character 0x{:02x}", byte)};
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return ConfigProblem{ConfigCode::Syntax, "", mark, "the text is not UTF-8"};
    i += length;
    ++mark.column;
    if (byte == '\n') ++mark.line, mark.column = 1;
  }
  return {};
}

ParsedConfig parse_yaml_config(std::string_view text, std::string shown_name,
                               const ConfigLimits& limits) {
  TreeBuilder builder(text, std::move(shown_name), limits);
  std::optional<ConfigProblem> problem;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Stop& stop) {
    problem = stop.problem;
  } catch (const YAML::Exception& error) {
    const auto tab = builder.tab_near(error.mark);
    problem = ConfigProblem{ConfigCode::Syntax, "", tab.value_or(builder.mark_of(error.mark)),
                            syntax_message(tab ? YAML::ErrorMsg::TAB_IN_INDENTATION : error.msg)};
  }
  ParsedConfig parsed = std::move(builder).take();
  if (problem) parsed.problems.push_back(std::move(*problem));
  sort_problems(parsed.problems);
  return parsed;
}

}  // namespace detail

ParsedConfig parse_config(std::string_view text, std::string shown_name, ConfigSyntax syntax,
                          const ConfigLimits& limits) {
  const ConfigMark file{std::make_shared<const std::string>(shown_name)};
  const auto refuse = [&](ConfigProblem problem) {
    return ParsedConfig{ConfigValue::map(), {std::move(problem)}};
  };
  if (text.size() > limits.bytes)
    return refuse(
        {ConfigCode::Syntax, "", file,
         fmt::format("the text has {} bytes; expected at most {}", text.size(), limits.bytes)});
  if (auto problem = detail::find_bad_byte(text, file)) return refuse(std::move(*problem));
  const bool json = syntax == ConfigSyntax::JsonText ||
                    (syntax == ConfigSyntax::FromName && to_lower(shown_name).ends_with(".json"));
  return json ? detail::parse_json_config(text, std::move(shown_name), limits)
              : detail::parse_yaml_config(text, std::move(shown_name), limits);
}

}  // namespace penstock
