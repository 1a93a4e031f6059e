#include "penstock/base/byte_archive.h"

#include <fmt/format.h>

namespace penstock {
namespace {
constexpr std::size_t kGather = 64 * 1024;  // small pieces are handed on together
}

SharedBytes SharedBytes::own(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const std::string_view view = *owner;
  return {std::move(owner), view};
}

Status StringSink::write(std::string_view bytes) {
  bytes_.append(bytes);
  return {};
}

void ByteWriter::text(std::string_view value) {
  size(value.size());
  block(value);
}

void ByteWriter::block(std::string_view bytes) {
  position_ += bytes.size();
  if (waiting_.size() + bytes.size() <= kGather) {
    waiting_.append(bytes);
    return;
  }
  flush();
  if (bytes.size() > kGather / 2) {
    if (status_.ok()) status_ = sink_.write(bytes);
  } else {
    waiting_.append(bytes);
  }
}

void ByteWriter::align(std::size_t multiple) {
  const auto over = std::size_t(position_ % multiple);
  if (over != 0) block(std::string(multiple - over, '\0'));
}

void ByteWriter::flush() {
  if (status_.ok() && !waiting_.empty()) status_ = sink_.write(waiting_);
  waiting_.clear();
}

Status ByteWriter::finish() {
  flush();
  return status_;
}

std::string_view ByteReader::text() { return block(count(1)); }

std::size_t ByteReader::count(std::size_t each) {
  const auto found = number<std::uint64_t>();
  if (!ok()) return 0;
  if (found <= left() / each) return std::size_t(found);
  fail(fmt::format("a count of {} where {} bytes follow", found, left()));
  return 0;
}

std::string_view ByteReader::block(std::size_t size) {
  if (!ok()) return {};
  if (size > left()) {
    fail(
        fmt::format("it ends after {} bytes, expected {} more", from_.bytes.size(), size - left()));
    return {};
  }
  const auto bytes = from_.bytes.substr(at_, size);
  at_ += size;
  return bytes;
}

void ByteReader::align(std::size_t multiple) {
  if (at_ % multiple != 0) block(multiple - at_ % multiple);
}

void ByteReader::fail(std::string what) {
  if (status_.ok())
    status_ = make_error(ErrorCode::Corrupt, "an encoded value cannot be read: " + std::move(what));
}

}  // namespace penstock
