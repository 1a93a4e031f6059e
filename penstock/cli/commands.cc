#include "penstock/cli/commands.h"

#include <algorithm>

namespace penstock {
namespace {

// The command as it is called by another name.
CommandSpec called(CommandSpec command, std::string_view alias) {
  command.name = alias;
  command.listed = false;
  command.aliases.clear();
  command.examples.clear();
  for (auto& argument : command.arguments) {
    if (argument.name != "JOB") continue;
    argument.required = false;  // the option may give it
    for (auto& option : command.options)
      if (option.names == "-j,--jobs") option.names = "--jobs";
    command.options.insert(command.options.begin(), {"-j,--job", "JOB", argument.help});
  }
  return command;
}

}  // namespace

std::vector<CommandSpec> all_commands() {
  std::vector<CommandSpec> commands = {
      job_list_command(),
      job_show_command(),
      job_run_command(),
      run_list_command(),
      run_show_command(),
      run_events_command(),
      run_logs_command(),
      run_explain_command(),
      run_cancel_command(),
      run_reexecute_command(),
      run_resume_command(),
      run_delete_command(),
      config_schema_command(),
      config_scaffold_command(),
      config_check_command(),
      definitions_validate_command(),
      definitions_list_command(),
      describe_command(),
      instance_info_command(),
      instance_scaffold_command(),
      doctor_command(),
      gc_command(),
      storage_verify_command(),
      storage_backup_command(),
      storage_rebuild_command(),
      storage_migrate_command(),
      completion_bash_command(),
      completion_zsh_command(),
      completion_fish_command(),
      version_command(),
  };
  const auto count = commands.size();
  commands.push_back(completion_candidates_command());
  for (std::size_t i = 0; i < count; ++i) {
    const auto command = commands[i];
    for (const auto& alias : command.aliases) commands.push_back(called(command, alias));
  }
  return commands;
}

}  // namespace penstock
