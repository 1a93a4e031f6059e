#include "penstock/event/outgoing_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "penstock/base/json_text.h"
#include "penstock/base/md5.h"
#include "penstock/base/text.h"
#include "penstock/base/utf8.h"
#include "penstock/event/json_text.h"

namespace penstock {
namespace {

// Fields that hold names of declared things and what the engine itself says.
bool is_name_field(std::string_view field) {
  constexpr std::array<std::string_view, 24> kNames = {
      "job",      "executor",   "plan",     "build_id", "parent_run",    "root_run",
      "host",     "process",    "run",      "status",   "output",        "value_type",
      "resource", "severity",   "logger",   "unit",     "failure_class", "input",
      "manager",  "object",     "hash",     "layout",   "stream",        "file",
  };
  return std::ranges::find(kNames, field) != kNames.end();
}

/// Masks the fields of a body. Of step keys only the mapping keys are not declared names.
class MaskFields {
 public:
  explicit MaskFields(const Masker& masker) : masker_(masker) {}

  void operator()(std::string_view name, std::string& value) {
    if (name == "step") return mask_step_key(value, masker_);
    if (!is_name_field(name)) masker_.mask(value);
  }
  void operator()(std::string_view name, std::vector<std::string>& values) {
    for (auto& value : values) {
      if (name == "failed_steps")
        mask_step_key(value, masker_);
      else
        masker_.mask(value);
    }
  }
  void operator()(std::string_view, Tags& tags) {
    for (auto& [key, value] : tags) masker_.mask(value);
  }
  void operator()(std::string_view, Metadata& facts) {
    for (auto& [name, fact] : facts) {
      masker_.mask(name);
      fact.edit_text([this](std::string& text) { return masker_.mask(text); });
    }
  }
  void operator()(std::string_view, Error& error) { mask_error(error, masker_); }
  template <class T>
  void operator()(std::string_view, const T&) {}

 private:
  const Masker& masker_;
};

// The beginning of a text, whole characters only, and how much it was.
void cut_text(std::string& text, std::size_t whole) {
  text.resize(utf8_border(text, kKeptOfLargeText));
  text += fmt::format("… (cut: {} of at most {})", format_bytes(whole),
                      format_bytes(kMostEventText));
}

// Fields by which records are found again: two that differ must differ when they are cut.
bool is_key_field(std::string_view field) {
  constexpr std::array<std::string_view, 6> kKeys = {"asset",  "check", "partition",
                                                     "path", "mapping_key", "source"};
  return std::ranges::find(kKeys, field) != kKeys.end();
}

void cut_key(std::string& text) {
  const auto digest = md5_hex(text);
  text.resize(utf8_border(text, kKeptOfLargeText));
  text += "~" + digest;
}

// Documents that are read back whole: the config of a run, whose size was limited when it was
// parsed, and the costs of a deleted run's ops.
bool may_be_cut(std::string_view field) {
  return !is_name_field(field) && field != "config" && field != "ops";
}

std::string_view without_blanks(std::string_view json) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!json.empty() && is_blank(json.front())) json.remove_prefix(1);
  while (!json.empty() && is_blank(json.back())) json.remove_suffix(1);
  return json;
}

/// Makes the fields of a body text: UTF-8, and of facts that are JSON one JSON value.
class CleanFields {
 public:
  void operator()(std::string_view, std::string& value) { make_utf8(value); }
  void operator()(std::string_view, std::vector<std::string>& values) {
    for (auto& value : values) make_utf8(value);
  }
  void operator()(std::string_view, Tags& tags) {
    Tags clean;
    for (auto& [dirty, value] : tags) {
      std::string key = dirty;
      make_utf8(key);
      make_utf8(value);
      clean.insert_or_assign(std::move(key), std::move(value));
    }
    tags = std::move(clean);
  }
  void operator()(std::string_view, Error& error) {
    make_utf8(error.message);
    make_utf8(error.kind);
    make_utf8(error.detail);
    for (auto& context : error.context) make_utf8(context);
  }
  void operator()(std::string_view, Metadata& facts) {
    for (auto& [name, fact] : facts) {
      make_utf8(name);
      if (fact.is_json())
        fact.edit_text([](std::string& text) { return make_json(text); });
      else if (fact.kind() >= MetadataValue::Kind::Text)
        fact.edit_text([](std::string& text) { return make_utf8(text); });
    }
  }
  template <class T>
  void operator()(std::string_view, const T&) {}

