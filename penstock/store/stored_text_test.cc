// Every text of every event is the same for who looks on, in every store, read back, and after the
// projections were rebuilt, whatever bytes it was made of.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <variant>

#include "penstock/base/utf8.h"
#include "penstock/event/outgoing_event.h"
#include "penstock/store/memory_log.h"
#include "penstock/store/sqlite/sqlite_log.h"
#include "penstock/store/sqlite/sqlite_storage.h"
#include "penstock/store/test_events.h"

namespace penstock {
namespace {

using namespace penstock::test;

// Text that is UTF-8 and text that is not: cut characters, overlong forms, surrogates, characters
// beyond the last one, and the controls that something on the way might take for an end.
std::string odd_text(std::mt19937_64& random) {
  static const std::string kPieces[] = {"plain",
                                        "",
                                        "\xC3\xBC",
                                        "\xE2\x82\xAC",
                                        "\xF0\x9F\x8C\x8D",
                                        "\xEF\xBF\xBD",
                                        "\xEF\xBB\xBF",
                                        "\xEF\xBF\xBF",
                                        std::string(1, '\0'),
                                        "\x1b[31m",
                                        "\x7f",
                                        "\xC2\x80\xC2\x9B",
                                        "\r\n\t",
                                        "\"\\/'",
                                        "%s{}",
                                        "\xff",
                                        "\xfe\xff",
                                        "\x80",
                                        "\xC3",
                                        "\xE2\x82",
                                        "\xF0\x9F\x8C",
                                        "\xED\xA0\x80",
                                        "\xED\xB0\x80\xED\xA0\x80",
                                        "\xC0\x80",
                                        "\xC1\xBF",
                                        "\xE0\x80\xAF",
                                        "\xF0\x80\x80\xAF",
                                        "\xF4\x90\x80\x80",
                                        "\xF8\x88\x80\x80\x80"};
  std::string text;
  for (auto n = 1 + random() % 5; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
  return text;
}

// JSON and what only looks like it.
std::string odd_json(std::mt19937_64& random) {
  static const std::string kTexts[] = {R"({"a":[1,null,"x"]})",
                                       " \n[1, 2]\t",
                                       "\xEF\xBB\xBF[1]",
                                       std::string("[1]\0]", 5),
                                       R"(["\ud800"])",
                                       "[\"\xff\"]",
                                       "{broken",
                                       "",
                                       R"({"a":1,"a":2})",
                                       "1e400",
                                       "123456789012345678901234567890",
                                       std::string(100, '[') + std::string(100, ']'),
                                       std::string(101, '[') + std::string(101, ']'),
                                       std::string(5000, '[') + std::string(5000, ']')};
  return kTexts[random() % std::size(kTexts)];
}

MetadataValue odd_fact(std::mt19937_64& random) {
  switch (random() % 12) {
    case 0:
      return {};
    case 1:
      return random() % 2 == 0;
    case 2:
      return std::int64_t(random());
    case 3:
      return std::numeric_limits<std::uint64_t>::max();
    case 4:
      return random() % 2 == 0 ? std::numeric_limits<double>::infinity() : -HUGE_VAL;
    case 5:
      return MetadataValue::url(odd_text(random));
    case 6:
      return MetadataValue::path(odd_text(random));
    case 7:
      return MetadataValue::markdown(odd_text(random));
    case 8:
      return MetadataValue::timestamp(at(std::int64_t(random() % 1000)));
    case 9:
      return odd_text(random);
    default:
      return MetadataValue::json_text(odd_json(random));
  }
}

// Puts odd text into every field that holds text.
class OddFields {
 public:
  explicit OddFields(std::uint64_t seed) : random_(seed) {}
  void operator()(std::string_view, std::string& value) { value = odd_text(random_); }
  void operator()(std::string_view, std::vector<std::string>& values) {
    values = {odd_text(random_), odd_text(random_)};
  }
  void operator()(std::string_view, Tags& tags) {
    for (int i = 0; i < 4; ++i) tags[odd_text(random_)] = odd_text(random_);
  }
  void operator()(std::string_view, Metadata& facts) {
    for (int i = 0; i < 4; ++i) facts.emplace_back(odd_text(random_), odd_fact(random_));
  }
  void operator()(std::string_view, Error& error) {
    error = {ErrorCode::UserException, odd_text(random_), odd_text(random_),
             {odd_text(random_), odd_text(random_)}, odd_text(random_)};
  }
  template <class T>
  void operator()(std::string_view, T&) {}
  std::string text() { return odd_text(random_); }

 private:
  std::mt19937_64 random_;
};

// All fields of a body, for comparing.
struct Fields {
  std::vector<std::variant<bool, std::int32_t, std::int64_t, std::string, std::vector<std::string>,
                           Tags, Error, Metadata>>
      values;
  template <class T>
  void operator()(std::string_view, T& value) {
    values.emplace_back(value);
  }
};

void expect_same(const Event& live, const Event& stored, std::string_view where) {
  ASSERT_EQ(event_type(live), event_type(stored)) << where;
  EXPECT_EQ(live.step, stored.step) << where;
  const auto json = encode_body(live.body);
  EXPECT_EQ(json, encode_body(stored.body)) << where;
  EXPECT_TRUE(is_utf8(json) && is_utf8(live.step)) << json;
  live.body.visit([&]<class Body>(const Body& body) {
    Fields before, after;
    if constexpr (std::is_same_v<Body, UnknownEvent>) {
      EXPECT_EQ(body.payload, stored.body.get<UnknownEvent>().payload);
    } else {
      Body one = body, other = stored.body.get<Body>();
      one.fields(before);
      other.fields(after);
      EXPECT_EQ(before.values, after.values) << where << " " << Body::kType << " " << json;
    }
  });
}

// What an onlooker of a run sees of events, and what two stores do; then what they find wrong.
void expect_the_same_everywhere(const std::vector<Event>& events, std::string_view where) {
  const auto live = outgoing_events(events, Masker());
  MemoryLog memory;
  memory.append(events);
  const TemporaryFolder home;
  auto sqlite = SqliteLog::open(home.path()).value();
  sqlite->append(events);
  ASSERT_TRUE(memory.sync().ok() && sqlite->sync().ok()) << where;
  const auto in_memory = read_all(memory), in_file = read_all(*sqlite);
  EXPECT_TRUE(sqlite->quarantined().empty()) << where;
  std::vector<Event> shown;  // without the messages about what was cut, which only a run adds
  for (const auto& each : live) {
    const auto* message = each.body.get_if<LogMessage>();
    if (message == nullptr || message->logger != "penstock") shown.push_back(each);
  }
  ASSERT_EQ(shown.size(), in_memory.size()) << where;
  ASSERT_EQ(shown.size(), in_file.size()) << where;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    expect_same(shown[i], in_memory[i], where);
    expect_same(shown[i], in_file[i], where);
  }
  const auto expect_equal_projections = [&] {
    EXPECT_EQ(memory.runs({}).value(), sqlite->runs({}).value()) << where;
    EXPECT_EQ(memory.assets("").value(), sqlite->assets("").value()) << where;
    EXPECT_EQ(memory.checks("").value(), sqlite->checks("").value()) << where;
    const auto runs = memory.runs({}).value();
    for (const auto& run : runs)
      EXPECT_EQ(memory.op_history(run.job).value(), sqlite->op_history(run.job).value());
  };
  expect_equal_projections();
  const auto findings = SqliteStorage::open(home.path()).value()->check().value();
  for (const auto& finding : findings)
    ADD_FAILURE() << where << ": " << finding.kind << " " << finding.subject << " "
                  << finding.message;
  ASSERT_TRUE(sqlite->rebuild_projections().ok()) << where;
  expect_equal_projections();
}

template <std::size_t... I>
std::vector<Event> one_of_each(std::uint64_t seed, std::index_sequence<I...>) {
  std::vector<Event> events;
  const auto add = [&]<class Body>(Body body) {
    OddFields odd(seed * 1000 + events.size());
    if constexpr (std::is_same_v<Body, UnknownEvent>)
      body = {odd.text() + "TEA_MADE", seed % 2 == 0 ? odd.text() : R"( {"cups": 2})"};
    else
      body.fields(odd);
    events.push_back({.time = at(9), .step = odd.text(), .body = std::move(body)});
  };
  (add(EventBody::Type<I>()), ...);
  return events;
}

TEST(StoredText, EveryTypeOfEvent) {
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    expect_the_same_everywhere(one_of_each(seed, std::make_index_sequence<EventBody::kTypes>()),
                               "seed " + std::to_string(seed));
}

template <class Body>
Event odd_event(OddFields& odd, Body body, std::string step = {}) {
  body.fields(odd);
  return event(run_id(1), std::move(body), std::move(step));
}

// Events that a run may have, so that they are folded.
TEST(StoredText, RunsThatAreFolded) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    OddFields odd(seed + 77);
    const auto good = "a" + odd.text(), bad = "b" + odd.text();
    expect_the_same_everywhere(
        {odd_event(odd, RunStarting{}), odd_event(odd, RunStart{}),
         odd_event(odd, StepStart{}, good), odd_event(odd, StepOutput{}, good),
         odd_event(odd, AssetMaterialization{}, good),
         odd_event(odd, AssetCheckEvaluation{}, good),
         odd_event(odd, StepSuccess{.duration_us = 5}, good), odd_event(odd, StepStart{}, bad),
         odd_event(odd, LogMessage{}, bad), odd_event(odd, StepFailure{}, bad),
         odd_event(odd, RunFailure{})},
        "seed " + std::to_string(seed));
  }
}

