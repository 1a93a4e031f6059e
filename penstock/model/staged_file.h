// A file of an output on its way: an IO manager writes it aside, and the engine puts it in its
// place once the log names it. So nobody sees half a file, and an attempt that comes too late
// replaces nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/base/byte_archive.h"
#include "penstock/base/files.h"
#include "penstock/base/result.h"
#include "penstock/model/metadata.h"

namespace penstock {

/// What was stored, as HANDLED_OUTPUT tells of it.
struct StoredObject {
  std::string path = {};  ///< or another name by which the manager finds it again
  std::uint64_t bytes = 0;
  std::string hash = {};   ///< of the bytes, if the manager knows it; of a staged file: filled in
  Metadata metadata = {};  ///< further facts, such as rows
};

/// The file of one output before it is in its place: the engine's side.
class OutputStage {
 public:
  /// Called with a folder before a file is begun in it.
  // lint: allow user-function, it is the engine's
  using Prepare = std::function<Status(const std::filesystem::path& folder)>;
  /// The label, `<run>-<attempt>`, becomes part of the temporary's name.
  explicit OutputStage(std::string label = {}, Prepare prepare = {})
      : label_(std::move(label)), prepare_(std::move(prepare)) {}

  /// Begin the file that will be at `path`, in a folder that is made if it is missing. Refused when
  /// there is one already: an output is one file.
  Status open(const std::filesystem::path& path);
  bool is_open() const { return file_.has_value(); }
  Status write(std::string_view bytes);
  const std::filesystem::path& temporary() const { return file_->temporary(); }
  const std::filesystem::path& path() const { return file_->path(); }

  /// The manager is done: make the file durable where it is, and complete what the manager tells of
  /// it by size and hash. Refused when that is another file.
  Result<StoredObject> seal(StoredObject told);
  /// Put the sealed file in its place. Without it, the file is removed with this object.
  Status commit() { return file_->commit(); }
  /// Leave the file where it is: the log names it, and whoever settles leftovers goes on.
  void leave() { file_->leave(); }

 private:
  std::string label_;
  Prepare prepare_;
  std::optional<AtomicFile> file_;
  std::uint64_t crc_ = 0, written_ = 0;
};

/// A file that an IO manager writes: by write(), or by whatever writes files, at temporary(). It
/// belongs to the call of handle_output() in which it was begun.
class StagedFile final : public ByteSink {
 public:
  explicit StagedFile(std::shared_ptr<OutputStage> stage) : stage_(std::move(stage)) {}

  /// Append bytes. A full disk is ErrorCode::Exhausted and names the path.
  Status write(std::string_view bytes) override { return stage_->write(bytes); }
  /// Where the file is for now. What is there when handle_output() returns is what counts.
  const std::filesystem::path& temporary() const { return stage_->temporary(); }
  /// What handle_output() returns; size and hash are filled in when the file is sealed.
  StoredObject stored(Metadata metadata = {}) const {
    return {stage_->path().string(), 0, {}, std::move(metadata)};
  }

 private:
  std::shared_ptr<OutputStage> stage_;
};

}  // namespace penstock
