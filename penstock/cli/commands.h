// All commands of the command line; each is described and done in a file of its own.
#pragma once

#include <vector>

#include "penstock/cli/command.h"

namespace penstock {

CommandSpec job_list_command();
CommandSpec job_show_command();
CommandSpec job_run_command();
CommandSpec run_list_command();
CommandSpec run_show_command();
CommandSpec run_events_command();
CommandSpec run_logs_command();
CommandSpec run_explain_command();
CommandSpec run_cancel_command();
CommandSpec run_reexecute_command();
CommandSpec run_resume_command();
CommandSpec run_delete_command();
CommandSpec config_schema_command();
CommandSpec config_scaffold_command();
CommandSpec config_check_command();
CommandSpec definitions_validate_command();
CommandSpec definitions_list_command();
CommandSpec describe_command();
CommandSpec gc_command();
CommandSpec storage_verify_command();
CommandSpec storage_backup_command();
CommandSpec storage_rebuild_command();
CommandSpec storage_migrate_command();
CommandSpec instance_info_command();
CommandSpec instance_scaffold_command();
CommandSpec doctor_command();
CommandSpec completion_bash_command();
CommandSpec completion_zsh_command();
CommandSpec completion_fish_command();
CommandSpec completion_candidates_command();
CommandSpec version_command();

/// Every command, in the order in which help lists them; then those that it does not list: what is
/// called by other programs, and commands under their further names.
std::vector<CommandSpec> all_commands();

}  // namespace penstock
