#include "penstock/event/outgoing_event.h"

#include <gtest/gtest.h>

#include "penstock/base/text.h"

namespace penstock {
namespace {

const std::string kSecret = "hunter2-canary";

Event event_of(EventBody body, std::string step = "load[hunter2-canary]") {
  Event event;
  event.step = std::move(step);
  event.body = std::move(body);
  return event;
}

TEST(OutgoingEvents, MasksWhatUsersWroteInEveryBody) {
  const Masker masker({kSecret});
  const Error error{ErrorCode::UserException, "cannot log in with " + kSecret, "",
                    {"resource " + kSecret}, "at " + kSecret};
  const Metadata facts = {{kSecret, kSecret},
                          {"json", MetadataValue::json_text("[\"hunter2-canary\"]")}};
  for (const auto& body : std::vector<EventBody>{
           RunStarting{.config = "{\"a\":\"hunter2-canary\"}", .tags = {{"why", kSecret}}},
           RunFailure{.failed_steps = {"load[hunter2-canary]"}, .error = error},
           StepOutput{.mapping_key = kSecret, .metadata = facts},
           StepFailure{.error = error, .metadata = facts}, StepUpForRetry{.reason = kSecret},
           StepSkipped{.reason = kSecret}, StepUpstreamFailed{"load[hunter2-canary]"},
           ResourceInitFailure{.resource = "db", .error = error},
           ResourceTeardown{.resource = "db", .error = error},
           AssetMaterialization{kSecret, kSecret, kSecret, facts},
           AssetCheckEvaluation{.asset = kSecret, .description = kSecret, .metadata = facts},
           LogMessage{"", "aHVudGVyMi1jYW5hcnk="}, EngineEvent{kSecret}}) {
    const auto out = outgoing_events({event_of(body)}, masker);
    ASSERT_EQ(out.size(), 1u);
    const auto text = encode_body(out[0].body);
    EXPECT_EQ(text.find(kSecret), std::string::npos) << text;
    EXPECT_EQ(text.find("aHVudGVyMi1jYW5"), std::string::npos) << text;
    EXPECT_NE(text.find("****"), std::string::npos) << text;
    EXPECT_EQ(out[0].step, "load[****]");
  }
}

TEST(OutgoingEvents, NamesOfDeclaredThingsStay) {
  const Masker masker({"extract"});
  auto out = outgoing_events(
      {event_of(ResourceInitSuccess{"extract"}, "extract[extract]"),
       event_of(StepOutput{.output = "extract", .mapping_key = "extract"}, "a.extract")},
      masker);
  EXPECT_EQ(out[0].step, "extract[****]");
  EXPECT_EQ(out[0].body.get<ResourceInitSuccess>().resource, "extract");
  EXPECT_EQ(out[1].step, "a.extract");
  EXPECT_EQ(out[1].body.get<StepOutput>().output, "extract");
  EXPECT_EQ(out[1].body.get<StepOutput>().mapping_key, "****");
}

TEST(OutgoingEvents, MasksTheDigitsOfNumbers) {
  Event event = event_of(StepOutput{.metadata = {{"pin", 12345678}, {"n", 1234}}});
  mask_event(event, Masker({"345678"}));
  EXPECT_EQ(event.body.get<StepOutput>().metadata,
            (Metadata{{"pin", "12****"}, {"n", 1234}}));
}

TEST(OutgoingEvents, CutsWhatIsTooLargeAndSaysSo) {
  const Metadata facts = {{"small", 1},
                          {"big", std::string(kMostEventText + 1, 'x')},
                          {"row", MetadataValue::json_text("[1]")}};
  const auto out = outgoing_events({event_of(StepOutput{.metadata = facts}, "load")}, Masker());
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].body.get<LogMessage>().text,
            "the fact \"big\" has 1.0 MiB, and an event at most 1.0 MiB: its beginning was kept; "
            "write it to a file and record the path");
  EXPECT_EQ(out[0].level, LogLevel::Warning);
  EXPECT_EQ(out[0].step, "load");
  const auto& kept = out[1].body.get<StepOutput>().metadata;
  EXPECT_EQ(kept[0], facts[0]);
  EXPECT_EQ(kept[1].second.as_text(),
            std::string(kKeptOfLargeText, 'x') + "… (cut: 1.0 MiB of at most 1.0 MiB)");
  EXPECT_EQ(kept[2], facts[2]);
}