  // What is not JSON is kept as a JSON string.
  static bool make_json(std::string& text) {
    if (json_problem(text)) {
      std::string quoted;
      append_json_string(quoted, text);
      text = std::move(quoted);
      return true;
    }
    const auto value = without_blanks(text);
    if (value.size() == text.size()) return false;
    text = std::string(value);
    return true;
  }
};

std::size_t size_of(const Metadata& facts) {
  std::size_t total = 0;
  for (const auto& [name, fact] : facts) total += name.size() + fact.size();
  return total;
}

bool is_too_deep(const MetadataValue& fact) {
  return fact.is_json() && json_problem(fact.as_text(), kMostFactDepth).has_value();
}

/// Cuts the fields of a clean body.
class CutFields {
 public:
  std::vector<std::string> cuts;

  void operator()(std::string_view name, std::string& value) {
    if (value.size() <= kMostEventText || !may_be_cut(name)) return;
    say(fmt::format("the {} of an event", name), value.size());
    if (is_key_field(name))
      cut_key(value);
    else
      cut_text(value, value.size());
  }
  void operator()(std::string_view, Error& error) {
    (*this)("error message", error.message);
    (*this)("error kind", error.kind);
    (*this)("error detail", error.detail);
    for (auto& context : error.context) (*this)("error context", context);
  }
  void operator()(std::string_view, Metadata& facts) {
    for (auto& [name, fact] : facts) {
      if (is_too_deep(fact)) cut_deep(name, fact);
      if (name.size() <= kMostEventText) continue;
      say("the name of a fact", name.size());
      cut_key(name);
    }
    cut_large(facts);
    cut_many(facts);
  }
  template <class T>
  void operator()(std::string_view, const T&) {}

 private:
  void cut_deep(const std::string& name, MetadataValue& fact) {
    cuts.push_back(fmt::format(
        "the fact {} is nested more than {} levels deep: the beginning of its text was kept; write "
        "it to a file and record the path",
        quote(name), kMostFactDepth));
    auto text = fact.as_text();
    text.resize(utf8_border(text, kKeptOfLargeText));
    text += fmt::format("… (cut: more than {} levels deep)", kMostFactDepth);
    const MetadataValue kept(std::move(text));
    fact = kept;
  }

  void cut_large(Metadata& facts) {
    auto total = size_of(facts);
    while (total > kMostEventText) {
      auto& [name, fact] = *std::ranges::max_element(
          facts, {}, [](const auto& named) { return named.second.size(); });
      const auto before = fact.size();
      if (before <= 2 * kKeptOfLargeText) break;
      say("the fact " + quote(name), before);
      auto text = fact.display();
      cut_text(text, before);
      const MetadataValue kept(text);
      fact = kept;
      total -= before - fact.size();
    }
  }

  // Of very many small ones the first stay.
  void cut_many(Metadata& facts) {
    std::size_t total = 0, kept = 0;
    for (; kept < facts.size(); ++kept) {
      total += facts[kept].first.size() + facts[kept].second.size();
      if (total > kMostEventText) break;
    }
    if (kept == facts.size()) return;
    cuts.push_back(fmt::format(
        "{} facts have {} together, and an event at most {}: the first {} were kept; write them to "
        "a file and record the path",
        facts.size(), format_bytes(size_of(facts)), format_bytes(kMostEventText), kept));
    facts.erase(facts.begin() + std::ptrdiff_t(kept), facts.end());
  }

