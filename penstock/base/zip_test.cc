#include "penstock/base/zip.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <isa-l.h>

#include <string>
#include <vector>

#include "penstock/base/inflate.h"

namespace penstock {
namespace {

struct Entry {
  std::string name, data;
  bool deflate = true;
  bool descriptor = false;  ///< sizes and CRC behind the data, zeros in the local header
  bool zip64 = false;       ///< sizes in extra fields, as programs write that do not know them yet
};

std::string little(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += char(value >> (8 * i));
  return bytes;
}

std::string deflated(const std::string& data) {
  std::string packed(data.size() + 1000, '\0');
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  std::string input = data;
  stream.next_in = reinterpret_cast<unsigned char*>(input.data());
  stream.avail_in = std::uint32_t(input.size());
  stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
  stream.avail_out = std::uint32_t(packed.size());
  stream.end_of_stream = 1;
  EXPECT_EQ(isal_deflate_stateless(&stream), COMP_OK);
  packed.resize(stream.total_out);
  return packed;
}

/// The bytes of a zip archive, so that tests can bend each of them.
struct MadeZip {
  std::string bytes;
  std::size_t directory = 0;  ///< where the first directory entry starts
};

MadeZip make_zip(const std::vector<Entry>& entries, const std::string& comment = "") {
  MadeZip zip;
  std::string directory;
  for (const auto& entry : entries) {
    const std::string packed = entry.deflate ? deflated(entry.data) : entry.data;
    const auto crc = detail::crc32(0, entry.data);
    const std::string sizes =
        little(crc, 4) + little(packed.size(), 4) + little(entry.data.size(), 4);
    const std::string common = little(20, 2) + little(entry.descriptor ? 8 : 0, 2) +
                               little(entry.deflate ? 8 : 0, 2) + little(0, 4);
    const std::size_t offset = zip.bytes.size();
    const std::string wide = little(entry.data.size(), 8) + little(packed.size(), 8);
    const std::string local_extra = entry.zip64 ? little(1, 2) + little(16, 2) + wide : "";
    const std::string extra =
        entry.zip64 ? little(0x5455, 2) + little(1, 2) + "t" + little(1, 2) + little(24, 2) + wide +
                          little(offset, 8)
                    : "";
    const std::string in64 = "\xff\xff\xff\xff";
    zip.bytes += "PK\3\4" + common +
                 (entry.descriptor ? std::string(12, '\0')
                  : entry.zip64    ? little(crc, 4) + in64 + in64
                                   : sizes) +
                 little(entry.name.size(), 2) + little(local_extra.size(), 2) + entry.name +
                 local_extra + packed;
    if (entry.descriptor) zip.bytes += "PK\7\10" + sizes;
    directory += "PK\1\2" + little(20, 2) + common +
                 (entry.zip64 ? little(crc, 4) + in64 + in64 : sizes) +
                 little(entry.name.size(), 2) + little(extra.size(), 2) + std::string(10, '\0') +
                 (entry.zip64 ? in64 : little(offset, 4)) + entry.name + extra;
  }
  zip.directory = zip.bytes.size();
  zip.bytes += directory + "PK\5\6" + little(0, 4) + little(entries.size(), 2) +
               little(entries.size(), 2) + little(directory.size(), 4) + little(zip.directory, 4) +
               little(comment.size(), 2) + comment;
  return zip;
}

/// The same archive with zip64 end records, which stand in its file behind `prefix` other bytes.
std::string with_zip64_end(const MadeZip& zip, std::size_t count, std::size_t prefix = 0) {
  const auto end = zip.bytes.size() - 22, size = end - zip.directory;
  return zip.bytes.substr(0, end) + "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) +
         little(0, 8) + little(count, 8) + little(count, 8) + little(size, 8) +
         little(zip.directory, 8) + "PK\6\7" + little(0, 4) + little(end + prefix, 8) +
         little(1, 4) + "PK\5\6" + little(0, 4) + std::string(12, '\xff') + little(0, 2);
}

/// Open and unpack everything: `name=data;` for each member, or the error's message.
std::string unpack(std::string_view bytes, ZipLimits limits = {}) {
  const auto archive = ZipArchive::open(bytes, "x.zip", limits);
  if (!archive.ok()) return "error: " + archive.error().message;
  std::string all;
  for (const auto& member : archive->members()) {
    const auto data = archive->read_member(member);
    if (!data.ok()) return "error: " + data.error().message;
    all += member.name + "=" + *data + ";";
  }
  return all;
}

std::string numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i * 7919 % 10007) + "\n";
  return text;
}

