#include "penstock/cli/commands.h"

namespace penstock {

std::vector<CommandSpec> all_commands() {
  return {job_list_command(),         job_show_command(),
          job_run_command(),          run_list_command(),
          run_show_command(),         run_events_command(),
          run_logs_command(),         run_explain_command(),
          run_cancel_command(),       run_reexecute_command(),
          run_resume_command(),       run_delete_command(),
          config_schema_command(),    config_scaffold_command(),
          config_check_command(),     definitions_validate_command(),
          definitions_list_command(), gc_command(),
          storage_verify_command(),   storage_backup_command(),
          storage_rebuild_command(),  storage_migrate_command(),
          version_command()};
}

}  // namespace penstock
