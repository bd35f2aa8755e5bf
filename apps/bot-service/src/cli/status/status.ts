import { type Command, createCommand } from "@shoal/command-line";
import { type Clock, createSystemClock, printableJson, SECOND_MS, sleep } from "@shoal/kernel";
import { isAlive } from "../../backend/adapters/is-alive.ts";
import { processEnvironment } from "../../config.ts";
import { ANSWER_LIMIT_MS, askDaemon, type FoundDaemon, findDaemon, notADaemon, shownUrl } from "../daemon.ts";
import { createScreen } from "../screen.ts";
import { onStopSignal } from "../stop-signal.ts";
import { type HealthBody, readHealth } from "./health-body.ts";
import { drawStatus } from "./status-view.ts";

const DESCRIPTION = `Shows a running daemon: phase, dependencies, breaker, sockets, channels, budgets (used of allowed), refused joins and
error classes, bots by state against their target, people, matches and how long they took, the last errors. The daemon
is the one at SHOAL_URL, or without that the one running on SHOAL_DIRECTORY (.shoal).

On a terminal it is drawn anew each second until Ctrl-C; elsewhere it is printed once.`;

const EXIT_CODES = "\nExit code 1 when no daemon answers, 2 for a wrong command line or SHOAL_URL.";

const LOOK_MS = SECOND_MS;
/** Silence after which a daemon is taken to be gone. */
const SILENCE_LIMIT_MS = 10 * SECOND_MS;

/** Makes `shoal status`. */
export function statusCommand(): Command {
  return createCommand("status")
    .summary("the live table of the running daemon: budgets, breaker, channels, bots, people, matches, jobs, errors")
    .description(DESCRIPTION)
    .option("--once", "print once on a terminal as well")
    .option("--json", "print once, as the JSON of the daemon's /api/health in one line")
    .addHelpText("after", EXIT_CODES)
    .action(status);
}

async function status(options: { readonly once?: true; readonly json?: true }): Promise<void> {
  const env = processEnvironment();
  const daemon = findDaemon(env, isAlive, "bun run shoal status --help");
  const { url } = daemon;
  const first = await ask(daemon);
  if (options.json) process.stdout.write(`${printableJson(first.body)}\n`);
  else if (options.once || process.stdout.isTTY !== true) process.stdout.write(`${textOf(url, first.health)}\n`);
  else await watch(daemon, first.health, createSystemClock());
}

/** Draws the state without trailing blank lines, which only keep the height of a live picture. */
const textOf = (url: string, health: HealthBody) =>
  drawStatus(shownUrl(url), health)
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();

/**
 * Reads `/api/health` of the daemon.
 * @throws CLI_NO_ANSWER, CLI_NOT_A_DAEMON
 */
async function ask(daemon: FoundDaemon): Promise<{ readonly body: unknown; readonly health: HealthBody }> {
  const { body } = await askDaemon(daemon, { path: "/api/health" });
  const health = readHealth(body);
  if (!health) throw notADaemon(daemon.url);
  return { body, health };
}

/** Draws until Ctrl-C. Rejects as `ask` if the daemon has been silent for too long. */
async function watch(daemon: FoundDaemon, first: HealthBody, clock: Clock): Promise<void> {
  const screen = createScreen(process.stdout, () => clock.now());
  const ending = new AbortController();
  void onStopSignal().requested.then(() => ending.abort(new Error("interrupted")));
  let health = first;
  let answeredMs = clock.monotonicMs();
  try {
    while (!ending.signal.aborted) {
      const silentMs = clock.monotonicMs() - answeredMs;
      const note = silentMs > ANSWER_LIMIT_MS ? `   no answer for ${Math.round(silentMs / SECOND_MS)} s` : "";
      const [title = "", ...rest] = drawStatus(shownUrl(daemon.url), health);
      screen.show([`${title}${note}`, ...rest]);
      await sleep(clock, LOOK_MS, ending.signal).catch(() => {});
      if (ending.signal.aborted) return;
      try {
        ({ health } = await ask(daemon));
        answeredMs = clock.monotonicMs();
      } catch (thrown) {
        if (clock.monotonicMs() - answeredMs > SILENCE_LIMIT_MS) throw thrown;
      }
    }
  } finally {
    screen.finish();
  }
}
