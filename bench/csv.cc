// Measures the way from zipped CSV to typed columns over CEMS archives named on the command line:
//   bench_csv 2017/*.zip
// Prints, in processor time, what one core does with inflate alone, with the separator scan, and
// with all columns parsed.
#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/hourly_columns.h"
#include "penstock/base/files.h"
#include "penstock/base/md5.h"
#include "penstock/base/zip.h"
#include "penstock/frame/csv.h"

namespace penstock {
namespace {

/// What one pass over one member did.
struct Work {
  std::uint64_t bytes = 0;
  std::int64_t rows = 0;
};

Result<Work> inflate_only(std::unique_ptr<ByteSource> source) {
  static std::vector<char> buffer(std::size_t(1) << 17);
  Work work;
  while (const std::size_t got = PENSTOCK_TRY(source->read(buffer))) work.bytes += got;
  return work;
}

Result<Work> read_csv(std::unique_ptr<ByteSource> source, CsvSpec spec) {
  static CsvBatch batch;
  auto reader = PENSTOCK_TRY(CsvReader::open(std::move(source), std::move(spec)));
  while (PENSTOCK_TRY(reader.next(batch))) {
  }
  return Work{0, reader.rows()};
}

Result<Work> inflate_and_scan(std::unique_ptr<ByteSource> source) {
  return read_csv(std::move(source), {});
}
Result<Work> inflate_scan_and_parse(std::unique_ptr<ByteSource> source) {
  return read_csv(std::move(source), bench::hourly_columns());
}

template <class Pass>
Result<Work> over_archives(const std::vector<MappedFile>& files, Pass pass) {
  Work total;
  for (const auto& file : files) {
    const auto outer = PENSTOCK_TRY(ZipArchive::open(file.bytes(), "archive"));
    for (const auto& month : outer.members()) {
      const auto bytes = PENSTOCK_TRY(outer.stored_bytes(month));
      const auto inner = PENSTOCK_TRY(ZipArchive::open(bytes, month.name));
      auto source = PENSTOCK_TRY(inner.open_member(inner.members().at(0)));
      const Work work = PENSTOCK_TRY(pass(std::move(source)));
      total.bytes += inner.members()[0].size;
      total.rows += work.rows;
    }
  }
  return total;
}

/// Seconds of processor time, which other programs on the machine disturb least.
double cpu_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

template <class Pass>
void measure_pass(const char* name, const std::vector<MappedFile>& files, Pass pass,
                  std::int64_t rows) {
  double best = 1e9;
  Work work;
  for (int repetition = 0; repetition < 5; ++repetition) {
    const double start = cpu_seconds();
    work = over_archives(files, pass).value();
    best = std::min(best, cpu_seconds() - start);
  }
  fmt::print("{:<28} {:7.3f} s {:8.0f} MB/s {:7.2f} Mrow/s {:6.1f} ns/row\n", name, best,
             double(work.bytes) / best / 1e6, double(rows) / best / 1e6, best / double(rows) * 1e9);
}

void measure_md5(const std::vector<MappedFile>& files) {
  std::uint64_t bytes = 0;
  Md5 md5;
  const double start = cpu_seconds();
  for (const auto& file : files) {
    md5.update(file.bytes());
    bytes += file.bytes().size();
  }
  const std::string digest = md5.hex_digest();
  fmt::print("{:<28} {:7.3f} s {:8.0f} MB/s {}\n", "md5 of the archives", cpu_seconds() - start,
             double(bytes) / (cpu_seconds() - start) / 1e6, digest);
}

int run(int argc, char** argv) {
  std::vector<MappedFile> files;
  for (int i = 1; i < argc; ++i) files.push_back(MappedFile::open(argv[i]).value());
  measure_md5(files);
  const std::int64_t rows = over_archives(files, inflate_and_scan).value().rows;
  measure_pass("inflate and crc", files, inflate_only, rows);
  measure_pass("inflate, scan", files, inflate_and_scan, rows);
  measure_pass("inflate, scan, parse", files, inflate_scan_and_parse, rows);
  fmt::print("{} rows\n", rows);
  return 0;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) { return penstock::run(argc, argv); }