TEST(StoredText, TextsThatAreLargeOrDeepAreBoundedInEveryStore) {
  const auto json = [](std::size_t size, char open, char close) {
    return MetadataValue::json_text("[" + std::string(size, open) + std::string(size, close) + "]");
  };
  const Metadata facts = {{std::string(3 << 20, '\xff'), std::string(2 << 20, 'x')},
                          {"deep", json(100'000, '[', ']')},
                          {"wide", json(2 << 20, ' ', '\n')}};
  Metadata many;
  for (int i = 0; i < 200'000; ++i) many.emplace_back("n" + std::to_string(i), i);
  const std::string large(5 << 20, '\xff');
  const std::vector<Event> events = {
      {.time = at(1), .body = StepOutput{.metadata = facts}},
      {.time = at(1), .body = StepOutput{.metadata = many}},
      {.time = at(1), .body = LogMessage{.text = large}},
      {.time = at(1), .body = StepFailure{.error = {.message = large, .kind = large,
                                                    .context = {large}, .detail = large}}},
      {.time = at(1), .body = AssetMaterialization{.asset = large + "1", .path = large}},
      {.time = at(1), .body = AssetMaterialization{.asset = large + "2", .path = large}},
      {.time = at(1), .body = AssetCheckEvaluation{.asset = "a", .description = large}}};
  expect_the_same_everywhere(events, "large");
  MemoryLog log;
  log.append(events);
  for (const auto& each : read_all(log)) EXPECT_LT(encode_body(each.body).size(), 4u << 20);
  EXPECT_EQ(log.assets("").value().size(), 2u) << "keys that differ still differ";
}

// A home may have rows that an earlier program, or anything else, wrote: they harm nothing.
TEST(StoredText, RowsThatWereStoredBeforeTheBoundsAreReadWithinThem) {
  const TemporaryFolder home;
  auto log = SqliteLog::open(home.path()).value();
  log->append(begin_run(run_id(1)));
  log->append({event(run_id(1), StepStart{}, "a"),
               event(run_id(1), StepOutput{.metadata = {{"x", 1}}}, "a"),
               event(run_id(1), StepSuccess{}, "a"), event(run_id(1), RunSuccess{})});
  ASSERT_TRUE(log->sync().ok());
  {
    auto database =
        detail::Database::open(home.path() / "penstock.db", std::chrono::seconds(60)).value();
    constexpr int kDeep = 100'000;
    auto update = detail::Statement::prepare(
                      *database, "UPDATE events SET payload = ?1 WHERE payload LIKE '%metadata%'")
                      .value();
    const std::string deep =
        R"({"metadata":[["deep",{"type":"json","value":)" + std::string(kDeep, '[') +
        std::string(kDeep, ']') + R"(}],["wide",{"type":"json","value":{"k":1)" +
        [] {
          std::string members;
          for (int i = 0; i < 100'000; ++i) members += ",\"k" + std::to_string(i) + "\":1";
          return members;
        }() +
        "}}]]}";
    ASSERT_TRUE(update.bind(deep).run().ok());
  }
  const auto events = read_all(*log, {.types = {"STEP_OUTPUT"}});
  ASSERT_EQ(events.size(), 1u);
  const auto& facts = events[0].body.get<StepOutput>().metadata;
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_TRUE(facts[0].second.as_text().ends_with("[[[… (cut: more than 100 levels deep)"));
  auto storage = SqliteStorage::open(home.path()).value();
  EXPECT_TRUE(storage->check().value().empty());
  EXPECT_TRUE(log->rebuild_projections().ok());
  log->append(begin_run(run_id(2)));
  EXPECT_TRUE(log->sync().ok()) << "later runs are recorded";
  EXPECT_EQ(storage->delete_run(run_id(1), "test", at(1)).value(), 6);
}

// Whatever stands in the columns of a row costs that row at most.
TEST(StoredText, AnyBytesInARowCostThatRowAtMost) {
  const TemporaryFolder home;
  auto log = SqliteLog::open(home.path()).value();
  log->append(begin_run(run_id(1)));
  log->append(run_step(run_id(1), "extract"));
  log->append({event(run_id(1), RunSuccess{})});
  ASSERT_TRUE(log->sync().ok());
  auto database =
      detail::Database::open(home.path() / "penstock.db", std::chrono::seconds(60)).value();
  auto update = detail::Statement::prepare(
                    *database,
                    "UPDATE events SET payload = ?1, step = ?2, level = ?3, attempt = ?4,"
                    " offset_us = ?5 WHERE seq = 4")
                    .value();
  std::mt19937_64 random(21);
  const std::string good = encode_body(
      StepOutput{.output = "x", .metadata = {{"n", 1}, {"j", MetadataValue::json_text("[{}]")}}});
  int unreadable = 0;
  for (int i = 0; i < 600; ++i) {
    auto payload = good;
    switch (i % 3) {
      case 0:
        payload = odd_text(random) + odd_json(random);
        break;
      case 1:
        for (int n = 0; n < 3; ++n)
          payload[random() % payload.size()] = static_cast<char>(random());
        break;
      default:
        payload.resize(random() % payload.size());
    }
    const auto step = odd_text(random);
    const auto number = [&]() -> std::int64_t {
      return random() % 4 == 0 ? std::int64_t(random()) : std::int64_t(random() % 3);
    };
    ASSERT_TRUE(update.bind(payload, step, number(), number(), number()).run().ok());
    const auto events = read_all(*log, {.run = run_id(1)});
    ASSERT_GE(events.size(), 5u) << payload;
    unreadable += events.size() == 5;
    for (const auto& each : events) EXPECT_TRUE(is_utf8(encode_body(each.body)));
    if (i % 100 == 0) {
      EXPECT_TRUE(log->rebuild_projections().ok());
    }
  }
  EXPECT_GT(unreadable, 200);
}

}  // namespace
}  // namespace penstock
