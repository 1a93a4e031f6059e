#include "penstock/frame/scan.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace penstock {
namespace {

/// Which of 64 bytes are of interest; bit i belongs to byte i.
struct Masks {
  std::uint64_t quotes = 0, commas = 0, line_feeds = 0, returns = 0;
  std::uint64_t high = 0;  ///< not 0 when some byte has its high bit set
};

/// What one step hands to the next.
struct Carry {
  std::uint64_t inside = 0;        ///< all ones when the last byte was inside quotes
  std::uint64_t separator = 1;     ///< 1 when the last byte was a separator: the text starts a row
  std::uint64_t close = 0;         ///< 1 when it was a closing quote
  std::uint64_t close_return = 0;  ///< 1 when it was a carriage return behind a closing quote
};

/// A scan under way: what the kernels have in common.
struct Scan {
  Carry carry = {};
  std::uint64_t doubled = 0, quoted_lines = 0, misplaced = 0, high = 0;
  std::size_t rows = 0;

  /// The separators among 64 bytes, of which `valid` ones belong to the text. `spread` is the
  /// running xor of the quotes: its bit i is the xor of their bits 0 to i.
  [[gnu::always_inline]] inline std::uint64_t step(const Masks& m, std::uint64_t spread,
                                                   std::uint64_t valid) {
    const std::uint64_t inside = spread ^ carry.inside;
    const std::uint64_t separators = (m.commas | m.line_feeds) & ~inside & valid;
    const std::uint64_t open = m.quotes & inside, close = m.quotes & ~inside;
    const std::uint64_t after_separator = (separators << 1) | carry.separator;
    const std::uint64_t after_close = (close << 1) | carry.close;
    const std::uint64_t close_return = after_close & m.returns;
    const std::uint64_t after_close_return = (close_return << 1) | carry.close_return;
    misplaced |=
        ((open & ~(after_separator | after_close)) |
         (after_close & ~(separators | open | m.returns)) | (after_close_return & ~m.line_feeds)) &
        valid;
    doubled |= open & after_close & valid;
    quoted_lines |= m.line_feeds & inside & valid;
    high |= m.high;
    rows += std::size_t(std::popcount(m.line_feeds & separators));
    carry = {std::uint64_t(std::int64_t(inside) >> 63), separators >> 63, close >> 63,
             close_return >> 63};
    return separators;
  }

  void finish(std::uint32_t* out, ScanIndex& index) const {
    index.count = std::size_t(out - index.positions);
    index.rows = rows;
    index.open_quote = carry.inside != 0;
    index.doubled_quotes = doubled != 0;
    index.quoted_lines = quoted_lines != 0;
    index.misplaced_quote = misplaced != 0;
    index.non_ascii = high != 0;
  }
};

constexpr std::uint64_t kAllValid = ~std::uint64_t(0);

/// The end of a text that is not a multiple of 64 bytes, filled up with zeros.
struct Tail {
  Tail(const char* text, std::size_t size) : valid((std::uint64_t(1) << size % 64) - 1) {
    std::memcpy(bytes, text + size / 64 * 64, size % 64);
  }
  char bytes[64] = {};
  std::uint64_t valid;
};

/// Eight bytes at a time in a general register.
struct PortableKernel {
  static constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = kOnes << 7;

