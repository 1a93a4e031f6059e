// A folder that ends with its object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "penstock/base/result.h"

namespace penstock::testing {

/// An empty folder below the system's folder for temporaries, deleted with all that is in it.
class EphemeralFolder {
 public:
  EphemeralFolder() {
    auto name = (std::filesystem::temp_directory_path() / "penstock-test-XXXXXX").string();
    PENSTOCK_CHECK(::mkdtemp(name.data()) != nullptr, "no temporary folder can be made: " + name);
    path_ = name;
  }
  EphemeralFolder(const EphemeralFolder&) = delete;
  EphemeralFolder& operator=(const EphemeralFolder&) = delete;
  ~EphemeralFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace penstock::testing
