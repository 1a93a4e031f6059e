#include "penstock/base/inflate.h"

#include <fmt/format.h>
#include <isa-l.h>

#include <algorithm>
#include <limits>

namespace penstock::detail {
namespace {

const unsigned char* as_bytes(const char* text) {
  return reinterpret_cast<const unsigned char*>(text);
}

/// Counts and checksums what passes, and compares it with what was promised.
class MemberProof {
 public:
  explicit MemberProof(MemberFacts facts) : facts_(std::move(facts)) {}

  Status add(std::string_view bytes) {
    passed_ += bytes.size();
    crc_ = crc32(crc_, bytes);
    if (passed_ > facts_.size) return damaged(fmt::format("holds more than {} bytes", facts_.size));
    return {};
  }
  Status finish() const {
    if (passed_ != facts_.size)
      return damaged(fmt::format("holds {} bytes, expected {}", passed_, facts_.size));
    if (crc_ != facts_.crc)
      return damaged(fmt::format("crc-32 is {:08x}, expected {:08x}", crc_, facts_.crc));
    return {};
  }
  Error damaged(std::string_view reason) const {
    return archive_damaged(facts_.shown_name, reason);
  }

 private:
  MemberFacts facts_;
  std::uint64_t passed_ = 0;
  std::uint32_t crc_ = 0;
};

class InflateSource final : public ByteSource {
 public:
  InflateSource(std::string_view packed, MemberFacts facts) : proof_(std::move(facts)) {
    isal_inflate_init(&state_);
    // ISA-L does not write to its input, but takes it as a pointer to mutable bytes.
    state_.next_in = const_cast<unsigned char*>(as_bytes(packed.data()));
    state_.avail_in = std::uint32_t(packed.size());
  }

  Result<std::size_t> read(std::span<char> into) override {
    if (finished_ || into.empty()) return std::size_t(0);
    constexpr std::size_t kMost = std::size_t(1) << 30;
    const auto room = std::uint32_t(std::min(into.size(), kMost));
    state_.next_out = reinterpret_cast<unsigned char*>(into.data());
    state_.avail_out = room;
    if (isal_inflate(&state_) != ISAL_DECOMP_OK) return proof_.damaged("damaged deflate data");
    const std::size_t got = room - state_.avail_out;
    PENSTOCK_TRY(proof_.add({into.data(), got}));
    if (state_.block_state == ISAL_BLOCK_FINISH && state_.avail_out > 0) {
      finished_ = true;
      PENSTOCK_TRY(proof_.finish());
    } else if (got == 0) {
      return proof_.damaged("deflate data ends early");
    }
    return got;
  }

 private:
  MemberProof proof_;
  inflate_state state_;
  bool finished_ = false;
};

class StoredSource final : public ByteSource {
 public:
  StoredSource(std::string_view bytes, MemberFacts facts)
      : bytes_(bytes), proof_(std::move(facts)) {}

  Result<std::size_t> read(std::span<char> into) override {
    if (into.empty()) return std::size_t(0);
    const auto part = bytes_.substr(0, into.size());
    std::copy(part.begin(), part.end(), into.begin());
    PENSTOCK_TRY(proof_.add(part));
    bytes_.remove_prefix(part.size());
    if (bytes_.empty()) PENSTOCK_TRY(proof_.finish());
    return part.size();
  }

 private:
  std::string_view bytes_;
  MemberProof proof_;
};

}  // namespace

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
  return crc32_gzip_refl(crc, as_bytes(bytes.data()), bytes.size());
}

Error archive_damaged(std::string_view shown_name, std::string_view reason) {
  return make_error(ErrorCode::InvalidData, fmt::format("{}: {}", shown_name, reason),
                    "archive_damaged");
}

std::unique_ptr<ByteSource> make_inflate_source(std::string_view packed, MemberFacts facts) {
  return std::make_unique<InflateSource>(packed, std::move(facts));
}

std::unique_ptr<ByteSource> make_stored_source(std::string_view bytes, MemberFacts facts) {
  return std::make_unique<StoredSource>(bytes, std::move(facts));
}

}  // namespace penstock::detail