TEST(ZipTest, UnpacksStoredAndDeflatedMembers) {
  const auto zip =
      make_zip({{"a.txt", "hello", false}, {"dir/b.txt", numbers(500)}, {"empty", ""}});
  EXPECT_EQ(unpack(zip.bytes), "a.txt=hello;dir/b.txt=" + numbers(500) + ";empty=;");
}

TEST(ZipTest, TakesSizesFromTheDirectoryWhenTheLocalHeaderHasNone) {
  const auto zip = make_zip({{"a", numbers(100), true, true}, {"b", "stored", false, true}});
  EXPECT_EQ(unpack(zip.bytes), "a=" + numbers(100) + ";b=stored;");
}

TEST(ZipTest, FindsTheDirectoryBeforeAComment) {
  EXPECT_EQ(unpack(make_zip({{"a", "1", false}}, "a comment, PK\5\6 and all").bytes), "a=1;");
  EXPECT_EQ(unpack(make_zip({{"a", "1", false}}, std::string(65535, 'c')).bytes), "a=1;");
  EXPECT_EQ(unpack(make_zip({}).bytes), "");
}

TEST(ZipTest, StreamsInPiecesOfAnySize) {
  const std::string data = numbers(40000);
  const auto zip = make_zip({{"a", data}});
  const auto archive = ZipArchive::open(zip.bytes, "x.zip").value();
  for (const std::size_t step : {1u, 7u, 4096u, 100000u, 1000000u}) {
    auto source = archive.open_member(archive.members()[0]).value();
    std::string got, into(step, '\0');
    while (const std::size_t size = source->read(into).value()) got.append(into, 0, size);
    EXPECT_TRUE(got == data) << step;
  }
}

TEST(ZipTest, ReadsAnInnerArchiveInPlace) {
  const auto inner = make_zip({{"data.csv", numbers(50)}});
  const auto outer = make_zip({{"inner.zip", inner.bytes, false}, {"packed.zip", inner.bytes}});
  const auto archive = ZipArchive::open(outer.bytes, "x.zip").value();
  const auto bytes = archive.stored_bytes(*archive.find("inner.zip")).value();
  EXPECT_EQ(bytes.data(), outer.bytes.data() + archive.find("inner.zip")->offset);
  EXPECT_EQ(unpack(bytes), "data.csv=" + numbers(50) + ";");
  EXPECT_EQ(archive.stored_bytes(*archive.find("packed.zip")).error().message,
            "x.zip: member \"packed.zip\" is deflated; read_member() unpacks it");
  EXPECT_EQ(unpack(archive.read_member(*archive.find("packed.zip")).value()),
            "data.csv=" + numbers(50) + ";");
  EXPECT_EQ(archive.find("nothing"), nullptr);
}

TEST(ZipTest, RefusesNamesThatLeaveTheArchive) {
  const auto error_for = [](const std::string& name) {
    return unpack(make_zip({{name, "1", false}}).bytes);
  };
  EXPECT_EQ(error_for("../x.csv"), "error: x.zip: member \"../x.csv\" would leave the archive");
  EXPECT_EQ(error_for("a/../../x"), "error: x.zip: member \"a/../../x\" would leave the archive");
  EXPECT_EQ(error_for("/etc/x"), "error: x.zip: member \"/etc/x\" would leave the archive");
  EXPECT_EQ(error_for("a\\b"),
            "error: x.zip: member \"a\\\\b\" has a forbidden character in its name");
  EXPECT_EQ(error_for(std::string("a\0b", 3)),
            "error: x.zip: member \"a\\u0000b\" has a forbidden character in its name");
  EXPECT_EQ(error_for(""), "error: x.zip: member \"\" has no name");
  EXPECT_EQ(error_for("..x/y.."), "..x/y..=1;");
}

