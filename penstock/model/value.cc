#include "penstock/model/value.h"

#include "penstock/base/text.h"

namespace penstock {
namespace detail {

std::string shown_type_name(std::string_view raw) {
  constexpr std::string_view kMarks[] = {"{anonymous}::", "(anonymous namespace)::"};
  std::string name(raw);
  for (const auto mark : kMarks)
    for (std::size_t at; (at = name.find(mark)) != name.npos;) name.erase(at, mark.size());
  return name;
}

std::string list_name(std::string element) { return "list of " + std::move(element); }

}  // namespace detail

namespace {

std::string member_of(const char* member, const ValueType& type) {
  return std::string(member) + " of " + type.name;
}

}  // namespace

void ValueTraits<std::string>::summarize(const std::string& value, Metadata& into) {
  add_fact(into, "value", value.size() <= 200 ? value : value.substr(0, 200) + "…");
}

template const ValueType& value_type_of<Nothing>();
template const ValueType& value_type_of<std::string>();
template const ValueType& value_type_of<bool>();
template const ValueType& value_type_of<std::int32_t>();
template const ValueType& value_type_of<std::int64_t>();
template const ValueType& value_type_of<double>();
template const ValueType& value_type_of<std::vector<std::string>>();
template const ValueType& value_type_of<std::vector<std::int64_t>>();
template const ValueType& value_type_of<std::vector<double>>();

Status Value::encode(ByteSink& sink) const {
  PENSTOCK_CHECK(type_ != nullptr, "a missing value is not written down");
  if (!type_->portable())
    return make_error(ErrorCode::Refused,
                      "values of type " + quote(type_->name) +
                          " stay in their process; give the type encode() and decode(), see "
                          "penstock/model/value_codec.h");
  ByteWriter out(sink);
  if (auto called = type_->encode(data_.get(), out); !called.ok())
    return std::move(called).error().within(member_of("encode()", *type_));
  return out.finish();
}

Result<Value> Value::decode(const ValueType& type, SharedBytes bytes) {
  PENSTOCK_CHECK(type.portable(), "a value is read of a type that has no codec");
  ByteReader in(std::move(bytes));
  auto data = type.decode(in);
  if (!data.ok()) return std::move(data).error().within(member_of("decode()", type));
  if (in.ok() && in.left() > 0)
    in.fail(std::to_string(in.left()) + " bytes follow where it should end");
  if (!in.ok()) return Error(in.status().error()).within("a value of type " + quote(type.name));
  return of_object(*std::move(data), type);
}

Result<Value> Value::of_object(std::shared_ptr<const void> data, const ValueType& type) {
  const auto bytes = type.bytes(data.get());
  if (!bytes.ok()) return Error(bytes.error()).within(member_of("bytes()", type));
  return Value(std::move(data), type, *bytes);
}

Result<Metadata> Value::summary() const {
  Metadata facts;
  if (type_ == nullptr) return facts;
  if (auto called = type_->summarize(data_.get(), facts); !called.ok())
    return std::move(called).error().within(member_of("summarize()", *type_));
  return facts;
}

void Value::throw_wrong_type(const ValueType& wanted) const {
  auto error = make_error(ErrorCode::InvalidData,
                          type_ == nullptr
                              ? "a missing value is read as one of type " + quote(wanted.name)
                              : "a value of type " + quote(type_->name) +
                                    " is read as one of type " + quote(wanted.name));
  error.allow_retries = false;
  throw_error(error);
}

}  // namespace penstock
