// Where files of an IO manager lie: a path with names in braces.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/result.h"
#include "penstock/model/io_manager.h"

namespace penstock {

/// `{job}/{op}/{key}`: what stands in braces is filled in per output, percent-encoded, so that a
/// name never becomes a folder.
///
/// run, job, step, op and output are those of the output, which has its key behind its name when it
/// is an item of a dynamic one: `result[ID2017]`; `key` is its mapping keys, joined by commas;
/// `partition` the fact of that name, if the op added one: `year=2017,state=ID` becomes the folders
/// `year=2017/state=ID`.
class PathTemplate {
 public:
  /// Read a template. Config: a brace is not closed, or a name is not one of these.
  static Result<PathTemplate> parse(std::string_view text);
  /// The path of an output. InvalidData when the output lacks what the template asks for.
  Result<std::filesystem::path> path_of(const OutputContext& output) const;

 private:
  struct Part {
    std::string text;
    bool is_name = false;
  };
  std::vector<Part> parts_;
};

}  // namespace penstock
