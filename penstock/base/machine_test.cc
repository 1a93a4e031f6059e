#include "penstock/base/machine.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(Machine, HasLimits) {
  const auto limits = machine_limits();
  EXPECT_GT(limits.memory, 1u << 20);
  EXPECT_GT(limits.open_files, 2u);
  EXPECT_GT(limits.cores, 0u);
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
