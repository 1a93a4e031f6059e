#include "penstock/event/outgoing_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "penstock/base/text.h"

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
  auto end = std::min(kKeptOfLargeText, text.size());
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  text.resize(end);
  text += fmt::format("… (cut: {} of at most {})", format_bytes(whole),
                      format_bytes(kMostEventText));
}

/// Cuts the fields of a body.
class CutFields {
 public:
  std::vector<std::string> cuts;

  void operator()(std::string_view name, std::string& value) {
    if (value.size() <= kMostEventText || is_name_field(name)) return;
    say(fmt::format("the {} of an event", name), value.size());
    cut_text(value, value.size());
  }
  void operator()(std::string_view, Error& error) {
    (*this)("error message", error.message);
    (*this)("error detail", error.detail);
    for (auto& context : error.context) (*this)("error context", context);
  }
  void operator()(std::string_view, Metadata& facts) {
    std::size_t total = 0;
    for (const auto& [name, fact] : facts) total += fact.size();
    while (total > kMostEventText) {
      auto& [name, fact] = *std::ranges::max_element(
          facts, {}, [](const auto& named) { return named.second.size(); });
      const auto before = fact.size();
      if (before <= 2 * kKeptOfLargeText) break;  // very many small ones: their number is the limit
      say("the fact " + quote(name), before);
      auto text = fact.display();
      cut_text(text, before);
      const MetadataValue kept(text);
      fact = kept;
      total -= before - fact.size();
    }
  }
  template <class T>
  void operator()(std::string_view, const T&) {}

 private:
  void say(const std::string& what, std::size_t size) {
    cuts.push_back(fmt::format(
        "{} has {}, and an event at most {}: its beginning was kept; write it to a file and record "
        "the path",
        what, format_bytes(size), format_bytes(kMostEventText)));
  }
};

/// Whether anything is so large that it must be cut; changes nothing.
class LargeFields {
 public:
  bool found = false;

  void operator()(std::string_view, const std::string& value) {
    found |= value.size() > kMostEventText;
  }
  void operator()(std::string_view, const Error& error) {
    std::size_t total = error.message.size() + error.detail.size();
    for (const auto& context : error.context) total += context.size();
    found |= total > kMostEventText;
  }
  void operator()(std::string_view, const Metadata& facts) {
    std::size_t total = 0;
    for (const auto& [name, fact] : facts) total += fact.size();
    found |= total > kMostEventText;
  }
  template <class T>
  void operator()(std::string_view, const T&) {}
};

bool is_large(const Event& event) {
  LargeFields fields;
  event.body.visit([&]<class Body>(const Body& body) {
    // fields() also serves the reader, so is not const
    if constexpr (!std::is_same_v<Body, UnknownEvent>) const_cast<Body&>(body).fields(fields);
  });
  return fields.found;
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

std::vector<std::string> cut_event(Event& event) {
  if (!is_large(event)) return {};
  CutFields fields;
  edit_fields(event, fields);
  return std::move(fields.cuts);
}

std::vector<Event> outgoing_events(std::vector<Event> events, const Masker& masker) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    mask_event(events[i], masker);
    for (auto& sentence : cut_event(events[i])) {
      Event warning = events[i];
      warning.level = LogLevel::Warning;
      warning.body = LogMessage{"penstock", std::move(sentence)};
      events.insert(events.begin() + std::ptrdiff_t(i++), std::move(warning));
    }
  }
  return events;
}

}  // namespace penstock
