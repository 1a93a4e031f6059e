#include "pipelines/cems/datastore.h"

#include <gtest/gtest.h>

#include <penstock/base/md5.h>

#include "pipelines/cems/test_support.h"

namespace cems {
namespace {

using testing::TempFolder;
using testing::zip_of;

std::string month_zip(const std::string& stem, const std::string& csv) {
  return zip_of({{stem + ".csv", csv}});
}

/// An archive of 2017 ID whose months have one idle hour each.
std::string archive_of(const std::vector<std::string>& months) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& month : months)
    members.emplace_back(
        "2017id" + month + ".zip",
        month_zip("2017id" + month, testing::monthly_csv({{.date = month + "-01-2017"}})));
  return zip_of(members);
}

/// A folder with one archive, described as `described` is.
class OneArchive {
 public:
  explicit OneArchive(const std::string& bytes) : OneArchive(bytes, bytes) {}
  OneArchive(const std::string& bytes, const std::string& described) {
    const auto descriptor =
        "{\"resources\": [{\"name\": \"a.zip\", \"path\": \"a.zip\", \"bytes\": " +
        std::to_string(described.size()) + ", \"hash\": \"" + penstock::md5_hex(described) +
        "\", \"parts\": {\"year\": 2017, \"state\": \"id\"}}]}";
    penstock::write_file_atomically(folder_.path() / "a.zip", bytes).value();
    penstock::write_file_atomically(folder_.path() / "datapackage.json", descriptor).value();
  }
  penstock::Result<Archive> open() const {
    return Datastore::open(folder_.path()).value().open_archive({2017, "ID"});
  }
  penstock::Result<RawHours> extract(Missing missing = Missing::Skip) const {
    return extract_hours(Datastore::open(folder_.path()).value(), {2017, "ID"},
                         {.missing_months = missing});
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

TEST(Datastore, ComparesSizeThenMd5) {
  const auto good = archive_of({"01"});
  auto flipped = good;
  flipped[flipped.size() / 2] = char(flipped[flipped.size() / 2] ^ 1);
  const auto wrong = OneArchive(flipped, good).open();
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind, "checksum_mismatch");
  EXPECT_EQ(wrong.error().message, "a.zip: md5 is " + penstock::md5_hex(flipped) + ", expected " +
                                       penstock::md5_hex(good));
  const auto cut = OneArchive(good.substr(0, 100), good).open();
  EXPECT_EQ(cut.error().kind, "checksum_mismatch");
  EXPECT_EQ(cut.error().message, "a.zip: has 100 bytes, expected " + std::to_string(good.size()));
}

TEST(Datastore, VerifiesAFileOnce) {
  const OneArchive archive(archive_of({"01"}));
  const auto store = Datastore::open(archive.path()).value();
  EXPECT_TRUE(store.open_archive({2017, "ID"}).ok());
  penstock::write_file_atomically(archive.path() / "a.zip", archive_of({"02"})).value();
  EXPECT_TRUE(store.open_archive({2017, "ID"}).ok());
  EXPECT_FALSE(Datastore::open(archive.path()).value().open_archive({2017, "ID"}).ok());
}

TEST(Datastore, NamesAMissingDescriptor) {
  const TempFolder empty;
  EXPECT_NE(Datastore::open(empty.path()).error().to_string().find("datapackage.json"),
            std::string::npos);
}

TEST(Archive, ListsMonthsInOrderWhateverTheMembersOrder) {
  const auto archive = OneArchive(archive_of({"03", "01", "02"})).open().value();
  ASSERT_EQ(archive.files().size(), 3u);
  EXPECT_EQ(archive.files()[0].csv_name, "2017id01.csv");
  EXPECT_EQ(archive.files()[2].month, 3);
  EXPECT_EQ(archive.missing_months().size(), 9u);
}

TEST(Archive, SaysWhichMonthsItLacks) {
  const OneArchive archive(
      archive_of({"01", "02", "03", "04", "05", "06", "07", "08", "09", "10"}));
  const auto strict = archive.extract(Missing::Error);
  ASSERT_FALSE(strict.ok());
  EXPECT_EQ(strict.error().kind, "month_missing");
  EXPECT_EQ(strict.error().message, "a.zip lacks months 11, 12; it has 01 to 10");
  const auto raw = archive.extract(Missing::Skip).value();
  EXPECT_EQ(raw.rows, 10);
  EXPECT_FALSE(raw.is_complete());
  EXPECT_EQ(raw.warnings, std::vector<std::string>{"a.zip lacks months 11, 12; it has 01 to 10"});
}

TEST(Archive, WarnsAboutOtherMembers) {
  const auto csv = testing::monthly_csv({{}});
  const OneArchive archive(
      zip_of({{"2017id01.zip", month_zip("2017id01", csv)}, {"readme.txt", "x"}}));
  const auto raw = archive.extract().value();
  EXPECT_EQ(raw.warnings.back(),
            "a.zip: member \"readme.txt\" is no month of year=2017, state=id; ignored");
  EXPECT_EQ(raw.rows, 1);
}

TEST(Archive, ReportsDamageByMember) {
  const auto inner = OneArchive(zip_of({{"2017id03.zip", "no zip at all"}})).open();
  ASSERT_FALSE(inner.ok());
  EXPECT_EQ(inner.error().kind, "archive_damaged");
  EXPECT_TRUE(inner.error().message.starts_with("a.zip: 2017id03.zip: ")) << inner.error().message;
  const auto two =
      OneArchive(zip_of({{"2017id03.zip", zip_of({{"2017id03.csv", ""}, {"x", ""}})}})).open();
  EXPECT_EQ(two.error().message, "a.zip: 2017id03.zip: has 2 members; expected only 2017id03.csv");
  const auto outside = OneArchive(zip_of({{"../2017id03.zip", "x"}})).open();
  EXPECT_EQ(outside->missing_months().size(), 12u);
  EXPECT_EQ(outside->other_members(), std::vector<std::string>{"../2017id03.zip"});
}

TEST(Archive, NoticesADamagedMemberThatTheDescriptorAgreesWith) {
  auto bytes = archive_of({"01"});
  bytes[bytes.find("A, B")] = 'Z';
  const auto raw = OneArchive(bytes).extract();
  ASSERT_FALSE(raw.ok());
  EXPECT_EQ(raw.error().kind, "archive_damaged");
  EXPECT_TRUE(raw.error().message.starts_with("a.zip: 2017id01.zip: ")) << raw.error().message;
}

TEST(Archive, RefusesAMemberThatClaimsToUnpackToFarMore) {
  auto bytes = archive_of({"01"});
  // Method 8 and 512 MiB, in the directory and in the member's own header.
  const auto directory = bytes.rfind("PK\1\2");
  for (const auto& [method, size] :
       {std::pair{directory + 10, directory + 24}, {std::size_t(8), std::size_t(22)}}) {
    bytes[method] = 8;
    bytes.replace(size, 4, std::string("\0\0\0\x20", 4));
  }
  const auto raw = OneArchive(bytes).extract();
  ASSERT_FALSE(raw.ok());
  EXPECT_EQ(raw.error().kind, "archive_damaged");
  EXPECT_TRUE(raw.error().message.starts_with("a.zip: 2017id01.zip: ")) << raw.error().message;
}

TEST(Archive, HoldsQuartersOfAllStates) {
  const TempFolder folder;
  const auto zip = zip_of(
      {{"epacems-2020q3.csv", "unread"},
       {"epacems-2020q4.csv", testing::monthly_csv({{.date = "10-01-2020", .state = "WA"},
                                                    {.date = "12-31-2020", .state = "OR"}})}});
  penstock::write_file_atomically(folder.path() / "q.zip", zip).value();
  penstock::write_file_atomically(
      folder.path() / "datapackage.json",
      "{\"resources\": [{\"name\": \"q.zip\", \"path\": \"q.zip\", \"bytes\": " +
          std::to_string(zip.size()) + ", \"hash\": \"" + penstock::md5_hex(zip) +
          "\", \"parts\": {\"year_quarter\": [\"2020q3\", \"2020q4\", \"2021q1\"]}}]}")
      .value();
  const auto store = Datastore::open(folder.path()).value();
  const auto raw = extract_hours(store, {2020, "", 4}, {}).value();
  EXPECT_EQ(raw.rows, 2);
  EXPECT_TRUE(raw.is_complete());
  EXPECT_EQ(raw.units[1].state, "OR");
  EXPECT_EQ(store.open_archive({2021, "", 1}).error().message,
            "q.zip: has no member epacems-2021q1.csv");
}

TEST(Archive, NoticesATruncatedArchive) {
  const auto bytes = archive_of({"01", "02"});
  for (const auto size : {std::size_t(0), std::size_t(10), bytes.size() / 2, bytes.size() - 1}) {
    const auto cut = OneArchive(bytes.substr(0, size)).open();
    ASSERT_FALSE(cut.ok()) << size;
    EXPECT_EQ(cut.error().kind, "archive_damaged") << size;
  }
}

}  // namespace
}  // namespace cems
