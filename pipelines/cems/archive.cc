#include "pipelines/cems/archive.h"

#include <fmt/format.h>

#include <set>

#include <penstock/base/text.h>

#include "pipelines/cems/errors.h"
#include "pipelines/cems/vocabulary.h"

namespace cems {
namespace {

using penstock::ByteSource;
using penstock::Result;
using penstock::ZipArchive;
using penstock::ZipMember;

/// How much larger a month's CSV is than its zip, roughly, where only the zip's size is known.
constexpr std::uint64_t kUsualRatio = 16;

std::string zip_name_of(const std::string& csv_name) {
  return csv_name.substr(0, csv_name.size() - 3) + "zip";
}

/// A member's text that keeps the inner archive in memory for as long as it is read.
class OwningSource final : public ByteSource {
 public:
  OwningSource(std::shared_ptr<const std::string> bytes, std::unique_ptr<ByteSource> source)
      : bytes_(std::move(bytes)), source_(std::move(source)) {}
  Result<std::size_t> read(std::span<char> into) override { return source_->read(into); }

 private:
  std::shared_ptr<const std::string> bytes_;
  std::unique_ptr<ByteSource> source_;
};

/// The error of an outer member, in the form of those from inside of it: `a.zip: b.zip: reason`.
penstock::Error name_member(penstock::Error error, const ZipArchive& outer,
                            const ZipMember& member) {
  const auto start = outer.shown_name() + ": member " + penstock::quote(member.name);
  if (!error.message.starts_with(start)) return error;
  const auto reason = error.message.find_first_not_of(": ", start.size());
  error.message =
      fmt::format("{}: {}: {}", outer.shown_name(), member.name, error.message.substr(reason));
  return error;
}

Result<std::string_view> stored_bytes(const ZipArchive& outer, const ZipMember& member) {
  auto bytes = outer.stored_bytes(member);
  if (!bytes) return name_member(std::move(bytes).error(), outer, member);
  return bytes;
}

Result<std::string> read_member(const ZipArchive& outer, const ZipMember& member) {
  auto bytes = outer.read_member(member);
  if (!bytes) return name_member(std::move(bytes).error(), outer, member);
  return bytes;
}

Result<const ZipMember*> only_member(const ZipArchive& inner, const std::string& csv_name) {
  const auto* member = inner.find(csv_name);
  for (const auto& other : inner.members())
    if (member == nullptr && !other.refused.empty()) return inner.open_member(other).error();
  if (member == nullptr || inner.members().size() != 1)
    return problem("archive_damaged",
                   fmt::format("{}: has {} members; expected only {}", inner.shown_name(),
                               inner.members().size(), csv_name));
  return member;
}

}  // namespace

Result<Archive> Archive::open(std::shared_ptr<const penstock::MappedFile> file, std::string name,
                              std::string md5, const Partition& partition,
                              penstock::ZipLimits limits) {
  const auto bytes = file->bytes();
  auto outer = PENSTOCK_TRY(ZipArchive::open(bytes, name, limits));
  Archive archive(std::move(file), std::move(outer), limits, std::move(name), std::move(md5));
  if (partition.quarter != 0) {
    PENSTOCK_TRY(archive.list_quarter(partition));
  } else {
    PENSTOCK_TRY(archive.list_months(partition));
  }
  return archive;
}

penstock::Status Archive::list_months(const Partition& partition) {
  std::set<std::string> expected;
  for (int month = 1; month <= 12; ++month) {
    const auto stem =
        fmt::format("{}{}{:02}", partition.year, penstock::to_lower(partition.state), month);
    expected.insert(stem + ".zip");
    const auto* member = outer_.find(stem + ".zip");
    if (member == nullptr) {
      missing_.push_back(month);
    } else {
      const auto bytes = PENSTOCK_TRY(csv_bytes(*member, stem + ".csv"));
      files_.push_back({month, stem + ".csv", bytes});
    }
  }
  for (const auto& member : outer_.members())
    if (!expected.contains(member.name)) others_.push_back(member.name);
  return {};
}

penstock::Status Archive::list_quarter(const Partition& partition) {
  const auto csv_name = fmt::format("epacems-{}.csv", partition.name());
  for (const auto& member : outer_.members()) {
    if (member.name == csv_name) files_.push_back({0, csv_name, member.size});
  }
  if (files_.size() == 1) return {};
  return problem("archive_damaged", fmt::format("{}: has no member {}", name_, csv_name));
}

Result<std::uint64_t> Archive::csv_bytes(const ZipMember& member,
                                         const std::string& csv_name) const {
  if (member.deflated) return member.size * kUsualRatio;
  const auto bytes = PENSTOCK_TRY(stored_bytes(outer_, member));
  const auto inner = PENSTOCK_TRY(ZipArchive::open(bytes, name_ + ": " + member.name, limits_));
  return PENSTOCK_TRY(only_member(inner, csv_name))->size;
}

penstock::Error Archive::month_missing() const {
  PENSTOCK_CHECK(!missing_.empty(), "no month is missing");
  std::vector<int> there;
  for (const auto& file : files_) there.push_back(file.month);
  std::vector<std::string> lacking;
  for (const int month : missing_) lacking.emplace_back(kMonths[std::size_t(month) - 1]);
  return problem("month_missing", fmt::format("{} lacks month{} {}; it has {}", name_,
                                              missing_.size() == 1 ? "" : "s",
                                              penstock::join(lacking, ", "), format_months(there)));
}

Result<std::unique_ptr<ByteSource>> Archive::open_file(const MonthFile& file) const {
  if (file.month == 0) return outer_.open_member(*outer_.find(file.csv_name));
  const auto& member = *outer_.find(zip_name_of(file.csv_name));
  const auto shown = name_ + ": " + member.name;
  if (!member.deflated) {
    const auto bytes = PENSTOCK_TRY(stored_bytes(outer_, member));
    const auto inner = PENSTOCK_TRY(ZipArchive::open(bytes, shown, limits_));
    const auto* csv = PENSTOCK_TRY(only_member(inner, file.csv_name));
    return inner.open_member(*csv);
  }
  auto bytes = std::make_shared<const std::string>(PENSTOCK_TRY(read_member(outer_, member)));
  const auto inner = PENSTOCK_TRY(ZipArchive::open(*bytes, shown, limits_));
  const auto* csv = PENSTOCK_TRY(only_member(inner, file.csv_name));
  auto source = PENSTOCK_TRY(inner.open_member(*csv));
  return std::unique_ptr<ByteSource>(new OwningSource(std::move(bytes), std::move(source)));
}

}  // namespace cems
