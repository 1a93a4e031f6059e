// One verified archive: its monthly files, read in place from a memory map.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/base/byte_source.h>
#include <penstock/base/files.h>
#include <penstock/base/result.h>
#include <penstock/base/zip.h>

#include "pipelines/cems/partition.h"

namespace cems {

/// A CSV file inside an archive.
struct MonthFile {
  int month = 0;                ///< 1..12; 0 for the one file of a quarter
  std::string csv_name;         ///< `2017id01.csv`
  std::uint64_t csv_bytes = 0;  ///< unpacked; an estimate where the inner zip is itself packed
};

/// An archive of one partition. Thread-safe once open; keeps its memory map alive.
class Archive {
 public:
  /// Read the directory of an archive. What does not fit its form is `archive_damaged`.
  static penstock::Result<Archive> open(std::shared_ptr<const penstock::MappedFile> file,
                                        std::string name, std::string md5,
                                        const Partition& partition,
                                        penstock::ZipLimits limits = {});

  const std::string& name() const { return name_; }
  /// The digest of the whole file, which was verified.
  const std::string& md5() const { return md5_; }
  /// The files that are there, by month.
  const std::vector<MonthFile>& files() const { return files_; }
  /// Months 1..12 that are not there; empty for a quarter.
  const std::vector<int>& missing_months() const { return missing_; }
  /// Members that do not belong to this form; they are not read.
  const std::vector<std::string>& other_members() const { return others_; }
  /// The error `month_missing`; only when there are missing months.
  penstock::Error month_missing() const;
  /// Stream the text of a file; the last read verifies its checksum.
  penstock::Result<std::unique_ptr<penstock::ByteSource>> open_file(const MonthFile& file) const;

 private:
  Archive(std::shared_ptr<const penstock::MappedFile> file, penstock::ZipArchive outer,
          penstock::ZipLimits limits, std::string name, std::string md5)
      : file_(std::move(file)),
        outer_(std::move(outer)),
        limits_(limits),
        name_(std::move(name)),
        md5_(std::move(md5)) {}
  penstock::Status list_months(const Partition& partition);
  penstock::Status list_quarter(const Partition& partition);
  penstock::Result<std::uint64_t> csv_bytes(const penstock::ZipMember& member,
                                            const std::string& csv_name) const;

  std::shared_ptr<const penstock::MappedFile> file_;
  penstock::ZipArchive outer_;
  penstock::ZipLimits limits_;
  std::string name_;
  std::string md5_;
  std::vector<MonthFile> files_;
  std::vector<int> missing_;
  std::vector<std::string> others_;
};

}  // namespace cems
