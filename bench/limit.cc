// What this machine allows: archives read into columns, and the columns kept as zstd chunks, with
// no order, no checks, no Parquet and no engine around it. A pipeline cannot be faster with this
// reader.
//   bench_limit raw|parse OUT_DIR THREADS epacems-2017-*.zip
// raw writes one file of chunks for each archive; parse stops when the columns are there.
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/hourly_columns.h"
#include "penstock/base/files.h"
#include "penstock/base/zip.h"

namespace penstock {
namespace {

constexpr std::size_t kChunkRows = 100'000;

/// The bytes of a column's rows, waiting to be a chunk.
struct Chunk {
  std::vector<char> bytes;
  std::vector<char> validity;
};

void append(const Column& column, Chunk& chunk) {
  const auto add = [](std::vector<char>& to, const void* from, std::size_t size) {
    const auto* begin = static_cast<const char*>(from);
    to.insert(to.end(), begin, begin + size);
  };
  add(chunk.validity, column.validity.data(), column.validity.size());
  if (column.type == DataType::Float64) {
    const auto& doubles = column.get<double>();
    const std::vector<float> floats(doubles.begin(), doubles.end());
    add(chunk.bytes, floats.data(), floats.size() * sizeof(float));
  } else {
    const auto& ints = column.get<std::int32_t>();
    add(chunk.bytes, ints.data(), ints.size() * sizeof(std::int32_t));
  }
}

/// Keeps the chunks of one archive, compressed.
class ChunkFile {
 public:
  explicit ChunkFile(const std::filesystem::path& path)
      : file_(path, std::ios::binary),
        codec_(arrow::util::Codec::Create(arrow::Compression::ZSTD, 1).ValueOrDie()) {}

  void write(std::vector<Chunk>& chunks) {
    for (auto& chunk : chunks) {
      write(chunk.validity);
      write(chunk.bytes);
    }
  }

 private:
  void write(std::vector<char>& bytes) {
    const auto* input = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto size = std::int64_t(bytes.size());
    packed_.resize(std::size_t(codec_->MaxCompressedLen(size, input)));
    const auto packed = codec_->Compress(size, input, std::int64_t(packed_.size()), packed_.data());
    file_.write(reinterpret_cast<const char*>(packed_.data()), packed.ValueOrDie());
    bytes.clear();
  }

  std::ofstream file_;
  std::unique_ptr<arrow::util::Codec> codec_;
  std::vector<std::uint8_t> packed_;
};

/// Read all months of an archive; chunks go to `out` unless that is null. Gives the rows.
Result<std::int64_t> read_archive(const std::filesystem::path& path, ChunkFile* out) {
  const auto file = PENSTOCK_TRY(MappedFile::open(path));
  const auto outer = PENSTOCK_TRY(ZipArchive::open(file.bytes(), path.filename().string()));
  std::vector<Chunk> chunks;
  std::int64_t rows = 0;
  std::size_t waiting = 0;
  CsvBatch batch;
  for (const auto& month : outer.members()) {
    const auto bytes = PENSTOCK_TRY(outer.stored_bytes(month));
    const auto inner = PENSTOCK_TRY(ZipArchive::open(bytes, month.name));
    auto source = PENSTOCK_TRY(inner.open_member(inner.members().at(0)));
    auto reader = PENSTOCK_TRY(CsvReader::open(std::move(source), bench::hourly_columns()));
    while (PENSTOCK_TRY(reader.next(batch))) {
      rows += batch.rows;
      if (out == nullptr) continue;
      chunks.resize(batch.columns.size());
      for (std::size_t i = 0; i < chunks.size(); ++i) append(batch.columns[i], chunks[i]);
      waiting += std::size_t(batch.rows);
      if (waiting < kChunkRows) continue;
      out->write(chunks);
      waiting = 0;
    }
  }
  if (out != nullptr) out->write(chunks);
  return rows;
}

std::int64_t read_all_archives(std::vector<std::filesystem::path> paths,
                               const std::filesystem::path& out, bool raw, int threads) {
  std::ranges::sort(paths, std::ranges::greater{},
                    [](const auto& path) { return std::filesystem::file_size(path); });
  std::atomic<std::size_t> next = 0;
  std::atomic<std::int64_t> rows = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < paths.size(); i = next++) {
      std::unique_ptr<ChunkFile> file;
      if (raw) file = std::make_unique<ChunkFile>(out / (paths[i].stem().string() + ".chunks"));
      rows += read_archive(paths[i], file.get()).value();
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  }
  return rows;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: bench_limit raw|parse OUT_DIR THREADS ARCHIVE...\n");
    return 2;
  }
  const std::string mode = argv[1];
  const std::filesystem::path out = argv[2];
  std::filesystem::create_directories(out);
  const auto rows = penstock::read_all_archives({argv + 4, argv + argc}, out, mode == "raw",
                                                std::max(1, std::atoi(argv[3])));
  fmt::print("{} rows\n", rows);
  return 0;
}
