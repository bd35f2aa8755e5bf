import { type Command, createCommand } from "@shoal/command-line";
import { createSystemClock } from "@shoal/kernel";
import { channelPolicies, policyScript } from "../access/policies.ts";
import { parseConfig, processEnvironment } from "../config.ts";
import { loadFleetConfig } from "../fleet-config.ts";

const DESCRIPTION = `Prints the policies of private channels (CHANNEL_ACCESS=private) for the topics of FLEET_CONFIG: who may read and write lobby,
notices and rooms. For a project of your own, once the daemon has applied its migrations there, and again when topics change:

  bun run --silent shoal policies | psql "$DATABASE_URL"

The daemon applies them by itself on the embedded backend. Without a fleet file it is supabase/private-channels.sql.`;

/** Makes `shoal policies`. */
export function policiesCommand(): Command {
  return createCommand("policies")
    .summary("print the policies of private channels, for psql")
    .description(DESCRIPTION)
    .action(async () => {
      const { config } = parseConfig(processEnvironment());
      const { topics } = await loadFleetConfig(config, {}, createSystemClock());
      process.stdout.write(policyScript(channelPolicies(topics, config.fleetConfig)));
    });
}