  /// One bit per byte whose high bit is set.
  static std::uint64_t gather(std::uint64_t word) {
    return ((word & kHigh) >> 7) * 0x0102040810204080 >> 56;
  }
  static std::uint64_t equal(std::uint64_t word, char wanted) {
    const std::uint64_t differs =
        word ^ (kOnes * std::uint64_t(static_cast<unsigned char>(wanted)));
    return gather(~(((differs & ~kHigh) + ~kHigh) | differs));
  }
  static Masks masks(const char* text) {
    Masks m;
    for (int shift = 0; shift < 64; shift += 8, text += 8) {
      std::uint64_t word;
      std::memcpy(&word, text, 8);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      m.quotes |= equal(word, '"') << shift;
      m.commas |= equal(word, ',') << shift;
      m.line_feeds |= equal(word, '\n') << shift;
      m.returns |= equal(word, '\r') << shift;
      m.high |= gather(word) << shift;
    }
    return m;
  }
  static std::uint64_t spread(std::uint64_t bits) {
    for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
  }
  static std::uint32_t* store(std::uint64_t bits, std::uint32_t base, std::uint32_t* out) {
    for (; bits != 0; bits &= bits - 1) *out++ = base + std::uint32_t(std::countr_zero(bits));
    return out;
  }
};

void scan_portable(const char* text, std::size_t size, ScanIndex& index) {
  using Kernel = PortableKernel;
  Scan scan;
  std::uint32_t* out = index.positions;
  std::size_t at = 0;
  for (; at + 64 <= size; at += 64) {
    const Masks m = Kernel::masks(text + at);
    out = Kernel::store(scan.step(m, Kernel::spread(m.quotes), kAllValid), std::uint32_t(at), out);
  }
  const Tail tail(text, size);
  const Masks m = Kernel::masks(tail.bytes);
  out = Kernel::store(scan.step(m, Kernel::spread(m.quotes), tail.valid), std::uint32_t(at), out);
  scan.finish(out, index);
}

#if defined(__x86_64__)

/// Row b holds the positions of the set bits of b, then zeros.
struct alignas(32) BitPositions {
  std::uint32_t rows[256][8] = {};
};
consteval BitPositions bit_positions() {
  BitPositions table;
  for (unsigned bits = 0; bits < 256; ++bits) {
    std::size_t count = 0;
    for (unsigned bit = 0; bit < 8; ++bit)
      if (bits >> bit & 1) table.rows[bits][count++] = bit;
  }
  return table;
}
constexpr BitPositions kBitPositions = bit_positions();

/// 32 bytes at a time; quotes are spread by a carry-less product with all ones.
struct Avx2Kernel {
  [[gnu::target("avx2,pclmul,bmi,popcnt"), gnu::always_inline]] static inline std::uint64_t equal(
      __m256i low, __m256i high, char wanted) {
    const __m256i w = _mm256_set1_epi8(wanted);
    const auto l = std::uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, w)));
    const auto h = std::uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, w)));
    return l | std::uint64_t(h) << 32;
  }
  [[gnu::target("avx2,pclmul,bmi,popcnt"), gnu::always_inline]] static inline Masks masks(
      const char* text) {
    const auto low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const auto high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
    Masks m;
    m.quotes = equal(low, high, '"');
    m.commas = equal(low, high, ',');
    m.line_feeds = equal(low, high, '\n');
    m.returns = equal(low, high, '\r');
    m.high = std::uint32_t(_mm256_movemask_epi8(_mm256_or_si256(low, high)));
    return m;
  }
  [[gnu::target("avx2,pclmul,bmi,popcnt"), gnu::always_inline]] static inline std::uint64_t spread(
      std::uint64_t bits) {
    const __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, std::int64_t(bits)), _mm_set1_epi8(char(0xff)), 0);
    return std::uint64_t(_mm_cvtsi128_si64(product));
  }
  /// Writes eight positions at once, of which those of the set bits stay.
  [[gnu::target("avx2,pclmul,bmi,popcnt"), gnu::always_inline]] static inline std::uint32_t* store(
      std::uint64_t bits, std::uint32_t base, std::uint32_t* out) {
    __m256i bases = _mm256_set1_epi32(int(base));
    for (int byte = 0; byte < 8; ++byte, bits >>= 8) {
      const auto* row = reinterpret_cast<const __m256i*>(kBitPositions.rows[bits & 0xff]);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_add_epi32(bases, *row));
      bases = _mm256_add_epi32(bases, _mm256_set1_epi32(8));
      out += std::popcount(bits & 0xff);
    }
    return out;
  }
};

[[gnu::target("avx2,pclmul,bmi,popcnt")]] void scan_avx2(const char* text, std::size_t size,
                                                         ScanIndex& index) {
  using Kernel = Avx2Kernel;
  Scan scan;
  std::uint32_t* out = index.positions;
  std::size_t at = 0;
  for (; at + 64 <= size; at += 64) {
    const Masks m = Kernel::masks(text + at);
    out = Kernel::store(scan.step(m, Kernel::spread(m.quotes), kAllValid), std::uint32_t(at), out);
  }
  const Tail tail(text, size);
  const Masks m = Kernel::masks(tail.bytes);
  out = Kernel::store(scan.step(m, Kernel::spread(m.quotes), tail.valid), std::uint32_t(at), out);
  scan.finish(out, index);
}

#endif

}  // namespace

bool is_supported(ScanKernel kernel) {
  if (kernel == ScanKernel::Portable) return true;
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
#else
  return false;
#endif
}

ScanKernel best_scan_kernel() {
  return is_supported(ScanKernel::Avx2) ? ScanKernel::Avx2 : ScanKernel::Portable;
}

void scan(ScanKernel kernel, const char* text, std::size_t size, ScanIndex& index) {
#if defined(__x86_64__)
  if (kernel == ScanKernel::Avx2 && is_supported(kernel)) return scan_avx2(text, size, index);
#endif
  (void)kernel;
  scan_portable(text, size, index);
}

}  // namespace penstock