TEST(OutgoingEvents, CutsTheLargestUntilAllFactsFit) {
  Metadata facts;
  for (int i = 0; i < 4; ++i) facts.emplace_back("f", std::string(300'000u + unsigned(i), 'x'));
  Event event = event_of(AssetMaterialization{.asset = "a", .metadata = facts});
  EXPECT_EQ(make_storable(event).size(), 1u);
  const auto& kept = event.body.get<AssetMaterialization>().metadata;
  EXPECT_EQ(kept[2], facts[2]);
  EXPECT_LT(kept[3].second.size(), 2000u);
}

TEST(OutgoingEvents, CutsWhatIsTooDeepAndSaysSo) {
  const auto nested = [](std::size_t depth) {
    return MetadataValue::json_text(std::string(depth, '[') + std::string(depth, ']'));
  };
  for (const std::size_t depth : {kMostFactDepth + 1, std::size_t(100'000)}) {
    const auto out = outgoing_events(
        {event_of(StepOutput{.metadata = {{"tree", nested(depth)}, {"flat", 1}}})}, Masker());
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0].body.get<LogMessage>().text,
              "the fact \"tree\" is nested more than 100 levels deep: the beginning of its text "
              "was kept; write it to a file and record the path");
    const auto& facts = out[1].body.get<StepOutput>().metadata;
    EXPECT_TRUE(facts[0].second.as_text().ends_with("[… (cut: more than 100 levels deep)") ||
                depth < kKeptOfLargeText);
    EXPECT_EQ(facts[0].second.kind(), MetadataValue::Kind::Text);
    EXPECT_EQ(facts[1].second, MetadataValue(1));
  }
  Event fits = event_of(StepOutput{.metadata = {{"tree", nested(kMostFactDepth)}}});
  EXPECT_TRUE(make_storable(fits).empty());
  EXPECT_EQ(fits.body.get<StepOutput>().metadata[0].second, nested(kMostFactDepth));
}

TEST(OutgoingEvents, OfVeryManyFactsTheFirstAreKept) {
  Metadata facts;
  for (int i = 0; i < 200'000; ++i) facts.emplace_back("fact", i);
  Event event = event_of(StepOutput{.metadata = facts});
  const auto cuts = make_storable(event);
  ASSERT_EQ(cuts.size(), 1u);
  const auto kept = event.body.get<StepOutput>().metadata.size();
  EXPECT_EQ(cuts[0], "200000 facts have " +
                         format_bytes(200'000 * (4 + MetadataValue(1).size())) +
                         " together, and an event at most 1.0 MiB: the first " +
                         std::to_string(kept) +
                         " were kept; write them to a file and record the path");
  EXPECT_GT(kept, 10'000u);
  EXPECT_TRUE(make_storable(event).empty()) << "once is enough";
}

TEST(OutgoingEvents, BytesThatAreNotTextAreReplacedOnce) {
  Event event = event_of(StepFailure{.error = make_error(ErrorCode::UserException, "a\xff" "b")},
                         "load[\xC3]");
  EXPECT_TRUE(make_storable(event).empty());
  EXPECT_EQ(event.step, "load[\xEF\xBF\xBD]");
  EXPECT_EQ(event.body.get<StepFailure>().error.message, "a\xEF\xBF\xBD" "b");
  Error error = make_error(ErrorCode::Io, "\xED\xA0\x80", "\xff");
  mask_error(error, Masker());
  EXPECT_EQ(error.message, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(error.kind, "\xEF\xBF\xBD");
}

TEST(OutgoingEvents, KeysThatDifferStillDifferWhenTheyAreCut) {
  const std::string large(kMostEventText + 1, 'k');
  Event one = event_of(AssetMaterialization{.asset = "a", .partition = large + "1"});
  Event two = event_of(AssetMaterialization{.asset = "a", .partition = large + "2"});
  EXPECT_EQ(make_storable(one).size() + make_storable(two).size(), 2u);
  EXPECT_NE(one.body.get<AssetMaterialization>().partition,
            two.body.get<AssetMaterialization>().partition);
  EXPECT_LT(one.body.get<AssetMaterialization>().partition.size(), 2000u);
}

TEST(OutgoingEvents, TheConfigOfARunIsNeverCut) {
  const std::string config = "{\"a\":\"" + std::string(kMostEventText, 'x') + "\"}";
  Event event = event_of(RunStarting{.config = config}, "");
  EXPECT_TRUE(make_storable(event).empty());
  EXPECT_EQ(event.body.get<RunStarting>().config, config) << "it is read back to run it again";
}

TEST(OutgoingEvents, CutsMessagesBetweenCharacters) {
  std::string text(kKeptOfLargeText - 1, 'x');
  while (text.size() <= kMostEventText) text += "ä";
  Event event = event_of(LogMessage{"", text});
  EXPECT_EQ(make_storable(event).size(), 1u);
  EXPECT_TRUE(event.body.get<LogMessage>().text.starts_with(
      std::string(kKeptOfLargeText - 1, 'x') + "… (cut: "));
  Event fits = event_of(LogMessage{"", std::string(kMostEventText, 'x')});
  EXPECT_TRUE(make_storable(fits).empty());
}

}  // namespace
}  // namespace penstock