  void say(const std::string& what, std::size_t size) {
    cuts.push_back(fmt::format(
        "{} has {}, and an event at most {}: its beginning was kept; write it to a file and record "
        "the path",
        what, format_bytes(size), format_bytes(kMostEventText)));
  }
};

/// Whether anything has to be cleaned or cut; changes nothing.
class NeedsEditing {
 public:
  bool found = false;

  void operator()(std::string_view, const std::string& value) { look(value); }
  void operator()(std::string_view, const std::vector<std::string>& values) {
    for (const auto& value : values) look(value);
  }
  void operator()(std::string_view, const Tags& tags) {
    for (const auto& [key, value] : tags) look(key), look(value);
  }
  void operator()(std::string_view, const Error& error) {
    look(error.message), look(error.kind), look(error.detail);
    for (const auto& context : error.context) look(context);
  }
  void operator()(std::string_view, const Metadata& facts) {
    found |= size_of(facts) > kMostEventText;
    for (const auto& [name, fact] : facts) {
      look(name);
      if (fact.kind() >= MetadataValue::Kind::Text) look(fact.as_text());
      if (!fact.is_json() || found) continue;
      const std::string_view text = fact.as_text();
      found = is_too_deep(fact) || without_blanks(text).size() != text.size();
    }
  }
  template <class T>
  void operator()(std::string_view, const T&) {}

 private:
  void look(std::string_view text) {
    found = found || text.size() > kMostEventText || !is_utf8(text);
  }
};

bool needs_editing(const Event& event) {
  NeedsEditing fields;
  event.body.visit([&]<class Body>(const Body& body) {
    // fields() also serves the reader, so is not const
    if constexpr (!std::is_same_v<Body, UnknownEvent>) const_cast<Body&>(body).fields(fields);
  });
  return fields.found;
}

// As the payload of an unknown type is read back.
void clean_unknown(Event& event, UnknownEvent body) {
  make_utf8(body.type);
  if (body.payload.empty()) body.payload = "{}";
  CleanFields::make_json(body.payload);
  event.body = std::move(body);
}

// Bodies are shared, so a changed one takes the place of the old one.
template <class Visitor>
void edit_fields(Event& event, Visitor& visitor) {
  EventBody edited;
  event.body.visit([&]<class Body>(const Body& body) {
    Body copy = body;
    if constexpr (!std::is_same_v<Body, UnknownEvent>) copy.fields(visitor);
    edited = std::move(copy);
  });
  event.body = std::move(edited);
}

}  // namespace

void mask_error(Error& error, const Masker& masker) {
  masker.mask(error.message);
  masker.mask(error.detail);
  for (auto& context : error.context) masker.mask(context);
  CleanFields()("error", error);
}

void mask_step_key(std::string& key, const Masker& masker) {
  const auto open = key.find('[');
  if (open == key.npos) return;
  std::string items = key.substr(open);
  if (masker.mask(items)) key.replace(open, key.npos, items);
}

void mask_event(Event& event, const Masker& masker) {
  if (masker.empty()) return;
  MaskFields fields(masker);
  mask_step_key(event.step, masker);
  edit_fields(event, fields);
}

std::vector<std::string> make_storable(Event& event) {
  make_utf8(event.step);
  if (const auto* unknown = event.body.get_if<UnknownEvent>()) {
    clean_unknown(event, *unknown);
    return {};
  }
  if (!needs_editing(event)) return {};
  CleanFields clean;
  edit_fields(event, clean);
  CutFields cut;
  edit_fields(event, cut);
  return std::move(cut.cuts);
}

std::vector<Event> outgoing_events(std::vector<Event> events, const Masker& masker) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    mask_event(events[i], masker);
    for (auto& sentence : make_storable(events[i])) {
      Event warning = events[i];
      warning.level = LogLevel::Warning;
      warning.body = LogMessage{"penstock", std::move(sentence)};
      events.insert(events.begin() + std::ptrdiff_t(i++), std::move(warning));
    }
  }
  return events;
}

}  // namespace penstock
