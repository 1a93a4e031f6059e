#include "penstock/cli/completion_scripts.h"

#include <string_view>

namespace penstock {
namespace {

constexpr std::string_view kBash = R"sh(# For bash:  source <(@PROGRAM@ completion bash)
@FUNCTION@() {
  local line=${COMP_LINE:0:COMP_POINT} words=() word="" typed candidate i
  # Bash breaks words at = and :, too. Here a word ends at a blank.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $line == [[:blank:]]* ]]; then words+=(""); fi
    line=${line#"${line%%[![:blank:]]*}"}
    word=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then word=$line; fi
    line=${line#"$word"}
    words[${#words[@]} - 1]+=$word
  done
  for i in "${!words[@]}"; do
    words[i]=${words[i]#[\"\']}
    words[i]=${words[i]%[\"\']}
  done
  word=${word#[\"\']}
  typed=${words[${#words[@]} - 1]}
  COMPREPLY=()
  while IFS= read -r candidate; do
    candidate=${candidate%%$'\t'*}
    COMPREPLY+=("${candidate:$((${#typed} - ${#word}))}")
  done < <("${words[0]/#\~/$HOME}" completion candidates -- "${words[@]:1}" 2>/dev/null)
}
complete -o default -F @FUNCTION@ @PROGRAM@
)sh";

constexpr std::string_view kZsh = R"sh(#compdef @PROGRAM@
# For zsh:  source <(@PROGRAM@ completion zsh)
@FUNCTION@() {
  local line
  local -a candidates shown
  while IFS= read -r line; do
    candidates+=("${line%%$'\t'*}")
    shown+=("${line/$'\t'/  -- }")
  done < <(${~words[1]} completion candidates -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if ((${#candidates})); then
    compadd -l -d shown -a candidates
  else
    _files
  fi
}
compdef @FUNCTION@ @PROGRAM@
if [[ ${funcstack[1]} == @FUNCTION@ ]]; then @FUNCTION@; fi
)sh";

constexpr std::string_view kFish = R"sh(# For fish:  @PROGRAM@ completion fish | source
function @FUNCTION@
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l found ($words[1] completion candidates -- $words[2..-1] "$token" 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path "$token"
    end
end
complete -c @PROGRAM@ -f -a '(@FUNCTION@)'
)sh";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::string script(std::string_view text, const std::string& program) {
  std::string function = "_complete_";
  for (const char c : program)
    function += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c
                                                                                           : '_';
  return replaced(replaced(std::string(text), "@FUNCTION@", function), "@PROGRAM@", program);
}

}  // namespace

std::string bash_completion(const std::string& program) { return script(kBash, program); }
std::string zsh_completion(const std::string& program) { return script(kZsh, program); }
std::string fish_completion(const std::string& program) { return script(kFish, program); }

}  // namespace penstock
