import { type AnyCommand, createCommand } from "@shoal/command-line";
import type { RunCommand } from "./command.types.ts";
import { daemonCommands } from "./daemon-commands.ts";
import { deployCommand } from "./deploy-command.ts";
import { localCommands } from "./local-commands.ts";
import { secretCommands } from "./secret-commands.ts";

const DESCRIPTION = `Strategies of owners: written and tried here, deployed to the daemon at SHOAL_URL, or without that to the one running on
SHOAL_DIRECTORY (.shoal). SHOAL_API_TOKEN is the daemon's token, which sees the strategies of all owners, or the access token of a
signed-in user, who sees own ones. docs/strategies.md has a tour.`;

/** Makes `strategies` with its subcommands; `run` receives the command asked for. */
export function createStrategiesCommand(run: RunCommand): AnyCommand {
  const strategies = createCommand("strategies")
    .summary("check, run, deploy, watch and replay strategies of owners")
    .description(DESCRIPTION);
  const commands = [...localCommands(run), deployCommand(run), ...daemonCommands(run), secretCommands(run)];
  for (const each of commands) strategies.addCommand(each);
  return strategies;
}
