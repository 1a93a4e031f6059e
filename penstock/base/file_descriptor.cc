#include "penstock/base/file_descriptor.h"

#include <unistd.h>

namespace penstock {

void FileDescriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

}  // namespace penstock
