#include "penstock/store/value_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "penstock/base/base64.h"
#include "penstock/base/checksum.h"
#include "penstock/base/private_files.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::string_view kFolder = "values";
constexpr std::string_view kInline = "data:";
constexpr std::size_t kLongestName = 180;  // what AtomicFile adds must fit into 255, too

bool is_inline(const StoredValue& stored) { return stored.object.starts_with(kInline); }

/// `transform%5B2017-ID%5D.0.result`; a long name is cut, and made unique by its checksum.
std::string file_name(const ValueKey& key) {
  auto name =
      fmt::format("{}.{}.{}", percent_encode(key.step), key.attempt, percent_encode(key.output));
  if (!key.mapping_key.empty()) name += percent_encode("[" + key.mapping_key + "]");
  if (name.size() <= kLongestName) return name;
  const auto crc = fmt::format("~{:016x}", crc64(0, name));
  return name.substr(0, kLongestName - crc.size()) + crc;
}

/// Gathers a value that may be small; begins a file when it is not.
class ValueSink final : public ByteSink {
 public:
  explicit ValueSink(std::function<Result<AtomicFile>()> open) : open_(std::move(open)) {}

  Status write(std::string_view bytes) override {
    crc_ = crc64(crc_, bytes);
    size_ += bytes.size();
    if (!file_ && size_ <= ValueFiles::kInlineBytes) {
      small_.append(bytes);
      return {};
    }
    if (!file_) {
      file_ = PENSTOCK_TRY(open_());
      PENSTOCK_TRY(file_->write(small_));
    }
    return file_->write(bytes);
  }

  std::uint64_t size() const { return size_; }
  std::uint64_t crc() const { return crc_; }
  const std::string& small() const { return small_; }
  AtomicFile* file() { return file_ ? &*file_ : nullptr; }

 private:
  std::function<Result<AtomicFile>()> open_;
  std::optional<AtomicFile> file_;
  std::string small_;
  std::uint64_t size_ = 0, crc_ = 0;
};

Error corrupt(const StoredValue& stored, std::string_view found) {
  const auto place = is_inline(stored) ? std::string("in the log") : stored.object;
  return make_error(ErrorCode::Corrupt,
                    fmt::format("stored value {} is damaged: {}", place, found));
}

Time time_of(const std::filesystem::directory_entry& entry) {
  std::error_code ignored;
  const auto written = entry.last_write_time(ignored);
  if (ignored) return {};
  const auto system = std::chrono::file_clock::to_sys(written);
  return Time(std::chrono::floor<std::chrono::microseconds>(system.time_since_epoch()));
}

std::optional<RunId> run_of(const std::filesystem::path& folder) {
  const auto run = RunId::parse(folder.filename().string());
  return run.ok() ? std::optional(*run) : std::nullopt;
}

}  // namespace

/// Make a folder inside the home folder, and make sure that it outlives a loss of power.
Status ValueFiles::prepare(const std::filesystem::path& folder) {
  const std::lock_guard lock(mutex_);
  if (prepared_.contains(folder)) return {};
  PENSTOCK_TRY(make_private_folders(folder));
  for (auto at = folder.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    PENSTOCK_TRY(sync_folder(at));
    if (at == home_) break;
  }
  prepared_.insert(folder);
  return {};
}

Result<StoredValue> ValueFiles::save(const ValueKey& key, const Value& value) {
  const auto folder = std::filesystem::path(kFolder) / key.run.to_string();
  const auto object = (folder / file_name(key)).string();
  ValueSink sink([&]() -> Result<AtomicFile> {
    PENSTOCK_TRY(prepare(home_ / folder));
    return open_private_file(home_ / object);
  });
  PENSTOCK_TRY(value.encode(sink));
  StoredValue stored{std::string(kManager), object, sink.size(), crc64_text(sink.crc()),
                     value.type()->layout};
  if (auto* file = sink.file())
    PENSTOCK_TRY(file->commit());
  else
    stored.object = std::string(kInline) + base64_encode(sink.small());
  return stored;
}