TEST(ZipTest, NamesWhatItDoesNotRead) {
  auto zip = make_zip({{"a", "1", false}});
  auto encrypted = zip.bytes;
  encrypted[zip.directory + 8] = 1;
  EXPECT_EQ(unpack(encrypted), "error: x.zip: member \"a\" is encrypted");
  auto lzma = zip.bytes;
  lzma[zip.directory + 10] = 14;
  EXPECT_EQ(unpack(lzma),
            "error: x.zip: member \"a\" is packed by method 14; expected stored or deflate");
  auto split = zip.bytes;
  split[zip.bytes.size() - 18] = 1;
  EXPECT_EQ(unpack(split), "error: x.zip: one part of a split archive");
}

TEST(ZipTest, NamesWhatIsDamaged) {
  const auto zip = make_zip({{"a", numbers(100)}, {"b", "stored", false}});
  EXPECT_EQ(unpack("no zip at all"),
            "error: x.zip: no directory at its end; it is truncated or not a zip archive");
  EXPECT_EQ(unpack(zip.bytes.substr(0, zip.bytes.size() / 2)),
            "error: x.zip: no directory at its end; it is truncated or not a zip archive");
  auto count = zip.bytes;
  count.replace(count.size() - 14, 4, little(60000, 2) + little(60000, 2));
  EXPECT_EQ(unpack(count), "error: x.zip: a directory of 94 bytes cannot list 60000 members");
  auto content = zip.bytes;
  content[content.find("stored")] = 'S';
  EXPECT_TRUE(unpack(content).starts_with("error: x.zip: member \"b\": crc-32 is "))
      << unpack(content);
  auto size = zip.bytes;
  size[zip.directory + 24] = char(size[zip.directory + 24] + 1);
  EXPECT_EQ(unpack(size), "error: x.zip: member \"a\": holds 488 bytes, expected 489");
  EXPECT_EQ(ZipArchive::open("", "x.zip").error().kind, "archive_damaged");
}

TEST(ZipTest, ReadsZip64) {
  const std::vector<Entry> entries = {{"a", numbers(100), true, false, true},
                                      {"b", "stored", false, false, true},
                                      {"c", numbers(7), true, true, true}};
  const auto content = "a=" + numbers(100) + ";b=stored;c=" + numbers(7) + ";";
  const auto zip = make_zip(entries);
  EXPECT_EQ(unpack(zip.bytes), content);
  EXPECT_EQ(unpack(with_zip64_end(zip, 3)), content);
  EXPECT_EQ(unpack(with_zip64_end(make_zip({}), 0)), "");
  const std::string program = "#!/bin/sh\n";
  EXPECT_EQ(unpack(program + with_zip64_end(zip, 3)), content);
  EXPECT_EQ(unpack(program + with_zip64_end(zip, 3, program.size())), content);
  EXPECT_EQ(unpack(with_zip64_end(zip, 4)),
            "error: x.zip: its directory is damaged");
  auto short_field = zip.bytes;
  const auto field = short_field.rfind(little(1, 2) + little(24, 2));
  short_field.replace(field + 2, 2, little(20, 2));
  EXPECT_EQ(unpack(short_field), "error: x.zip: member \"c\" has a damaged zip64 field");
}

TEST(ZipTest, ReadsWhatStandsBehindOtherBytesOrBeforeThem) {
  const auto zip = make_zip({{"a", numbers(100)}, {"b", "stored", false}}, "a comment");
  const auto content = unpack(zip.bytes);
  const std::string program(5000, '#');
  EXPECT_EQ(unpack(program + zip.bytes), content);
  EXPECT_EQ(unpack(zip.bytes + std::string(512, '\0')), content);
  EXPECT_EQ(unpack(program + zip.bytes + "\n"), content);
  EXPECT_EQ(unpack(zip.bytes + std::string(100, '\0'), {.max_trailing_bytes = 50}),
            "error: x.zip: no directory at its end; it is truncated or not a zip archive");
  // What follows looks like an end record, but points nowhere.
  EXPECT_EQ(unpack(zip.bytes + "PK\5\6" + std::string(17, '\1') + "more"), content);
}

TEST(ZipTest, ATruncatedArchiveIsNotTheOneInsideOfIt) {
  const auto inner = make_zip({{"a", numbers(50)}}, "a comment");
  const auto zip = make_zip({{"i.zip", inner.bytes, false}, {"j.zip", inner.bytes, false}});
  for (std::size_t size = 0; size < zip.bytes.size(); ++size)
    EXPECT_EQ(unpack(zip.bytes.substr(0, size)),
              "error: x.zip: no directory at its end; it is truncated or not a zip archive")
        << size;
}

