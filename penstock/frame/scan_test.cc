#include "penstock/frame/scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace penstock {
namespace {

/// Everything a scan tells, in comparable form.
struct Found {
  std::vector<std::uint32_t> positions;
  std::size_t rows = 0;
  bool open_quote = false, doubled_quotes = false, quoted_lines = false, misplaced_quote = false,
       non_ascii = false;
  friend bool operator==(const Found&, const Found&) = default;
};

std::ostream& operator<<(std::ostream& out, const Found& found) {
  for (const auto position : found.positions) out << position << " ";
  return out << "rows " << found.rows << " open " << found.open_quote << " doubled "
             << found.doubled_quotes << " lines " << found.quoted_lines << " misplaced "
             << found.misplaced_quote << " high " << found.non_ascii;
}

Found scanned(ScanKernel kernel, std::string_view text) {
  const std::string padded = std::string(text) + std::string(kScanPadding, '"');
  std::vector<std::uint32_t> positions(text.size() + 8);
  ScanIndex index;
  index.positions = positions.data();
  scan(kernel, padded.data(), text.size(), index);
  positions.resize(index.count);
  return {positions,          index.rows,
          index.open_quote,   index.doubled_quotes,
          index.quoted_lines, index.misplaced_quote,
          index.non_ascii};
}

/// The same one byte at a time, in the words of RFC 4180.
Found walked(std::string_view text) {
  enum class At { CellStart, Bare, Quoted, Closed, ClosedReturn } at = At::CellStart;
  Found found;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool separator = !inside && (c == ',' || c == '\n');
    found.non_ascii |= c < 0;
    if (at == At::ClosedReturn && c != '\n') found.misplaced_quote = true;
    if (at == At::Closed && c != '"' && c != '\r' && !separator) found.misplaced_quote = true;
    if (separator) {
      found.positions.push_back(std::uint32_t(i));
      found.rows += c == '\n';
      at = At::CellStart;
    } else if (c == '"') {
      if (!inside && at == At::Closed) found.doubled_quotes = true;
      if (!inside && at != At::Closed && at != At::CellStart) found.misplaced_quote = true;
      inside = !inside;
      at = inside ? At::Quoted : At::Closed;
    } else if (inside) {
      found.quoted_lines |= c == '\n';
    } else {
      at = at == At::Closed && c == '\r' ? At::ClosedReturn : At::Bare;
    }
  }
  found.open_quote = inside;
  return found;
}

std::vector<ScanKernel> kernels() {
  std::vector<ScanKernel> all = {ScanKernel::Portable};
  if (is_supported(ScanKernel::Avx2)) all.push_back(ScanKernel::Avx2);
  return all;
}

void expect_same(std::string_view text) {
  const Found expected = walked(text);
  for (const auto kernel : kernels())
    ASSERT_EQ(scanned(kernel, text), expected) << "kernel " << int(kernel) << " on: " << text;
}

TEST(ScanTest, FindsSeparatorsOutsideOfQuotes) {
  const auto found = scanned(best_scan_kernel(), "a,\"b,c\"\r\n\"d\ne\",\"f\"\"g\"\n");
  EXPECT_EQ(found.positions, (std::vector<std::uint32_t>{1, 8, 14, 21}));
  EXPECT_EQ(found.rows, 2u);
  EXPECT_TRUE(found.doubled_quotes);
  EXPECT_TRUE(found.quoted_lines);
  EXPECT_FALSE(found.misplaced_quote);
  EXPECT_FALSE(found.open_quote);
  EXPECT_FALSE(found.non_ascii);
}

TEST(ScanTest, SeesMisplacedQuotes) {
  for (const char* text :
       {"a\"b\"\n", "\"a\"b\n", "\"a\" ,b\n", "\"a\"\rb\n", " \"a\"\n", "\"\"a\"\n"})
    for (const auto kernel : kernels()) EXPECT_TRUE(scanned(kernel, text).misplaced_quote) << text;
  for (const char* text : {"\"\"\"\"\n", "\"\",\"\"\r\n", "\"a\"\"\"\n", "\"a\"", "\"a\"\r", "\"a"})
    for (const auto kernel : kernels()) EXPECT_FALSE(scanned(kernel, text).misplaced_quote) << text;
}

TEST(ScanTest, DoesNotLookBehindTheText) {
  for (std::size_t size = 0; size < 200; ++size) expect_same(std::string(size, ','));
}

TEST(ScanTest, KernelsAgreeWithAWalkOverTheBytes) {
  std::mt19937 random(20170101);
  const std::string_view mixes[] = {
      "\",\n",         "\",\n\ra",     "\",\n\rab1.", ",,,,\"\n", "aaaaaaaaaaaaaaaa\",\n",
      "\"\"\"\",\r\n", "\xc3\xa9,\"\n"};
  for (int round = 0; round < 6000; ++round) {
    const std::string_view letters = mixes[std::size_t(round) % std::size(mixes)];
    std::string text(random() % 300, ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    expect_same(text);
    if (HasFatalFailure()) return;
  }
}

TEST(ScanTest, KernelsAgreeOnProperRows) {
  std::mt19937 random(4180);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (int row = 0; row < 20; ++row) {
      for (int cell = 0; cell < 5; ++cell) {
        if (cell > 0) text += ',';
        const std::string_view kinds[] = {
            "", "\"\"", "12.5", "\"a, b\"", "\"say \"\"no\"\"\"", "\"x\ny\""};
        text += kinds[random() % std::size(kinds)];
      }
      text += random() % 2 ? "\r\n" : "\n";
    }
    expect_same(text);
    if (HasFatalFailure()) return;
    EXPECT_FALSE(walked(text).misplaced_quote) << text;
    EXPECT_EQ(walked(text).positions.size(), 100u);
  }
}

}  // namespace
}  // namespace penstock
