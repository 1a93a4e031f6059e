// Reads scenarios: words of a line, one handler per word.
#include <charconv>
#include <sstream>

#include "penstock/base/text.h"
#include "penstock/model/combine_ops.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/scenario_value.h"

namespace penstock::scenario {
namespace {

/// Words between blanks; "quoted words" and parts in parentheses stay together.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, is_word = false;
  int inside = 0;
  for (const char c : line) {
    if (c == '#' && !quoted) break;
    if (c == '"') {
      quoted = !quoted;
      is_word = true;
      continue;
    }
    inside += (c == '(' || c == '[') - (c == ')' || c == ']');
    if ((c == ' ' || c == ',') && !quoted && inside == 0) {
      if (is_word) words.push_back(std::move(word));
      word.clear();
      is_word = false;
      continue;
    }
    word += c;
    is_word = true;
  }
  if (is_word) words.push_back(std::move(word));
  return words;
}

/// The words of one line, taken one after the other.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}
  bool more() const { return at_ < words_.size(); }
  std::string peek() const { return more() ? words_[at_] : ""; }
  Result<std::string> next(std::string_view wanted) {
    if (!more()) return make_error(ErrorCode::Config, std::string(wanted) + " is missing");
    return words_[at_++];
  }
  template <class T>
  Result<T> number(std::string_view wanted) {
    const auto word = PENSTOCK_TRY(next(wanted));
    T value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size())
      return make_error(ErrorCode::Config, quote(word) + " is no number: " + std::string(wanted));
    return value;
  }
  template <class E>
  Result<E> one_of(std::initializer_list<std::pair<std::string_view, E>> names) {
    const auto word = PENSTOCK_TRY(next("a name"));
    for (const auto& [name, value] : names)
      if (name == word) return value;
    return make_error(ErrorCode::Config, quote(word) + " is none of the names that may stand here");
  }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  Parser() { scenario_.graph->name = "scenario"; }

  Status line(const std::string& text) {
    Words words(words_of(text));
    if (!words.more()) return {};
    const auto what = PENSTOCK_TRY(words.next("a word"));
    if (what == "step") return step(words);
    if (what == "play") return play(words);
    if (what == "again") return again(words);
    if (what == "slots") {
      scenario_.limits.admission.slots = PENSTOCK_TRY(words.number<std::int32_t>("slots"));
    } else if (what == "memory") {
      scenario_.limits.admission.memory = PENSTOCK_TRY(words.number<std::uint64_t>("bytes"));
    } else if (what == "seed") {
      scenario_.limits.seed = PENSTOCK_TRY(words.number<std::uint64_t>("seed"));
    } else if (what == "order") {
      const auto order = PENSTOCK_TRY(words.next("an order"));
      scenario_.limits.order = PENSTOCK_TRY(parse_dispatch_order(order));
    } else if (what == "cancel" && words.peek() == "at") {
      PENSTOCK_TRY(words.next("at"));
      scenario_.cancel_at = PENSTOCK_TRY(words.number<std::int64_t>("time"));
    } else {
      return make_error(ErrorCode::Config, quote(what) + " begins no line of a scenario");
    }
    return {};
  }

  Scenario take() { return std::move(scenario_); }

 private:
  Status step(Words& words) {
    NodeDef node;
    node.name = PENSTOCK_TRY(words.next("a name"));
    auto op = std::make_shared<OpDef>();
    op->name = node.name;
    while (words.more()) {
      const auto word = PENSTOCK_TRY(words.next("a word"));
      if (word == "->")
        PENSTOCK_TRY(outputs(*op, words));
      else if (word == "after")
        PENSTOCK_TRY(after(node, words));
      else if (!PENSTOCK_TRY(attribute(node, *op, word, words)))
        PENSTOCK_TRY(input(node, *op, word));
    }
    if (node.join != JoinKind::None) {
      node.op = join_op(node.join, {node.inputs.size(), &value_type_of<Sized>()});
    } else {
      if (op->outputs.empty()) op->outputs.push_back(output("result"));
      node.op = std::move(op);
    }
    scenario_.graph->nodes.push_back(std::move(node));
    return {};
  }

  Status after(NodeDef& node, Words& words) const {
    const auto before = PENSTOCK_TRY(words.next("a step"));
    node.after.push_back(PENSTOCK_TRY(source(before)));
    return {};
  }

  /// `name`, `name?` for one that may be missing, `name*` for a dynamic one, `name~` for a stream.
  static OutputDef output(std::string name) {
    OutputDef def{"", &value_type_of<Sized>(), true, false, false};
    if (name.back() == '*') def.dynamic = true;
    if (name.back() == '?') def.required = false;
    if (name.back() == '~') def.stream = true;
    if (std::string_view("*?~").find(name.back()) != std::string_view::npos) name.pop_back();
    def.name = std::move(name);
    return def;
  }

  static Status outputs(OpDef& op, Words& words) {
    do {
      op.outputs.push_back(output(PENSTOCK_TRY(words.next("an output"))));
    } while (words.peek() == "->" && words.next("->").ok());
    return {};
  }

  Result<bool> attribute(NodeDef& node, OpDef& op, const std::string& word, Words& words) {
    using enum TriggerRule;
    const auto retry = [&]() -> RetryPolicy& {
      if (!node.options.retry) node.options.retry.emplace();
      return *node.options.retry;
    };
    if (word == "retries") {
      retry().max_retries = PENSTOCK_TRY(words.number<std::int32_t>("retries"));
    } else if (word == "delay") {
      retry().delay = Micros(PENSTOCK_TRY(words.number<std::int64_t>("delay")));
    } else if (word == "max_delay") {
      retry().max_delay = Micros(PENSTOCK_TRY(words.number<std::int64_t>("delay")));
    } else if (word == "backoff") {
      retry().backoff =
          PENSTOCK_TRY(words.one_of<Backoff>({{"none", Backoff::None},
                                              {"linear", Backoff::Linear},
                                              {"exponential", Backoff::Exponential}}));
    } else if (word == "jitter") {
      retry().jitter = PENSTOCK_TRY(
          words.one_of<Jitter>({{"full", Jitter::Full}, {"plus_minus", Jitter::PlusMinus}}));
    } else if (word == "rule") {
      op.trigger = PENSTOCK_TRY(words.one_of<TriggerRule>({{"all_success", AllSuccess},
                                                           {"none_failed", NoneFailed},
                                                           {"any_success", AnySuccess},
                                                           {"any_failed", AnyFailed},
                                                           {"all_done", AllDone}}));
    } else if (word == "priority") {
      op.priority = PENSTOCK_TRY(words.number<std::int32_t>("priority"));
    } else if (word == "cpu") {
      op.cpu = PENSTOCK_TRY(words.number<std::int32_t>("slots"));
    } else if (word == "in_flight") {
      node.options.max_in_flight = PENSTOCK_TRY(words.number<std::uint32_t>("items"));
    } else if (word == "timeout") {
      op.timeout = Micros(PENSTOCK_TRY(words.number<std::int64_t>("time")));
    } else if (word == "bytes") {
      scenario_.output_bytes[op.name] = PENSTOCK_TRY(words.number<std::int64_t>("bytes"));
    } else if (word == "memory") {
      op.memory = [bytes = PENSTOCK_TRY(words.number<std::uint64_t>("bytes"))](
                      std::span<const Value>) { return bytes; };
    } else {
      return false;
    }
    return true;
  }

  /// `a`, `a.port`, `each(a)`, `all(a drop 1)`, `reduce(a 2 drop 1)`, `join(a, b)`, `zip(a, b)`.
  Status input(NodeDef& node, OpDef& op, const std::string& word) {
    const auto open = word.find('(');
    const auto form = word.substr(0, open);
    if (form == "all" || form == "reduce") return gathering(node, op, word, form == "reduce");
    op.inputs.push_back({"in" + std::to_string(op.inputs.size()), &value_type_of<Sized>(), true});
    if (open == std::string::npos) {
      node.inputs.push_back(PENSTOCK_TRY(source(word)));
      return {};
    }
    std::vector<SourceDef> parts;
    for (const auto& part : words_of(word.substr(open + 1, word.size() - open - 2)))
      parts.push_back(PENSTOCK_TRY(source(part)));
    if (form == "each") {
      return each(node, op, parts.at(0));
    }
    if (form == "zip" || form == "product") {
      node.join = form == "zip" ? JoinKind::Zip : JoinKind::Product;
      node.inputs = std::move(parts);
      return {};
    }
    if (form != "join")
      return make_error(ErrorCode::Config, quote(form) + " is no way to read from a step");
    SourceDef gathered{SourceDef::Kind::FanIn, 0, 0, std::move(parts)};
    gathered.gather = &gather_sizes;
    node.inputs.push_back(std::move(gathered));
    return {};
  }

  /// Map over a step: over each side of it when it is a join.
  Status each(NodeDef& node, OpDef& op, const SourceDef& items) {
    node.mapped = true;
    std::vector<SourceDef> sides{items};
    if (items.kind == SourceDef::Kind::Output)
      if (const auto& from = scenario_.graph->nodes[items.node]; from.join != JoinKind::None)
        for (std::uint32_t side = 1; side < from.inputs.size(); ++side)
          sides.emplace_back(SourceDef::Kind::Output, items.node, side);
    for (std::size_t side = 1; side < sides.size(); ++side)
      op.inputs.push_back({"side" + std::to_string(side), &value_type_of<Sized>(), true});
    node.inputs.insert(node.inputs.begin(), sides.begin(), sides.end());
    return {};
  }

  Status gathering(NodeDef& node, OpDef& op, const std::string& word, bool is_reduction) {
    const auto open = word.find('(');
    Words words(words_of(word.substr(open + 1, word.size() - open - 2)));
    const auto from = PENSTOCK_TRY(words.next("a step"));
    SourceDef gathered{SourceDef::Kind::Collect, 0, 0, {PENSTOCK_TRY(source(from))}};
    gathered.gather = &gather_sizes;
    ReduceOptions reduce;
    if (is_reduction) reduce.fan_in = PENSTOCK_TRY(words.number<std::uint32_t>("fan in"));
    while (words.more()) {
      const auto option = PENSTOCK_TRY(words.next("an option"));
      if (option == "as_completed")
        gathered.collect.order = CollectOrder::Completed;
      else if (option == "drop")
        gathered.collect.drop_failed = PENSTOCK_TRY(words.number<std::uint32_t>("items"));
      else
        return make_error(ErrorCode::Config, quote(option) + " is neither drop nor as_completed");
    }
    reduce.drop_failed = gathered.collect.drop_failed;
    if (is_reduction) node.reduce = reduce;
    op.inputs.push_back({"in" + std::to_string(op.inputs.size()), &value_type_of<Sized>(), true});
    node.inputs.push_back(std::move(gathered));
    return {};
  }

  Result<SourceDef> source(const std::string& text) const {
    if (text.starts_with("all(")) {  // collects of collects
      SourceDef gathered{
          SourceDef::Kind::Collect, 0, 0, {PENSTOCK_TRY(source(text.substr(4, text.size() - 5)))}};
      gathered.gather = &gather_sizes;
      return gathered;
    }
    const auto dot = text.find('.');
    const auto& nodes = scenario_.graph->nodes;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].name != text.substr(0, dot)) continue;
      const auto& outputs = nodes[i].op->outputs;
      if (dot == std::string::npos) return SourceDef{SourceDef::Kind::Output, i, 0};
      for (std::uint32_t port = 0; port < outputs.size(); ++port)
        if (outputs[port].name == text.substr(dot + 1))
          return SourceDef{SourceDef::Kind::Output, i, port};
    }
    return make_error(ErrorCode::Config, "no step before this line gives " + quote(text));
  }

  Status again(Words& words) {
    scenario_.again.push_back({PENSTOCK_TRY(words.next("a strategy"))});
    if (words.more()) scenario_.again.back().selection = PENSTOCK_TRY(words.next("a selection"));
    return {};
  }

  Status play(Words& words) {
    auto& plays = scenario_.again.empty() ? scenario_.plays : scenario_.again.back().plays;
    auto& play = plays[PENSTOCK_TRY(words.next("a step"))];
    while (words.more()) {
      const auto word = PENSTOCK_TRY(words.next("a word"));
      if (word == "takes") {
        play.takes = PENSTOCK_TRY(words.number<std::int64_t>("time"));
      } else if (word == "every") {
        play.every = PENSTOCK_TRY(words.number<std::int64_t>("time"));
      } else if (word == "fails") {
        play.fails = 1'000'000;
        if (words.peek().find_first_of("0123456789") == 0) {
          play.fails = PENSTOCK_TRY(words.number<std::int32_t>("times"));
          PENSTOCK_TRY(words.next("times"));
        }
      } else if (word == "skips") {
        play.skips = true;
      } else if (word == "final") {
        play.final = true;
      } else if (word == "loses") {
        play.loses = true;
      } else if (word == "ignores_stop") {
        play.ignores_stop = true;
      } else if (word == "omits") {
        play.omits.push_back(PENSTOCK_TRY(words.next("an output")));
      } else if (word == "says") {
        play.text = PENSTOCK_TRY(words.next("a text"));
      } else if (word == "yields") {
        play.yields.emplace(1);
        while (words.more() && words.peek() != "every" && words.peek() != "takes" &&
               words.peek() != "fails" && words.peek() != "loses") {
          const auto key = PENSTOCK_TRY(words.next("a key"));
          if (key == "then")
            play.yields->emplace_back();
          else
            play.yields->back().push_back(key);
        }
      } else {
        return make_error(ErrorCode::Config, quote(word) + " says nothing about a step");
      }
    }
    return {};
  }

  Scenario scenario_{.limits = {},
                     .cancel_at = {},
                     .graph = std::make_shared<GraphDef>(),
                     .output_bytes = {},
                     .plays = {},
                     .again = {}};
};

}  // namespace

Value gather_sizes(std::span<const Value> values) {
  Sized all;
  for (const auto& value : values) all.size += value.as<Sized>().size;
  all.parts = values.size();
  return Value::make(all);
}

Result<Scenario> parse(const std::string& text) {
  Parser parser;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (auto status = parser.line(line); !status.ok())
      return std::move(status).error().within("line " + std::to_string(number));
  }
  return parser.take();
}

}  // namespace penstock::scenario
