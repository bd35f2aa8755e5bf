import { type AnyCommand, duration, InvalidArgumentError, Option } from "@shoal/command-line";
import { SECOND_MS } from "@shoal/kernel";
import { omitUndefined } from "../../http/omit-undefined.ts";
import { isIdempotencyKey } from "../../http/strategy-requests.ts";
import { decimal } from "../backtest/command-line.ts";
import type { RunCommand } from "./command.types.ts";
import { uuid } from "./daemon-commands.ts";
import { configOption } from "./local-commands.ts";
import { subcommand } from "./subcommand.ts";

/** Makes `deploy`. */
export function deployCommand(run: RunCommand): AnyCommand {
  return subcommand("deploy", "make a file a strategy of the daemon, or the next version of one", HELP)
    .argument("<file>", "of the strategy, TypeScript or JavaScript")
    .requiredOption("--name <name>", "of the strategy; one that is there already gets its next version")
    .addOption(
      new Option("--every <time>", "run it so often, such as 5m").argParser(duration(SECOND_MS)).conflicts("cron"),
    )
    .option("--cron <expression>", 'run it by cron, such as "0 9 * * 1-5"')
    .option("--zone <zone>", "of --cron, such as Europe/Berlin; default: UTC")
    .option("--venue <venue>", "where it trades: paper, or an exchange; default: paper")
    .option("--market <market>", "where its candles come from: synthetic, or an exchange; default: the daemon's")
    .option("--secret <name>", "the secret with the keys of the exchange")
    .option("--cash <amount>", "money at the start on paper", decimal)
    .addOption(configOption())
    .option("--owner <id>", "deploy it for this user; with the daemon's token only", uuid)
    .option("--idempotency-key <key>", "the same deploy, asked twice with this key, is one", idempotencyKey)
    .option("--no-start", "deploy it, and leave it stopped")
    .option("--shadow <time>", "first show what it would have done in the runs of that time, such as 7d", duration(1))
    .option("--yes", "deploy after --shadow without asking")
    .addHelpText("after", EXIT_CODES)
    .action((path, { json, every, owner, shadow, start, yes, zone, cron, ...given }, self) => {
      if (zone !== undefined && cron === undefined) self.error("--zone is of --cron: give both");
      if (yes && shadow === undefined) self.error("--yes is of --shadow: give both");
      const deploy = {
        ...{ path, isStopped: !start, isYes: yes === true, name: given.name },
        ...omitUndefined({ ...given, cron, zone, intervalMs: every, ownerId: owner, shadowMs: shadow }),
      };
      return run({ kind: "deploy", deploy }, json === true);
    });
}

/** It is sent as a header, which takes nothing else. */
function idempotencyKey(text: string): string {
  if (isIdempotencyKey(text)) return text;
  throw new InvalidArgumentError("Expected 1 to 256 printable characters of ASCII.");
}

const HELP = `
  bun run shoal strategies deploy my.ts --name mean-reversion --every 5m
  bun run shoal strategies deploy my.ts --name mean-reversion --shadow 7d
  bun run shoal strategies deploy my.ts --name opening --cron "30 9 * * 1-5" --zone America/New_York --venue kraken \\
    --market kraken --secret kraken-main

What is not given stays as it was in the version before. --shadow reruns what the strategy did in that time with the new code, on
what each run saw then, and prints which orders would have been others; nothing is placed by that. Then it asks.`;

const EXIT_CODES = `
Exit codes: 0 deployed, 1 refused or failed, 2 wrong command line or unreadable file, 3 not deployed: the answer was no, or nobody
was there to ask and --yes was not given.`;
