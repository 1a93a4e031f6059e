#include "penstock/run/logs/captured_stream.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "penstock/base/files.h"
#include "penstock/base/gzip.h"
#include "penstock/base/utf8.h"
#include "penstock/run/logs/captured_file.h"
#include "penstock/run/logs/captured_format.h"

namespace penstock {
namespace {

class CapturedStreamTest : public ::testing::Test {
 protected:
  CapturedStreamTest() {
    std::string folder = ::testing::TempDir() + "/captured-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
  }
  ~CapturedStreamTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> lines(std::int64_t from = 0) const {
    std::vector<std::string> all;
    const auto read = read_captured(folder_ / "s.gz", from, [&](std::int64_t, auto line) {
      all.emplace_back(line);
      return true;
    });
    EXPECT_TRUE(read.ok());
    return all;
  }
  /// The lines since the last call.
  std::vector<std::string> open_lines() {
    std::vector<std::string> all;
    EXPECT_TRUE(read_open(folder_, "s", position_, [&](std::int64_t, auto line) {
                  all.emplace_back(line);
                  return true;
                }).ok());
    return all;
  }
  CapturedFile must(Result<std::optional<CapturedFile>> closed) const {
    EXPECT_TRUE(closed.ok() && *closed);
    return **closed;
  }

  std::filesystem::path folder_;
  LogOptions options_;
  TailPosition position_;
};

using Lines = std::vector<std::string>;

TEST(LineCleaner, KeepsTheLastStateOfEachLine) {
  const std::string text =
      "plain\nwindows\r\n10 %\r50 %\r100 %\nempty\r\r\n\n   \rover\rwritten\r\nrest\r";
  const Lines expected{"plain", "windows", "100 %", "empty", "", "written", "rest"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    Lines lines;
    LineCleaner cleaner([&](std::string_view line) { lines.emplace_back(line); });
    for (std::size_t at = 0; at < text.size(); at += piece)
      cleaner.add(std::string_view(text).substr(at, piece));
    cleaner.finish();
    EXPECT_EQ(lines, expected) << "in pieces of " << piece;
  }
}

TEST(LineCleaner, CutsLongLinesBetweenCharacters) {
  const std::string character = "🌍";  // of 4 bytes
  for (std::size_t before = 0; before < 4; ++before) {
    for (const std::size_t piece : {std::size_t(1), std::size_t(4096), std::size_t(1) << 20}) {
      std::string text(before, 'x');
      while (text.size() < 3 * LineCleaner::kLongest) text += character;
      std::vector<std::string> lines;
      LineCleaner cleaner([&](std::string_view line) { lines.emplace_back(line); });
      for (std::size_t at = 0; at < text.size(); at += piece) cleaner.add(text.substr(at, piece));
      cleaner.add("\nnext\n");
      cleaner.finish();
      ASSERT_GE(lines.size(), 4u);
      EXPECT_EQ(lines.back(), "next");
      lines.pop_back();
      std::string joined;
      for (const auto& line : lines) {
        EXPECT_TRUE(is_utf8(line)) << before;
        EXPECT_LE(line.size(), LineCleaner::kLongest);
        joined += line;
      }
      EXPECT_EQ(joined, text) << "nothing is lost";
    }
  }
}

TEST(LineCleaner, CutsLinesThatDoNotEnd) {
  Lines lines;
  LineCleaner cleaner([&](std::string_view line) { lines.emplace_back(line); });
  cleaner.add(std::string(2 * LineCleaner::kLongest + 5, 'x'));
  for (int i = 0; i < 100'000; ++i) cleaner.add("\rstate " + std::to_string(i));
  cleaner.finish();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].size(), LineCleaner::kLongest);
  EXPECT_EQ(lines[2], "state 99999");
}

TEST_F(CapturedStreamTest, PacksWhatWasWritten) {
  CapturedStream stream(folder_ / "s", options_);
  stream.write("one\ntwo\nth");
  EXPECT_EQ(open_lines(), (Lines{"one", "two"}));  // as it comes
  EXPECT_EQ(open_lines(), Lines());
  stream.write("ree");
  EXPECT_EQ(open_lines(), Lines()) << "not before the line is whole";
  const auto kept = must(stream.close());
  EXPECT_EQ(kept.bytes, 13);
  EXPECT_EQ(kept.lines, 3);
  EXPECT_FALSE(kept.truncated);
  EXPECT_EQ(open_lines(), Lines{"three"}) << "goes on in the packed file";
  EXPECT_EQ(lines(), (Lines{"one", "two", "three"}));
  EXPECT_EQ(lines(2), (Lines{"three"}));
  EXPECT_EQ(captured_names(folder_), Lines{"s"});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(CapturedStreamTest, MakesNoFileOfNothing) {
  CapturedStream stream(folder_ / "s", options_);
  const auto closed = stream.close();
  ASSERT_TRUE(closed.ok());
  EXPECT_FALSE(*closed);
  EXPECT_TRUE(captured_names(folder_).empty());
}

TEST_F(CapturedStreamTest, FindsLinesByTheirIndex) {
  options_.limit = 16 * 1024 * 1024;
  CapturedStream stream(folder_ / "s", options_);
  const std::string filler(90, '.');
  for (int i = 0; i < 50'000; ++i) stream.write(std::to_string(i) + filler + "\n");
  EXPECT_EQ(must(stream.close()).lines, 50'000);
  EXPECT_EQ(lines().size(), 50'000u);
  EXPECT_EQ(lines(49'998), (Lines{"49998" + filler, "49999" + filler}));
}

TEST_F(CapturedStreamTest, KeepsHeadAndTailOfTooMuch) {
  options_.limit = 800;  // segments of 100 bytes: ten lines
  CapturedStream stream(folder_ / "s", options_);
  for (int i = 0; i < 1000; ++i) stream.write("line " + std::to_string(1000 + i) + "\n");
  const auto kept = must(stream.close());
  EXPECT_TRUE(kept.truncated);
  EXPECT_EQ(kept.lines, 1000);
  EXPECT_EQ(kept.bytes, 10'000);
  const auto all = lines();
  ASSERT_EQ(all.size(), 81u);
  EXPECT_EQ(all[39], "line 1039");
  EXPECT_EQ(all[40], "… output of 9.8 KiB in all: the lines from here to line 960 were left out …");
  EXPECT_EQ(all[41], "line 1960");
  EXPECT_EQ(lines(999), Lines{"line 1999"});  // numbers go on behind the gap
}

TEST_F(CapturedStreamTest, IsFollowedOverItsSegments) {
  options_.limit = 800;
  CapturedStream stream(folder_ / "s", options_);
  Lines seen;
  for (int i = 0; i < 200; ++i) {
    stream.write("line " + std::to_string(1000 + i) + "\n");
    if (i % 7 == 0)
      for (const auto& line : open_lines()) seen.push_back(line);
  }
  must(stream.close());
  for (const auto& line : open_lines()) seen.push_back(line);
  ASSERT_EQ(seen.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(seen[i], "line " + std::to_string(1000 + i));
}

TEST_F(CapturedStreamTest, TakesSecretsOut) {
  const Masker masker({"password"});
  options_.masker = &masker;
  CapturedStream stream(folder_ / "s", options_);
  stream.write("pass");
  stream.write("word\nplain\n");
  EXPECT_EQ(open_lines(), (Lines{"****", "plain"}));
  must(stream.close());
  EXPECT_EQ(lines(), (Lines{"****", "plain"}));
}

TEST_F(CapturedStreamTest, TellsOfDamagedAndLostFiles) {
  CapturedStream stream(folder_ / "s", options_);
  stream.write("text\n");
  must(stream.close());
  const auto ignore = [](std::int64_t, std::string_view) { return true; };
  auto bytes = *read_file(folder_ / "s.gz");
  bytes[12] = char(~bytes[12]);
  ASSERT_TRUE(write_file_atomically(folder_ / "s.gz", bytes).ok());
  const auto damaged = read_captured(folder_ / "s.gz", 0, ignore);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, ErrorCode::Corrupt);
  ASSERT_TRUE(write_file_atomically(folder_ / "s.gz", "short").ok());
  const auto cut = read_captured(folder_ / "s.gz", 0, ignore);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().message, "it does not end with an index of its lines");
  const auto gone = read_captured(folder_ / "t.gz", 0, ignore);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, ErrorCode::NotFound);
}

TEST(CapturedFormat, NamesAreSafeAndShort) {
  EXPECT_EQ(captured_name("load[ID 2017]", 1, OutputStream::Err), "load%5BID%202017%5D.1.stderr");
  const auto name = captured_name(std::string(1000, 'x'), 0, OutputStream::Out);
  EXPECT_LT(name.size(), 220u);
  EXPECT_NE(name, captured_name(std::string(1001, 'x'), 0, OutputStream::Out));
  const auto parts = parse_segment_name(segment_name("a.0.stdout", 7, 1234));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->name, "a.0.stdout");
  EXPECT_EQ(parts->number, 7);
  EXPECT_EQ(parts->first_line, 1234);
  EXPECT_FALSE(parse_segment_name("a.0.stdout.gz"));
}

}  // namespace
}  // namespace penstock
