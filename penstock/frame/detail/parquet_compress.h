// Compresses pages with Arrow's codecs and sums them up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "penstock/base/result.h"
#include "penstock/frame/detail/parquet_encode.h"
#include "penstock/frame/detail/parquet_format.h"

namespace penstock::detail {

/// Turns page bodies into pages with headers. One thread at a time.
class PageCompressor {
 public:
  static Result<PageCompressor> make(ParquetCompression compression);
  PageCompressor(PageCompressor&& other) noexcept;
  PageCompressor& operator=(PageCompressor&& other) noexcept;
  ~PageCompressor();

  Codec codec() const;
  /// Append one page, header and compressed body, to `out`; returns its uncompressed size with the
  /// header, as the footer counts it.
  Result<std::int64_t> append_page(PageType type, Encoding encoding, std::int64_t values,
                                   const Bytes& body, Bytes& out);

 private:
  struct Impl;
  explicit PageCompressor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock::detail
