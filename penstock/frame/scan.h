// Finds the separators of delimited text, 64 bytes at a step: commas and line feeds that stand
// outside quotes. Several kernels do the same work; the fastest that the processor has is chosen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace penstock {

/// A way to scan.
enum class ScanKernel : std::uint8_t {
  Portable,  ///< 64-bit words; every processor
  Avx2       ///< x86-64 with AVX2, PCLMULQDQ and BMI1
};

/// Whether this processor can run the kernel.
bool is_supported(ScanKernel kernel);
/// The fastest kernel that this processor can run.
ScanKernel best_scan_kernel();

/// What a scan found. Positions are offsets into the scanned text.
struct ScanIndex {
  std::uint32_t* positions =
      nullptr;  ///< of separators, ascending; room for one per byte and 8 more
  std::size_t count = 0;
  std::size_t rows = 0;          ///< line feeds among the separators
  bool open_quote = false;       ///< the text ends inside quotes
  bool doubled_quotes = false;   ///< a quoted cell contains `""`
  bool quoted_lines = false;     ///< a quoted cell contains a line feed
  bool misplaced_quote = false;  ///< a quote stands where RFC 4180 has none
  bool non_ascii = false;        ///< a byte has its high bit set
};

/// Bytes that must be readable behind the text given to scan().
inline constexpr std::size_t kScanPadding = 64;

/// Scan text that starts at the beginning of a row. `size` is less than 4 GiB.
void scan(ScanKernel kernel, const char* text, std::size_t size, ScanIndex& index);

}  // namespace penstock
