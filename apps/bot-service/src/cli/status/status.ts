import { type Command, createCommand } from "@shoal/command-line";
import { type Clock, createSystemClock, printableJson, SECOND_MS, sleep } from "@shoal/kernel";
import { isAlive } from "../../backend/adapters/is-alive.ts";
import { processEnvironment } from "../../config.ts";
import {
  ANSWER_LIMIT_MS,
  askDaemon,
  type FoundDaemon,
  findDaemon,
  notADaemon,
  refusalOf,
  shownUrl,
} from "../daemon.ts";
import { createScreen } from "../screen.ts";
import { onStopSignal } from "../stop-signal.ts";
import { drawFleet, type FleetBody, readFleet } from "./fleet-table.ts";
import { type HealthBody, readHealth } from "./health-body.ts";
import { drawStatus } from "./status-view.ts";

const DESCRIPTION = `Shows a running daemon: phase, dependencies, breaker, sockets, channels, budgets (used of allowed), refused joins and
error classes, bots by state against their target, people, matches and how long they took, the last errors. The daemon
is the one at SHOAL_URL, or without that the one running on SHOAL_DIRECTORY (.shoal).

With --all it shows the whole fleet, a row for each replica that shares the database, whichever of them answers: state, version, bots of
the fleet's own and deployed ones, live matches, joins in the last minute, and what is not ready. That needs SHOAL_API_TOKEN.

On a terminal it is drawn anew each second until Ctrl-C; elsewhere it is printed once.`;

const EXIT_CODES = "\nExit code 1 when no daemon answers, 2 for a wrong command line or SHOAL_URL.";

const LOOK_MS = SECOND_MS;
/** Silence after which a daemon is taken to be gone. */
const SILENCE_LIMIT_MS = 10 * SECOND_MS;

/** What is shown of a daemon. */
interface Picture<Body> {
  readonly path: string;
  /** Returns undefined for what no daemon answers. */
  read(body: unknown): Body | undefined;
  draw(url: string, body: Body, columns?: number): string[];
}

const ONE: Picture<HealthBody> = { path: "/api/health", read: readHealth, draw: drawStatus };
const ALL: Picture<FleetBody> = { path: "/api/replicas", read: readFleet, draw: drawFleet };
const REFUSED = {
  HTTP_UNAUTHORIZED: "does not take the token; set SHOAL_API_TOKEN to the daemon's",
  HTTP_UNKNOWN_ROUTE: "knows no other replicas: it is of an older version",
};
/** Of 500 replicas. */
const ANSWER_LIMIT_BYTES = 2 * 1024 * 1024;

interface Options {
  readonly all?: true;
  readonly once?: true;
  readonly json?: true;
}

/** Makes `shoal status`. */
export function statusCommand(): Command {
  return createCommand("status")
    .summary("the live table of the running daemon: budgets, breaker, channels, bots, people, matches, jobs, errors")
    .description(DESCRIPTION)
    .option("--all", "all replicas of the fleet, a row for each")
    .option("--once", "print once on a terminal as well")
    .option("--json", "print once, as the JSON of the daemon's /api/health, or /api/replicas, in one line")
    .addHelpText("after", EXIT_CODES)
    .action((options: Options) => (options.all ? status(ALL, options) : status(ONE, options)));
}

async function status<Body>(picture: Picture<Body>, options: Options): Promise<void> {
  const env = processEnvironment();
  const daemon = findDaemon(env, isAlive, "bun run shoal status --help");
  const first = await ask(daemon, picture);
  if (options.json) process.stdout.write(`${printableJson(first.json)}\n`);
  else if (options.once || process.stdout.isTTY !== true) {
    const { columns } = process.stdout;
    process.stdout.write(`${textOf(picture.draw(shownUrl(daemon.url), first.body, columns))}\n`);
  } else await watch(daemon, picture, first.body, createSystemClock());
}

/** Leaves out trailing blank lines, which only keep the height of a live picture. */
const textOf = (lines: readonly string[]) =>
  lines
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();

interface Answered<Body> {
  /** As it came. */
  readonly json: unknown;
  readonly body: Body;
}

/**
 * Reads from the daemon what is shown.
 * @throws the code of the daemon's refusal; CLI_NO_ANSWER, CLI_NOT_A_DAEMON
 */
async function ask<Body>(daemon: FoundDaemon, { path, read }: Picture<Body>): Promise<Answered<Body>> {
  const { status, body: json } = await askDaemon(daemon, { path, limitBytes: ANSWER_LIMIT_BYTES });
  if (status >= 400) throw refusalOf(status, json, daemon, REFUSED);
  const body = read(json);
  if (!body) throw notADaemon(daemon.url);
  return { json, body };
}

/** Draws until Ctrl-C. Rejects as `ask` if the daemon has been silent for too long. */
async function watch<Body>(daemon: FoundDaemon, picture: Picture<Body>, first: Body, clock: Clock): Promise<void> {
  const screen = createScreen(process.stdout, () => clock.now());
  const ending = new AbortController();
  void onStopSignal().requested.then(() => ending.abort(new Error("interrupted")));
  let body = first;
  let answeredMs = clock.monotonicMs();
  try {
    while (!ending.signal.aborted) {
      const silentMs = clock.monotonicMs() - answeredMs;
      const note = silentMs > ANSWER_LIMIT_MS ? `   no answer for ${Math.round(silentMs / SECOND_MS)} s` : "";
      const [title = "", ...rest] = picture.draw(shownUrl(daemon.url), body, process.stdout.columns);
      screen.show([`${title}${note}`, ...rest]);
      await sleep(clock, LOOK_MS, ending.signal).catch(() => {});
      if (ending.signal.aborted) return;
      try {
        ({ body } = await ask(daemon, picture));
        answeredMs = clock.monotonicMs();
      } catch (thrown) {
        if (clock.monotonicMs() - answeredMs > SILENCE_LIMIT_MS) throw thrown;
      }
    }
  } finally {
    screen.finish();
  }
}
