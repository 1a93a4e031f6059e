#include "penstock/event/outgoing_event.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(cut_event(event).size(), 1u);
  const auto& kept = event.body.get<AssetMaterialization>().metadata;
  EXPECT_EQ(kept[2], facts[2]);
  EXPECT_LT(kept[3].second.size(), 2000u);
}

TEST(OutgoingEvents, CutsMessagesBetweenCharacters) {
  std::string text(kKeptOfLargeText - 1, 'x');
  while (text.size() <= kMostEventText) text += "ä";
  Event event = event_of(LogMessage{"", text});
  EXPECT_EQ(cut_event(event).size(), 1u);
  EXPECT_TRUE(event.body.get<LogMessage>().text.starts_with(
      std::string(kKeptOfLargeText - 1, 'x') + "… (cut: "));
  Event fits = event_of(LogMessage{"", std::string(kMostEventText, 'x')});
  EXPECT_TRUE(cut_event(fits).empty());
}

}  // namespace
}  // namespace penstock
