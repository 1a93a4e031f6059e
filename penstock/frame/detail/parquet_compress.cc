#include "penstock/frame/detail/parquet_compress.h"

#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <isa-l/crc.h>

#include <limits>

#include "penstock/base/text.h"

namespace penstock::detail {
namespace {

arrow::Compression::type arrow_codec(ParquetCompression compression) {
  return compression == ParquetCompression::Snappy ? arrow::Compression::SNAPPY
                                                   : arrow::Compression::ZSTD;
}

}  // namespace

struct PageCompressor::Impl {
  Codec codec = Codec::None;
  std::unique_ptr<arrow::util::Codec> arrow;  // none without compression
  Bytes compressed;
  std::string header;

  Status compress(const Bytes& body) {
    const auto size = std::int64_t(body.size());
    compressed.resize(std::size_t(arrow->MaxCompressedLen(size, body.data())));
    const auto got =
        arrow->Compress(size, body.data(), std::int64_t(compressed.size()), compressed.data());
    if (!got.ok())
      return make_error(ErrorCode::Internal, "cannot compress a page: " + got.status().ToString());
    compressed.resize(std::size_t(*got));
    return {};
  }
};

PageCompressor::PageCompressor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PageCompressor::PageCompressor(PageCompressor&& other) noexcept = default;
PageCompressor& PageCompressor::operator=(PageCompressor&& other) noexcept = default;
PageCompressor::~PageCompressor() = default;

Result<PageCompressor> PageCompressor::make(ParquetCompression compression) {
  auto impl = std::make_unique<Impl>();
  impl->codec = codec_of(compression);
  if (compression != ParquetCompression::None) {
    auto codec = arrow::util::Codec::Create(arrow_codec(compression));
    if (!codec.ok())
      return make_error(ErrorCode::Internal, "cannot compress: " + codec.status().ToString());
    impl->arrow = std::move(codec).ValueUnsafe();
  }
  return PageCompressor(std::move(impl));
}

Codec PageCompressor::codec() const { return impl_->codec; }

Result<std::int64_t> PageCompressor::append_page(PageType type, Encoding encoding,
                                                 std::int64_t values, const Bytes& body,
                                                 Bytes& out) {
  if (body.size() > std::size_t(std::numeric_limits<std::int32_t>::max()))
    return make_error(ErrorCode::InvalidData,
                      fmt::format("a page of {} is larger than Parquet allows; texts of this "
                                  "length need smaller row groups",
                                  format_bytes(body.size())));
  if (impl_->arrow) PENSTOCK_TRY(impl_->compress(body));
  const Bytes& stored = impl_->arrow ? impl_->compressed : body;

  impl_->header.clear();
  const auto crc = crc32_gzip_refl(0, stored.data(), stored.size());
  append_page_header(impl_->header, type, encoding, values, std::int64_t(body.size()),
                     std::int64_t(stored.size()), crc);
  append_bytes(out, impl_->header.data(), impl_->header.size());
  append_bytes(out, stored.data(), stored.size());
  return std::int64_t(impl_->header.size() + body.size());
}

}  // namespace penstock::detail
