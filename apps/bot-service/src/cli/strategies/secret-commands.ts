import { type AnyCommand, createCommand } from "@shoal/command-line";
import { omitUndefined } from "../../http/omit-undefined.ts";
import type { RunCommand } from "./command.types.ts";
import { uuid } from "./daemon-commands.ts";
import { subcommand } from "./subcommand.ts";

/** Makes `secrets` with its subcommands. */
export function secretCommands(run: RunCommand): AnyCommand {
  const owner = ["--owner <id>", "of this user; with the daemon's token only", uuid] as const;
  const ofName = (kind: "set" | "delete", description: string, help: string) =>
    subcommand(kind, description, help)
      .argument("<name>", "of the secret")
      .option(...owner)
      .action((name, { json, owner: ownerId }) =>
        run({ kind: `secrets ${kind}`, name, ...omitUndefined({ ownerId }) }, json === true),
      );
  const list = subcommand("list", "names and dates; never values", "\n  bun run shoal strategies secrets list")
    .option(...owner)
    .action(({ json, owner: ownerId }) => run({ kind: "secrets list", ...omitUndefined({ ownerId }) }, json === true));
  return createCommand("secrets")
    .description("Keys of exchanges, sealed by the daemon. Nobody reads them again, not even their owner.")
    .addCommand(ofName("set", "keep a secret, over one of that name", SET_HELP))
    .addCommand(list)
    .addCommand(ofName("delete", "forget a secret", "\n  bun run shoal strategies secrets delete kraken-main"));
}

const SET_HELP = `
  bun run shoal strategies secrets set kraken-main
  bun run shoal strategies secrets set kraken-main < kraken-main.txt

On a terminal it asks, and shows nothing of what is typed. Otherwise it reads standard input: the API key in the first line and
the secret below it, or JSON with api_key, secret and password. Values are never given on the command line, which others can see.`;
