#include "penstock/frame/column_builder.h"

namespace penstock {

void ValidityBuilder::push_run(bool valid, std::uint64_t count) {
  nulls_ += valid ? 0 : std::int64_t(count);
  const std::uint64_t fill = valid ? ~std::uint64_t(0) : 0;
  while (count > 0) {
    const auto step = std::min<std::uint64_t>(count, std::uint64_t(64 - bit_));
    const auto mask = step == 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << step) - 1;
    word_ |= (fill & mask) << bit_;
    bit_ += int(step);
    count -= step;
    if (bit_ == 64) flush();
  }
}

void ValidityBuilder::flush() {
  if (at_ + sizeof word_ > bits_.size())
    bits_.resize(std::max<std::size_t>(64, bits_.size() * 2));
  std::memcpy(bits_.data() + at_, &word_, sizeof word_);
  at_ += sizeof word_;
  word_ = 0;
  bit_ = 0;
}

void ValidityBuilder::finish(Column& column) && {
  const auto rows = size();
  column.validity.clear();
  column.null_count = nulls_;
  if (nulls_ == 0) return;
  if (bit_ != 0) flush();
  bits_.resize(std::size_t(rows + 7) / 8);
  column.validity = std::move(bits_);
}

void ColumnBuilder<std::string>::push(std::string_view text) {
  values().bytes.insert(values().bytes.end(), text.begin(), text.end());
  values().offsets.push_back(std::int64_t(values().bytes.size()));
  validity_.push(true);
}

void ColumnBuilder<std::string>::push_null() {
  values().offsets.push_back(std::int64_t(values().bytes.size()));
  validity_.push(false);
}

Column ColumnBuilder<std::string>::finish() && {
  std::move(validity_).finish(column_);
  return std::move(column_);
}

CategoryBuilder::CategoryBuilder(Dictionary declared) : column_(Column::make(DataType::Category)) {
  for (const auto& text : declared) index_of(text);
}

std::int32_t CategoryBuilder::index_of(std::string_view text) {
  const auto [at, is_new] = indices_.try_emplace(std::string(text), std::int32_t(texts_.size()));
  if (is_new) texts_.emplace_back(text);
  return at->second;
}

void CategoryBuilder::push(std::string_view text) {
  column_.get<std::int32_t>().push_back(index_of(text));
  validity_.push(true);
}

void CategoryBuilder::push_null() {
  column_.get<std::int32_t>().push_back(0);
  validity_.push(false);
}

Column CategoryBuilder::finish() && {
  std::move(validity_).finish(column_);
  column_.dictionary = std::make_shared<const Dictionary>(std::move(texts_));
  return std::move(column_);
}

}  // namespace penstock
