// Structs that the tests of configs share.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/model/config_schema.h"

namespace penstock::testing_config {

inline constexpr std::array kYears = {1995, 1996, 2017, 2018, 2020};
inline constexpr std::array kStates = {"AL", "CA", "ID", "ME"};

enum class Layout { Current, Prototype };
inline std::vector<std::pair<Layout, std::string_view>> config_names(Layout) {
  return {{Layout::Current, "current"}, {Layout::Prototype, "prototype"}};
}
enum class BadValues { Error, Null };

/// Settings with rules over several fields, as a pipeline has them.
struct Scope {
  std::vector<int> years = {2017};
  std::vector<std::string> states = {"ID", "ME"};
  Layout layout = Layout::Current;
  BadValues bad_values = BadValues::Error;

  static void describe(ConfigSchema<Scope>& s) {
    s.describe("what to load");
    s.field("years", &Scope::years).describe("years to load").subset_of(kYears).min_items(1);
    s.field("states", &Scope::states).describe("two-letter codes in any case, or all");
    s.field("layout", &Scope::layout);
    s.field("bad_values", &Scope::bad_values)
        .names({{BadValues::Error, "error"}, {BadValues::Null, "null"}});
  }
  static void check(Scope& scope, ConfigCheck& check) {
    for (auto& state : scope.states) state = to_upper(state);
    std::ranges::sort(scope.states);
    scope.states.erase(std::ranges::unique(scope.states).begin(), scope.states.end());
    const bool all = scope.states == std::vector<std::string>{"ALL"};
    for (const auto& state : scope.states)
      if (!all && std::ranges::find(kStates, state) == kStates.end())
        check.problem("states", "states [" + quote(state) +
                                    "] are not available; expected two-letter codes from AL to "
                                    "ME, or all");
  }
};

struct Threads {
  static constexpr std::string_view kConfigName = "threads";
  int count = 4;
  static void describe(ConfigSchema<Threads>& s) { s.field("count", &Threads::count).range(1, 64); }
  friend bool operator==(const Threads&, const Threads&) = default;
};

struct Processes {
  static constexpr std::string_view kConfigName = "processes";
  int count = 2;
  std::string zygote = "auto";
  static void describe(ConfigSchema<Processes>& s) {
    s.field("count", &Processes::count).range(1, 64);
    s.field("zygote", &Processes::zygote);
  }
  friend bool operator==(const Processes&, const Processes&) = default;
};

/// One field of every type.
struct Everything {
  bool flag = true;
  std::int32_t small = -7;
  std::int64_t large = 9'000'000'000;
  std::uint16_t port = 8080;
  double ratio = 0.5;
  float weight = 1;
  std::string text = "hello: world";
  std::filesystem::path folder = "data/in";
  std::vector<std::string> list = {"a", "no"};
  std::map<std::string, int> map = {{"x", 1}};
  std::optional<int> maybe;
  Layout layout = Layout::Prototype;
  Threads nested{.count = 9};
  std::vector<Threads> several = {{1}, {2}};
  std::optional<Threads> maybe_nested;
  std::variant<Threads, Processes> executor = Processes{3, "off"};
  std::variant<std::string, Threads> either = "auto";
  Secret password;
  Source<std::string> user = "me";
  Source<int> retries = 3;
  std::chrono::milliseconds wait{1500};
  Bytes memory{512 << 20};
  ConfigValue anything = ConfigValue::list({ConfigValue(1), ConfigValue("two")});

  static void describe(ConfigSchema<Everything>& s) {
    using E = Everything;
    s.field("flag", &E::flag).describe("a switch");
    s.field("small", &E::small).range(-10, 10).unit("m");
    s.field("large", &E::large);
    s.field("port", &E::port).min(1);
    s.field("ratio", &E::ratio).range(0, 1).example(0.25);
    s.field("weight", &E::weight);
    s.field("text", &E::text).alias("words");
    s.field("folder", &E::folder).deprecated("use the resource instead");
    s.field("list", &E::list).max_items(3).pattern("[a-z]+");
    s.field("map", &E::map);
    s.field("maybe", &E::maybe).max(100);
    s.field("layout", &E::layout);
    s.field("nested", &E::nested);
    s.field("several", &E::several);
    s.field("maybe_nested", &E::maybe_nested);
    s.field("executor", &E::executor);
    s.field("either", &E::either);
    s.field("password", &E::password);
    s.field("user", &E::user).pattern("[a-z]+");
    s.field("retries", &E::retries).range(0, 5);
    s.field("wait", &E::wait).max(std::chrono::minutes(2));
    s.field("memory", &E::memory).range(Bytes{1 << 20}, Bytes{std::int64_t{8} << 30});
    s.field("anything", &E::anything);
  }
};

/// Fields without default.
struct Warehouse {
  std::filesystem::path base_dir;
  Secret password;
  std::vector<int> ports;
  int level = 0;
  struct Retry {
    int times = 0;
    int delay = 3;
    static void describe(ConfigSchema<Retry>& s) {
      s.field("times", &Retry::times).describe("how often").required().example(2);
      s.field("delay", &Retry::delay).describe("pause").unit("s");
    }
  } retry;

  static void describe(ConfigSchema<Warehouse>& s) {
    s.describe("where tables live");
    s.field("base_dir", &Warehouse::base_dir).describe("its folder").required().example("/data");
    s.field("password", &Warehouse::password).describe("to log in").required();
    s.field("ports", &Warehouse::ports).describe("open ports").required();
    s.field("level", &Warehouse::level).describe("compression").range(0, 9);
    s.field("retry", &Warehouse::retry).describe("what to do when it is away");
  }
};

/// A document as `scope.yaml` gives it.
inline ConfigValue yaml(std::string_view text) {
  auto parsed = parse_config(text, "scope.yaml");
  PENSTOCK_CHECK(parsed.ok(), "the test's own text is valid");
  return parsed.value;
}

/// The problems as people read them.
inline std::vector<std::string> lines(const std::vector<ConfigProblem>& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems) out.push_back(to_string(problem));
  return out;
}

/// The problems of a text against a struct.
template <Config C>
std::vector<std::string> problems_of(std::string_view text) {
  return lines(validate_text(*config_type_of<C>(), text, "scope.yaml").problems);
}

inline ConfigEnvironment no_environment() {
  return [](const std::string&) -> std::optional<std::string> { return {}; };
}

}  // namespace penstock::testing_config
