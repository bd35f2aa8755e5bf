import { type AnyCommand, InvalidArgumentError, Option, wholeNumber } from "@shoal/command-line";
import { isUuid } from "@shoal/kernel";
import { omitUndefined } from "../../http/omit-undefined.ts";
import type { ByName, RunCommand } from "./command.types.ts";
import { subcommand } from "./subcommand.ts";

const LIST_LIMIT = 20;
const LIMIT_MOST = 1000;
const STATUSES = ["running", "paused", "stopped", "quarantined"] as const;

/** Makes the commands that read strategies of a daemon, and those that change what a strategy is to do. */
export function daemonCommands(run: RunCommand): AnyCommand[] {
  return [...lists(run), ...ofOne(run), ...ofRuns(run), ...ofOwners(run)];
}

const limit = ["--limit <count>", `at most so many, 1 to ${LIMIT_MOST}`, wholeNumber(1, LIMIT_MOST)] as const;
const before = ["--before <place>", "only those older than this one, as --json shows it", place] as const;

function lists(run: RunCommand): AnyCommand[] {
  const list = subcommand(
    "list",
    "strategies and how they do",
    "\n  bun run shoal strategies list --status quarantined",
  )
    .addOption(new Option("--status <status>", "only those of this status").choices(STATUSES))
    .option("--owner <id>", "only those of this user", uuid)
    .option(...limit, LIST_LIMIT)
    .option("--before <id>", "only those behind this one", uuid)
    .action(({ json, owner, ...filter }) =>
      run({ kind: "list", ...omitUndefined({ ...filter, ownerId: owner }) }, json === true),
    );
  const paged = (kind: "versions" | "runs" | "orders", description: string) =>
    subcommand(kind, description, `\n  bun run shoal strategies ${kind} mean-reversion --limit 5`)
      .argument("<strategy>", "id or name")
      .option(...limit, LIST_LIMIT)
      .option(...before)
      .action((strategy, { json, ...page }) => run({ kind, strategy, ...omitUndefined(page) }, json === true));
  return [
    list,
    paged("versions", "what was deployed, the newest first"),
    paged("runs", "what its runs came to, the newest first"),
    paged("orders", "what it ordered and what became of it, the newest first"),
  ];
}

const DEEDS: Readonly<Record<ByName, string>> = {
  status: "how it is set up and how its runs went",
  start: "make it run by its schedule, failures so far forgotten",
  stop: "run it no more; its orders stay",
  pause: "hold it until `resume`",
  resume: "let a paused or quarantined one run again",
  execute: "run it now, once more, also while it is stopped",
  positions: "what it holds, its money and its equity",
  delete: "forget it with all that it did",
};

function ofOne(run: RunCommand): AnyCommand[] {
  const names = Object.keys(DEEDS) as ByName[];
  const deeds = names.map((kind) =>
    subcommand(kind, DEEDS[kind], `\n  bun run shoal strategies ${kind} mean-reversion`)
      .argument("<strategy>", "id or name")
      .action((strategy, { json }) => run({ kind, strategy }, json === true)),
  );
  const rollback = subcommand("rollback", "deploy an earlier version anew, with its settings", ROLLBACK_HELP)
    .argument("<strategy>", "id or name")
    .option("--to <version>", "default: the one before", wholeNumber(1, 999_999_999))
    .action((strategy, { json, to }) =>
      run({ kind: "rollback", strategy, ...omitUndefined({ version: to }) }, json === true),
    );
  return [...deeds, rollback];
}

const ROLLBACK_HELP =
  "\n  bun run shoal strategies rollback mean-reversion\n  bun run shoal strategies rollback mean-reversion --to 3";

