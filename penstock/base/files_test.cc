#include "penstock/base/files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>

namespace penstock {
namespace {

namespace fs = std::filesystem;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() : folder_((fs::temp_directory_path() / "penstock-files-XXXXXX").string()) {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  ~FilesTest() override { fs::remove_all(folder_); }

  fs::path at(const std::string& name) const { return fs::path(folder_) / name; }
  void put(const std::string& name) const { std::ofstream(at(name)) << "half"; }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_))
      found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
  }

  std::string folder_;
};

TEST_F(FilesTest, AppearsOnCommitAndNotBefore) {
  auto file = AtomicFile::open(at("a")).value();
  ASSERT_TRUE(file.write("whole").ok());
  EXPECT_FALSE(fs::exists(at("a")));
  ASSERT_TRUE(file.commit().ok());
  EXPECT_EQ(read_file(at("a")).value(), "whole");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(FilesTest, LeavesNothingWithoutCommit) {
  put("a");
  {
    auto file = AtomicFile::open(at("a")).value();
    ASSERT_TRUE(file.write("other").ok());
    auto moved = std::move(file);
  }
  EXPECT_EQ(read_file(at("a")).value(), "half");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(FilesTest, IsDurableWhenItIsSealedAndInItsPlaceOnCommit) {
  auto file = AtomicFile::open(at("a"), "3f2a91bc-1").value();
  EXPECT_TRUE(file.temporary().filename().string().starts_with(".a.3f2a91bc-1."));
  EXPECT_TRUE(pid_of_temporary(file.temporary().filename().string()).has_value());
  ASSERT_TRUE(file.write("whole").ok());
  ASSERT_TRUE(file.seal().ok());
  EXPECT_FALSE(fs::exists(at("a")));
  EXPECT_EQ(find_abandoned_files(folder_), std::vector<fs::path>{}) << "it is still locked";
  ASSERT_TRUE(file.commit().ok());
  EXPECT_EQ(read_file(at("a")).value(), "whole");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(FilesTest, MayBeLeftForSomebodyElse) {
  {
    auto file = AtomicFile::open(at("a"), "3f2a91bc-1").value();
    file.leave();
  }
  EXPECT_EQ(find_abandoned_files(folder_).size(), 1u);
}

TEST_F(FilesTest, AFileThatWasPutInPlaceOfTheTemporaryIsTakenForIt) {
  auto file = AtomicFile::open(at("a")).value();
  put("other");
  fs::rename(at("other"), file.temporary());
  ASSERT_TRUE(file.seal().ok());
  EXPECT_EQ(file.size(), 4u);
  EXPECT_EQ(find_abandoned_files(folder_), std::vector<fs::path>{}) << "it is locked as well";
  ASSERT_TRUE(file.commit().ok());
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(FilesTest, WhatAProcessLeftCanBePutInItsPlace) {
  put(".a.123-0.tmp");
  EXPECT_TRUE(commit_abandoned_file(at(".a.123-0.tmp"), at("a")).value());
  EXPECT_FALSE(commit_abandoned_file(at(".a.123-0.tmp"), at("a")).value()) << "it is gone";
  const auto file = AtomicFile::open(at("b")).value();
  EXPECT_FALSE(commit_abandoned_file(file.temporary(), at("b")).value()) << "its writer lives";
  EXPECT_EQ(names().size(), 2u);
  EXPECT_TRUE(commit_abandoned_file(file.temporary(), at("b"), /*by_force=*/true).value());
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(FilesTest, LongNamesHaveTemporariesToo) {
  const std::string name(250, 'n');
  ASSERT_TRUE(write_file_atomically(at(name), "whole").ok());
  EXPECT_EQ(names(), std::vector<std::string>{name});
}

TEST_F(FilesTest, WhatIsBeingWrittenIsNotAbandoned) {
  const auto file = AtomicFile::open(at("a")).value();
  put(".b.123-0.tmp");
  EXPECT_EQ(find_abandoned_files(folder_), std::vector<fs::path>{at(".b.123-0.tmp")});
  EXPECT_EQ(remove_abandoned_files(folder_), 1u);
  EXPECT_EQ(names().size(), 1u) << "the one that is being written";
}

TEST_F(FilesTest, TheNextWriterRemovesWhatWasAbandoned) {
  put(".a.123-0.tmp");
  put(".a.3f2a91bc-0.123-0.tmp");
  ASSERT_TRUE(write_file_atomically(at("b"), "whole").ok());
  EXPECT_EQ(names(), (std::vector<std::string>{".a.3f2a91bc-0.123-0.tmp", "b"}))
      << "a log may name what an attempt wrote";
  EXPECT_EQ(remove_abandoned_files(folder_), 1u);
}

TEST_F(FilesTest, OnlyItsOwnNamesAreTemporaries) {
  const std::vector<std::string> others = {".a.tmp",     ".a.12.tmp",  ".a.12-.tmp", ".12-0.tmp",
                                           ".a.x-0.tmp", "a.12-0.tmp", ".a.12-0"};
  for (const auto& name : others) put(name);
  EXPECT_EQ(find_abandoned_files(folder_), std::vector<fs::path>{});
}

TEST_F(FilesTest, SaysWhichFileAndWhy) {
  EXPECT_EQ(read_file(at("none")).error().message,
            "cannot open " + at("none").string() + ": No such file or directory");
  put("file");
  EXPECT_EQ(make_folders(at("file/below")).error().message,
            "cannot make folder " + at("file/below").string() + ": Not a directory");
  EXPECT_EQ(find_abandoned_files(at("none")), std::vector<fs::path>{});
}

}  // namespace
}  // namespace penstock
