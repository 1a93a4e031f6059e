// Runs every scenario of this folder. PENSTOCK_UPDATE=1 writes what happened into the files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/scenarios/scenario.h"

namespace penstock::scenario {
namespace {

constexpr std::string_view kSeparator = "\n----\n";

std::filesystem::path folder() {
  const char* source = std::getenv("PENSTOCK_SOURCE_DIR");
  return std::filesystem::path(source ? source : ".") / "tests" / "scenarios";
}

std::vector<std::filesystem::path> scenarios() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder()))
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Result<std::string> found_in(const std::string& source) {
  const auto scenario = PENSTOCK_TRY(parse(source));
  return play(scenario);
}

TEST(Scenarios, HappenAsWritten) {
  const auto files = scenarios();
  ASSERT_GE(files.size(), 20u);
  for (const auto& path : files) {
    const auto text = read(path);
    const auto at = text.find(kSeparator);
    const auto source = text.substr(0, at);
    const auto expected = at == std::string::npos ? "" : text.substr(at + kSeparator.size());
    const auto found = found_in(source);
    ASSERT_TRUE(found.ok()) << path.filename() << ": " << found.error().to_string();
    if (*found == expected) continue;
    if (std::getenv("PENSTOCK_UPDATE")) {
      std::ofstream(path) << source << kSeparator << *found;
      continue;
    }
    ADD_FAILURE() << path.filename() << " went another way (- expected, + found):\n"
                  << line_diff(expected, *found)
                  << "if this is as it shall be: PENSTOCK_UPDATE=1 ctest -R scenarios_suite_test";
  }
}

TEST(Scenarios, SayWhatIsWrongWithThem) {
  const auto error_of = [](const std::string& text) { return parse(text).error().to_string(); };
  EXPECT_NE(error_of("slots 1\nstep b a").find("no step before this line gives \"a\""),
            std::string::npos);
  EXPECT_NE(error_of("slots 1\nstep b a").find("line 2"), std::string::npos);
  EXPECT_NE(error_of("stop a").find("\"stop\" begins no line"), std::string::npos);
  EXPECT_NE(error_of("step a retries x").find("\"x\" is no number"), std::string::npos);
  EXPECT_NE(error_of("step a rule some").find("\"some\" is none"), std::string::npos);
  EXPECT_NE(error_of("play a sings").find("\"sings\" says nothing"), std::string::npos);
}

TEST(Scenarios, DiffsShowWhatIsNew) {
  EXPECT_EQ(line_diff("a\nb\nc\n", "a\nx\nc\n"), "  a\n- b\n+ x\n  c\n");
  EXPECT_EQ(line_diff("", "a\n"), "+ a\n");
}

}  // namespace
}  // namespace penstock::scenario
