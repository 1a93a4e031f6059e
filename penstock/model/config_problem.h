// What is wrong in a config document, and where: the same text in terminal, page and API.
//
// A document is checked as a whole: every problem is reported at once, ordered by position.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/base/result.h"

namespace penstock {

/// Where a value was written. Lines and columns count from 1, columns in characters; 0 = not in a
/// text. The source is the shown name of a file, `--set`, or empty for values made in code.
struct ConfigMark {
  std::shared_ptr<const std::string> source = {};
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  /// `scope.yaml:3:9`, `--set`, or nothing.
  std::string to_string() const;
};

/// The kinds of problem; their names reach the API and never change.
enum class ConfigCode : std::uint8_t {
  TypeMismatch,
  MissingField,
  UnknownField,
  SelectorCount,
  EnumValue,
  OutOfRange,
  Pattern,
  PostProcessing,
  AliasCollision,
  DuplicateKey,
  Syntax,
};

/// `TYPE_MISMATCH`, `MISSING_FIELD`, ...
std::string_view to_string(ConfigCode code);

/// One problem of a document.
struct ConfigProblem {
  ConfigCode code = ConfigCode::TypeMismatch;
  std::string path = {};        ///< `ops.load.config.years[3]`; empty for the whole document
  ConfigMark mark = {};         ///< where the value, or what should contain it, is written
  std::string message = {};     ///< lower-case fragment: what was found and what was expected
  std::string expected = {};    ///< the expected type printed: `integer from 1995 to 2022`
  std::string suggestion = {};  ///< what was probably meant; may be empty
};

/// The text people read: `scope.yaml:3:9: years[1]: "2O17" is not an integer; did you mean 2017?`.
/// Without a position it begins with the source, `--set years[1]: ...`, or with the path.
std::string to_string(const ConfigProblem& problem);

/// `{code, path, source, line, column, message, expected, suggestion}`; empty ones are left out.
Json to_json(const ConfigProblem& problem);

/// Sort by source, line and column, keeping the order of problems at one place.
void sort_problems(std::vector<ConfigProblem>& problems);

/// One ErrorCode::Config error whose message lists all problems, one a line.
Error config_error(std::span<const ConfigProblem> problems);

}  // namespace penstock
