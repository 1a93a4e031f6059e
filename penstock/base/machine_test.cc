#include "penstock/base/machine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "penstock/base/file_descriptor.h"

namespace penstock {
namespace {

TEST(Machine, HasLimits) {
  const auto limits = machine_limits();
  EXPECT_GT(limits.memory, 1u << 20);
  EXPECT_GT(limits.open_files, 2u);
  EXPECT_GT(limits.cores, 0u);
}

TEST(Machine, RaisesTheLimitOfOpenFilesAndGivesItBack) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const auto now = [] {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur;
  };
  raise_open_files();
  EXPECT_EQ(now(), std::max<rlim_t>(before.rlim_cur, std::min<rlim_t>(before.rlim_max, 65536)));
  EXPECT_EQ(machine_limits().open_files, now());
  const auto free = free_open_files();
  EXPECT_GT(free, 0u);
  const FileDescriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(free_open_files(), free - 1);
  restore_open_files();
  EXPECT_EQ(now(), before.rlim_cur);
}

TEST(Machine, RoomIsThatOfTheNearestFolderThatIsThere) {
  const auto temporary = std::filesystem::temp_directory_path();
  EXPECT_EQ(existing_folder(temporary / "no" / "such" / "folder-3f2a"),
            existing_folder(temporary));
  EXPECT_EQ(existing_folder("no-such-folder-3f2a"), std::filesystem::current_path());
  const auto room = disk_room(temporary / "no" / "such" / "folder-3f2a");
  ASSERT_TRUE(room);
  EXPECT_GT(room->capacity, 0u);
  EXPECT_LE(room->free, room->capacity);
}

}  // namespace
}  // namespace penstock