/// Only what lies in our folder is ours: a log may come from elsewhere.
Result<std::filesystem::path> ValueFiles::path_of(const StoredValue& stored) const {
  const std::filesystem::path object(stored.object);
  const bool is_ours = object.is_relative() && object.begin() != object.end() &&
                       *object.begin() == kFolder &&
                       std::ranges::none_of(object, [](const auto& part) { return part == ".."; });
  if (is_ours) return home_ / object;
  return make_error(ErrorCode::Refused, "a stored value lies in " + quote(stored.object) +
                                            "; expected a path below values/");
}

Result<SharedBytes> ValueFiles::read(const StoredValue& stored) const {
  SharedBytes found;
  if (is_inline(stored)) {
    auto bytes = base64_decode(std::string_view(stored.object).substr(kInline.size()));
    if (!bytes) return corrupt(stored, "not base64");
    found = SharedBytes::own(*std::move(bytes));
  } else {
    const auto path = PENSTOCK_TRY(path_of(stored));
    auto map = MappedFile::open(path);
    if (!map.ok() && map.error().code == ErrorCode::NotFound)
      return make_error(ErrorCode::NotFound, "stored value " + stored.object + " is gone");
    const auto mapped = std::make_shared<const MappedFile>(PENSTOCK_TRY(std::move(map)));
    found = {mapped, mapped->bytes()};
  }
  if (found.bytes.size() != stored.bytes)
    return corrupt(stored, fmt::format("{} bytes, expected {}", found.bytes.size(), stored.bytes));
  if (const auto hash = crc64_text(crc64(0, found.bytes)); hash != stored.hash)
    return corrupt(stored, fmt::format("its hash is {}, expected {}", hash, stored.hash));
  return found;
}

Result<Value> ValueFiles::load(const StoredValue& stored, const ValueType& type) {
  if (!type.portable() || stored.layout != type.layout)
    return make_error(
        ErrorCode::Corrupt,
        fmt::format("a value was stored as layout {} and {} is of layout {} now", stored.layout,
                    quote(type.name), type.portable() ? type.layout : "none"));
  return Value::decode(type, PENSTOCK_TRY(read(stored)));
}

bool ValueFiles::has(const StoredValue& stored, const ValueType& type) {
  if (!type.portable() || stored.layout != type.layout) return false;
  if (is_inline(stored)) return true;
  std::error_code error;
  // What an IO manager stored is a file of its own choice.
  if (stored.manager != kManager)
    return std::filesystem::file_size(stored.object, error) == stored.bytes && !error;
  const auto path = path_of(stored);
  return path.ok() && std::filesystem::file_size(*path, error) == stored.bytes && !error;
}

Status ValueFiles::remove(const StoredValue& stored) {
  if (is_inline(stored)) return {};
  const auto path = PENSTOCK_TRY(path_of(stored));
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error)
    return make_error(ErrorCode::Io,
                      fmt::format("cannot remove {}: {}", path.string(), error.message()));
  // The last one takes the folder with it, unless we are storing values there.
  const std::lock_guard lock(mutex_);
  if (!prepared_.contains(path.parent_path())) std::filesystem::remove(path.parent_path(), error);
  return {};
}

Status ValueFiles::verify(const StoredValue& stored) {
  PENSTOCK_TRY(read(stored));
  return {};
}

bool ValueFiles::is_file(const StoredValue& stored) const {
  return stored.manager == kManager && !is_inline(stored);
}

Result<std::vector<ValueFile>> ValueFiles::files(const RunId& run) {
  std::vector<ValueFile> found;
  auto root = home_ / kFolder;
  if (!run.empty()) root /= run.to_string();
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(root, error), end;
  if (error == std::errc::no_such_file_or_directory) return found;
  for (; !error && entry != end; entry.increment(error)) {
    if (!entry->is_regular_file() || entry->is_symlink()) continue;
    std::error_code ignored;
    ValueFile file{entry->path().lexically_relative(home_).string(),
                   {},
                   entry->file_size(ignored),
                   time_of(*entry)};
    if (entry->path().parent_path().parent_path() == home_ / kFolder)
      file.run = run_of(entry->path().parent_path()).value_or(RunId());
    file.pid = pid_of_temporary(entry->path().filename().string()).value_or(0);
    found.push_back(std::move(file));
  }
  if (error)
    return make_error(ErrorCode::Io,
                      fmt::format("cannot list {}: {}", root.string(), error.message()));
  std::ranges::sort(found, {}, &ValueFile::object);
  return found;
}

}  // namespace penstock
