import { type Command, createCommand, UsageError } from "@shoal/command-line";
import {
  type Clock,
  createSystemClock,
  errorFields,
  FleetError,
  parseBoundedJson,
  printableJson,
  SECOND_MS,
  sleep,
  toError,
} from "@shoal/kernel";
import { isAlive } from "../../backend/adapters/is-alive.ts";
import { readEnvironmentFile } from "../../backend/environment-file.ts";
import { type Environment, parseConfig, processEnvironment } from "../../config.ts";
import { boundedText } from "../../outgoing/exchange.ts";
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
const ANSWER_LIMIT_MS = 3 * SECOND_MS;
const ANSWER_LIMIT_BYTES = 1024 * 1024;
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
  const { url, token } = findDaemon(env, isAlive);
  const first = await ask(url, token);
  if (options.json) process.stdout.write(`${printableJson(first.body)}\n`);
  else if (options.once || process.stdout.isTTY !== true) process.stdout.write(`${textOf(url, first.health)}\n`);
  else await watch(url, token, first.health, createSystemClock());
}

/** Draws the state without trailing blank lines, which only keep the height of a live picture. */
const textOf = (url: string, health: HealthBody) =>
  drawStatus(shownUrl(url), health)
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();

interface FoundDaemon {
  /** Where it listens. */
  readonly url: string;
  /** With it the daemon shows its last errors, too; undefined where it is not known. */
  readonly token: string | undefined;
}

/**
 * Finds the daemon.
 * @throws CLI_USAGE SHOAL_URL is no address
 * @throws CLI_NOT_RUNNING no address is given and no daemon runs on the directory
 */
export function findDaemon(env: Environment, isRunning: (pid: number) => boolean): FoundDaemon {
  const given = env["SHOAL_URL"]?.trim();
  if (given) {
    // The address may carry a password, so it is never printed.
    if (/^https?:\/\//i.test(given) && URL.canParse(given)) {
      return { url: given.replace(/\/+$/, ""), token: env["SHOAL_API_TOKEN"]?.trim() || undefined };
    }
    throw new UsageError("SHOAL_URL is no address that starts with http:// or https://", "bun run shoal status --help");
  }
  const { SHOAL_URL: url, SHOAL_API_TOKEN: token } = readEnvironmentFile(parseConfig(env).config.directory, isRunning);
  return { url, token };
}

/**
 * Reads `/api/health` of the daemon.
 * @throws CLI_NO_ANSWER (retryable) nothing answers there in time
 * @throws CLI_NOT_A_DAEMON something else answers
 */
async function ask(
  url: string,
  token: string | undefined,
): Promise<{ readonly body: unknown; readonly health: HealthBody }> {
  const wrong = (cause?: unknown) =>
    new FleetError("CLI_NOT_A_DAEMON", `the server at ${shownUrl(url)} is no shoal daemon; check SHOAL_URL`, {
      cause,
    });
  let response: Response;
  try {
    response = await fetch(`${url}/api/health`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      redirect: "manual",
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
  } catch (cause) {
    const message = `no daemon answers at ${shownUrl(url)}: ${whyNot(cause)}`;
    throw new FleetError("CLI_NO_ANSWER", message, { retryable: true, cause });
  }
  const text = await boundedText(response, ANSWER_LIMIT_BYTES).catch((cause: unknown) => {
    throw wrong(cause);
  });
  const read = parseBoundedJson(text ?? "");
  const body = read.kind === "json" ? read.value : undefined;
  const health = readHealth(body);
  if (!health) throw wrong();
  return { body, health };
}

/** Returns the address without credentials. */
function shownUrl(url: string): string {
  const { host, pathname, protocol } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, "")}`;
}

const ANSWER_LIMIT_SECONDS = ANSWER_LIMIT_MS / SECOND_MS;

/** Says why the request failed, and what to do. */
function whyNot(thrown: unknown): string {
  const { name } = toError(thrown);
  if (name === "TimeoutError") {
    return `no answer within ${ANSWER_LIMIT_SECONDS} s; see the daemon's log, and restart it if it hangs`;
  }
  const { error_code: code } = errorFields(thrown);
  if (code === "ECONNREFUSED" || code === "ConnectionRefused")
    return "nothing listens there; start one with: bun start";
  return `${code}; check SHOAL_URL`;
}

/** Draws until Ctrl-C. Rejects as `ask` if the daemon has been silent for too long. */
async function watch(url: string, token: string | undefined, first: HealthBody, clock: Clock): Promise<void> {
  const screen = createScreen(process.stdout, () => clock.now());
  const ending = new AbortController();
  void onStopSignal().requested.then(() => ending.abort(new Error("interrupted")));
  let health = first;
  let answeredMs = clock.monotonicMs();
  try {
    while (!ending.signal.aborted) {
      const silentMs = clock.monotonicMs() - answeredMs;
      const note = silentMs > ANSWER_LIMIT_MS ? `   no answer for ${Math.round(silentMs / SECOND_MS)} s` : "";
      const [title = "", ...rest] = drawStatus(shownUrl(url), health);
      screen.show([`${title}${note}`, ...rest]);
      await sleep(clock, LOOK_MS, ending.signal).catch(() => {});
      if (ending.signal.aborted) return;
      try {
        ({ health } = await ask(url, token));
        answeredMs = clock.monotonicMs();
      } catch (thrown) {
        if (clock.monotonicMs() - answeredMs > SILENCE_LIMIT_MS) throw thrown;
      }
    }
  } finally {
    screen.finish();
  }
}