TEST(ZipTest, AMemberIsRefusedByItself) {
  const auto zip = make_zip({{"a", "one", false}, {"b", "two", false}, {"../c", "3", false}});
  auto bytes = zip.bytes;
  bytes[zip.directory + 8] = 1;
  const auto archive = ZipArchive::open(bytes, "x.zip").value();
  EXPECT_EQ(archive.find("a")->refused, "is encrypted");
  EXPECT_EQ(archive.stored_bytes(*archive.find("a")).error().message,
            "x.zip: member \"a\" is encrypted");
  EXPECT_EQ(archive.read_member(*archive.find("b")).value(), "two");
  EXPECT_EQ(archive.read_member(*archive.find("../c")).error().message,
            "x.zip: member \"../c\" would leave the archive");
}

TEST(ZipTest, RefusesMembersThatShareBytesOrNames) {
  const auto zip = make_zip({{"a", "one", false}, {"b", "two", false}});
  auto shared = zip.bytes;
  // Both entries of the directory describe the first member.
  const std::string first = shared.substr(zip.directory, 47);
  shared.replace(zip.directory + 47, 47, first);
  EXPECT_EQ(unpack(shared), "error: x.zip: member \"a\" overlaps another member");
  EXPECT_EQ(unpack(make_zip({{"a", "1", false}, {"a", "2", false}}).bytes),
            "error: x.zip: member \"a\" is listed twice");
}

TEST(ZipTest, StopsArchivesThatUnpackToTooMuch) {
  const auto zip = make_zip({{"zeros", std::string(std::size_t(4) << 20, '\0')}});
  EXPECT_EQ(unpack(zip.bytes).size(), (std::size_t(4) << 20) + 7);  // small, whatever its ratio
  EXPECT_EQ(unpack(zip.bytes, {.free_member_bytes = 1000}),
            "error: x.zip: member \"zeros\": would unpack to 4.0 MiB, more than 200 times its "
            "packed size (max_ratio)");
  EXPECT_EQ(unpack(zip.bytes, {.max_member_bytes = 1000}),
            "error: x.zip: member \"zeros\": would unpack to 4.0 MiB, more than the limit of "
            "1000 B (max_member_bytes)");
  EXPECT_EQ(unpack(zip.bytes, {.max_ratio = 2000, .free_member_bytes = 1000}).size(),
            (std::size_t(4) << 20) + 7);
  EXPECT_EQ(unpack(make_zip({{"a", "1"}, {"b", "2"}}).bytes, {.max_members = 1}),
            "error: x.zip: lists 2 members, more than the limit of 1 (max_members)");
  auto lies = zip.bytes;  // the directory promises 1000 bytes of the 4 MiB
  lies.replace(zip.directory + 24, 4, little(1000, 4));
  EXPECT_EQ(unpack(lies), "error: x.zip: member \"zeros\": holds more than 1000 bytes");
}

/// Every damaged form must be refused, or give the very content: never a crash or other content.
void expect_safe(const std::string& bytes, const std::string& content, const std::string& what) {
  // An own allocation of just this size, so that a sanitizer sees a read past its end.
  const std::vector<char> exact(bytes.begin(), bytes.end());
  const std::string got = unpack({exact.data(), exact.size()});
  EXPECT_TRUE(got == content || got.starts_with("error: x.zip: ")) << what << ": " << got;
}

TEST(ZipTest, SurvivesEveryFlippedBitAndEveryTruncation) {
  const auto zip =
      make_zip({{"a", numbers(60)}, {"b", "stored", false}, {"c", numbers(20), true, true}});
  const std::string content = unpack(zip.bytes);
  ASSERT_FALSE(content.starts_with("error"));
  for (std::size_t at = 0; at < zip.bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bent = zip.bytes;
      bent[at] = char(bent[at] ^ (1 << bit));
      expect_safe(bent, content, fmt::format("bit {} of byte {}", bit, at));
    }
    auto filled = zip.bytes;
    filled[at] = '\xff';
    expect_safe(filled, content, fmt::format("byte {} set to ff", at));
    const std::string shorter = zip.bytes.substr(0, at);
    EXPECT_TRUE(unpack(shorter).starts_with("error: x.zip: ")) << "first " << at << " bytes";
  }
}

}  // namespace
}  // namespace penstock
