// The digest of the mapping keys of a dynamic output, in order: what DYNAMIC_COMPLETE records, and
// what is compared with it before the items are used again.
#pragma once

#include <string>
#include <string_view>

#include "penstock/base/md5.h"

namespace penstock {

/// Takes keys one by one.
class KeysDigest {
 public:
  void add(std::string_view key) {
    md5_.update(key);
    md5_.update("\n");
  }
  /// The digest of all keys as 32 hex digits. Call once.
  std::string hex() { return md5_.hex_digest(); }

 private:
  Md5 md5_;
};

}  // namespace penstock