function ofRuns(run: RunCommand): AnyCommand[] {
  const show = subcommand(
    "show",
    "one run: outcome, log, notifications, fuel",
    `\n  bun run shoal strategies show ${EXAMPLE_ID}`,
  )
    .argument("<run>", "id, as `runs` shows it", uuid)
    .action((runId, { json }) => run({ kind: "show", runId }, json === true));
  const logs = subcommand("logs", "what it logged, the oldest line first", LOGS_HELP)
    .argument("<strategy>", "id or name")
    .option("-f, --follow", "go on with what it logs from now on, until Ctrl-C")
    .option(...limit, LOGS_LIMIT)
    .action((strategy, { json, follow, limit }) =>
      run({ kind: "logs", strategy, limit, isFollowed: follow === true }, json === true),
    );
  const replay = subcommand("replay", "do a kept run again, here, and compare", REPLAY_HELP)
    .argument("<run>", "id, as `runs` shows it", uuid)
    .option("--stop-at <call>", "stop before this call of ctx, from 1, and show what the strategy sees", callNumber)
    .action((runId, { json, stopAt }) => run({ kind: "replay", runId, ...omitUndefined({ stopAt }) }, json === true));
  return [show, logs, replay];
}

const EXAMPLE_ID = "5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f";

function ofOwners(run: RunCommand): AnyCommand[] {
  const owners = subcommand("owners", "owners, what they may take and what they take", OWNERS_HELP)
    .option(...limit, LIST_LIMIT)
    .option("--before <id>", "only those behind this one", uuid)
    .action(({ json, ...page }) => run({ kind: "owners", ...omitUndefined(page) }, json === true));
  const owner = subcommand("owner", "give an owner a weight and limits; what is left out stays", OWNER_HELP)
    .argument("<id>", "of the user, or `operator`", ownerId)
    .option("--weight <weight>", "share of time while there is too little, 0.01 to 100; 1 at first", weight)
    .option("--strategies <count>", "strategies that it may have, or `none`: as many as everybody", limitFrom(0))
    .option("--fuel <units>", "what all its runs may burn in a day (UTC), or `none`", limitFrom(1))
    .action((id, { json, weight, strategies, fuel }) => {
      const limits = { weight, strategyLimit: strategies?.value, fuelPerDay: fuel?.value };
      return run({ kind: "owner", ownerId: id.id, ...omitUndefined(limits) }, json === true);
    });
  return [owners, owner];
}

const OWNERS_HELP = "\n  bun run shoal strategies owners\n\nWith the daemon's token only.";
const OWNER_HELP = `
  bun run shoal strategies owner ${EXAMPLE_ID} --weight 2 --fuel 50000000000
  bun run shoal strategies owner ${EXAMPLE_ID} --fuel none

With the daemon's token only. Fuel that is granted counts within five minutes.`;

/** An object, because commander takes null for an argument that is not there. */
function ownerId(text: string): { readonly id: string | null } {
  return { id: text === "operator" ? null : uuid(text) };
}

function weight(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && value >= 0.01 && value <= 100) return value;
  throw new InvalidArgumentError("Expected a number from 0.01 to 100.");
}

interface Limit {
  readonly value: number | null;
}

/** Reads a limit; `none` is null. An object, as for the owner. */
function limitFrom(least: number): (text: string) => Limit {
  return (text) => {
    if (text === "none") return { value: null };
    const value = Number(text);
    if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(value) && value >= least) return { value };
    throw new InvalidArgumentError(`Expected a whole number of ${least} or more, or none.`);
  };
}

const callNumber = wholeNumber(1, 999_999_999);
const LOGS_LIMIT = 100;
const LOGS_HELP =
  "\n  bun run shoal strategies logs mean-reversion -f\n\nWith -f, --json writes one line of JSON for each line of the log.";

const REPLAY_HELP = `
  bun run shoal strategies replay ${EXAMPLE_ID}
  bun run shoal strategies replay ${EXAMPLE_ID} --stop-at 3

The run gets what came into it then: code, settings, state, money, orders, candles, clock and chance. With the version of Shoal that recorded
it, everything must be equal, down to the fuel and each byte of memory. Exit code 1 where something differs.`;

/** Reads an id. */
export function uuid(text: string): string {
  if (isUuid(text)) return text.toLowerCase();
  throw new InvalidArgumentError(`Expected an id such as ${EXAMPLE_ID}.`);
}

function place(text: string): string {
  if (/^[\w:.-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError("Expected the id or number of one that is in the list.");
}
