#include "penstock/cli/commands.h"

namespace penstock {

std::vector<CommandSpec> all_commands() {
  return {job_list_command(),         job_show_command(),
          job_run_command(),          run_list_command(),
          run_show_command(),         run_events_command(),
          config_schema_command(),    config_scaffold_command(),
          config_check_command(),     definitions_validate_command(),
          definitions_list_command(), version_command()};
}

}  // namespace penstock
