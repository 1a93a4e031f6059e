#include "penstock/model/staged_file.h"

#include "penstock/base/checksum.h"
#include "penstock/base/text.h"

namespace penstock {

Status OutputStage::open(const std::filesystem::path& path) {
  if (file_)
    return make_error(ErrorCode::Refused, "an output is one file, and " + file_->path().string() +
                                              " was begun for it before " + path.string());
  if (prepare_) PENSTOCK_TRY(prepare_(path.has_parent_path() ? path.parent_path() : "."));
  file_ = PENSTOCK_TRY(AtomicFile::open(path, label_));
  return {};
}

Status OutputStage::write(std::string_view bytes) {
  crc_ = crc64(crc_, bytes);
  written_ += bytes.size();
  return file_->write(bytes);
}

Result<StoredObject> OutputStage::seal(StoredObject told) {
  if (told.path != file_->path().string())
    return make_error(ErrorCode::Refused, "it began the file " + file_->path().string() +
                                              " and tells of " + quote(told.path) +
                                              "; return what stored() of the file gives");
  PENSTOCK_TRY(file_->seal());
  if (file_->size() != written_) {  // somebody else wrote it
    const auto map = PENSTOCK_TRY(MappedFile::open(file_->temporary()));
    crc_ = crc64(0, map.bytes());
  }
  told.bytes = file_->size();
  told.hash = crc64_text(crc_);
  return told;
}

}  // namespace penstock
