// Decoders of bytes: zip archives, frames, Arrow files, captured output.
#include "penstock/base/zip.h"
#include "penstock/frame/profile.h"
#include "penstock/io/frame_loaders.h"
#include "penstock/model/value.h"
#include "tests/fuzz/targets.h"

namespace penstock::fuzz {
namespace {

constexpr std::uint64_t kMostMemberBytes = std::uint64_t(4) << 20;

Frame table() {
  const auto frame = load_csv(
      {.path = as_file("i,j,f,g,d,t,c,b\n1,2,0.5,1,2017-01-01,a,x,true\n,,,,,,,\n"
                       "3,4,2,3,2018-12-31,bb,y,false\n"),
       .columns = {{"j", DataType::Int32}, {"g", DataType::Float32}, {"c", DataType::Category},
                   {"b", DataType::Bool}}});
  if (!frame.ok()) broken("the fuzzer's own table is read: " + frame.error().message);
  return *frame;
}

std::string encoded(const Frame& frame) {
  StringSink sink;
  if (!Value::make(frame).encode(sink).ok()) broken("a frame that was read can be encoded");
  return sink.take();
}

/// What is done with a frame from outside: everything that a pipeline would.
void use(const Frame& frame) {
  if (encoded(frame).empty()) broken("an encoded frame has bytes");
}

}  // namespace

std::vector<std::string> arrow_seeds() { return {encoded(table())}; }

void run_arrow(std::string_view bytes) {
  const auto frame = load_arrow({.path = as_file(bytes)});
  if (frame.ok()) use(*frame);
}

std::vector<std::string> frame_seeds() { return {encoded(table()), encoded(Frame())}; }

void run_frame(std::string_view bytes) {
  const auto value = Value::decode(value_type_of<Frame>(), SharedBytes::own(std::string(bytes)));
  if (!value.ok()) return;
  (void)value->summary();
  use(value->as<Frame>());
}

std::vector<std::string> zip_seeds() {
  return {std::string("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22)};
}

void run_zip(std::string_view bytes) {
  const auto archive =
      ZipArchive::open(bytes, "fuzz.zip", {.max_member_bytes = kMostMemberBytes});
  if (!archive.ok()) return;
  std::uint64_t total = 0;
  for (const auto& member : archive->members()) {
    const auto data = archive->read_member(member);
    if (data.ok() && data->size() != member.size) broken("a member has the size that it names");
    (void)archive->stored_bytes(member);
    if ((total += member.size) > kMostMemberBytes) break;
  }
}

}  // namespace penstock::fuzz
