import { UsageError } from "@shoal/command-line";
import { errorFields, FleetError, isFleetError, SECOND_MS, toError } from "@shoal/kernel";
import { z } from "zod";
import { readEnvironmentFile } from "../backend/environment-file.ts";
import { type Environment, parseConfig } from "../config.ts";
import { boundedText } from "../outgoing/exchange.ts";

/** A daemon that a command talks to. */
export interface FoundDaemon {
  /** Where it listens. */
  readonly url: string;
  /** Opens its API, and shows its last errors; undefined where it is not known. */
  readonly token: string | undefined;
}

/**
 * Finds the daemon. `help` is the command line that prints the usage of the command that looks for it.
 * @throws CLI_USAGE SHOAL_URL is no address
 * @throws CLI_NOT_RUNNING no address is given and no daemon runs on the directory
 */
export function findDaemon(env: Environment, isRunning: (pid: number) => boolean, help: string): FoundDaemon {
  const given = env["SHOAL_URL"]?.trim();
  if (given) {
    // The address may carry a password, so it is never printed.
    if (/^https?:\/\//i.test(given) && URL.canParse(given)) {
      return { url: given.replace(/\/+$/, ""), token: env["SHOAL_API_TOKEN"]?.trim() || undefined };
    }
    throw new UsageError("SHOAL_URL is no address that starts with http:// or https://", help);
  }
  const { SHOAL_URL: url, SHOAL_API_TOKEN: token } = readEnvironmentFile(parseConfig(env).config.directory, isRunning);
  return { url, token };
}

/** Returns the address without credentials. */
export function shownUrl(url: string): string {
  const { host, pathname, protocol } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, "")}`;
}

/** Silence after which a daemon is taken to be away, in ms. */
export const ANSWER_LIMIT_MS = 3 * SECOND_MS;
const ANSWER_LIMIT_BYTES = 1024 * 1024;

export interface DaemonRequest {
  /** With its query: `/api/health`. */
  readonly path: string;
  /** Default: GET. */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `ANSWER_LIMIT_MS`. */
  readonly limitMs?: number;
  /** Default: 1 MB. */
  readonly limitBytes?: number;
  readonly signal?: AbortSignal;
}

export interface DaemonAnswer {
  readonly status: number;
  /** Null for an answer without a body. */
  readonly body: unknown;
}

/**
 * Asks the daemon, whatever it answers.
 * @throws CLI_NO_ANSWER (retryable) nothing answers there in time
 * @throws CLI_NOT_A_DAEMON what answers is no JSON
 * @throws CLI_ANSWER_TOO_LARGE
 */
export async function askDaemon({ url, token }: FoundDaemon, request: DaemonRequest): Promise<DaemonAnswer> {
  const { path, method = "GET", body, limitMs = ANSWER_LIMIT_MS, limitBytes = ANSWER_LIMIT_BYTES, signal } = request;
  const timeout = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      redirect: "manual",
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await boundedText(response, limitBytes);
    if (text === undefined) throw tooLarge(url, limitBytes);
    return { status: response.status, body: text === "" && response.ok ? null : readBody(text, url) };
  } catch (cause) {
    signal?.throwIfAborted();
    if (isFleetError(cause)) throw cause;
    const message = `no daemon answers at ${shownUrl(url)}: ${whyNot(cause, limitMs)}`;
    throw new FleetError("CLI_NO_ANSWER", message, { retryable: true, cause });
  }
}

/** Reads JSON that may be nested deeper than what strangers may send: the journal of a run has the state of a strategy in it. */
function readBody(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notADaemon(url, cause);
  }
}

/** The error for an answer that no daemon gives. */
export function notADaemon(url: string, cause?: unknown): FleetError {
  const message = `the server at ${shownUrl(url)} is no shoal daemon; check SHOAL_URL`;
  return new FleetError("CLI_NOT_A_DAEMON", message, { cause });
}

const refusal = z.object({ code: z.string(), detail: z.string() });

/**
 * Makes an error of a refusal, with the daemon's code. `words` says by code what to do where the daemon cannot know it, after its address.
 */
export function refusalOf(
  status: number,
  body: unknown,
  { url }: FoundDaemon,
  words: Readonly<Record<string, string>>,
  details: Readonly<Record<string, unknown>> = {},
): FleetError {
  const read = refusal.safeParse(body).data;
  const where = shownUrl(url);
  const { code, detail } = read ?? {
    code: "CLI_NOT_A_DAEMON",
    detail: `the server at ${where} is no shoal daemon (it answered ${status}); check SHOAL_URL`,
  };
  const message = words[code] === undefined ? detail : `the daemon at ${where} ${words[code]}`;
  return new FleetError(code, message, { retryable: status === 429 || status === 503, details });
}

function tooLarge(url: string, limitBytes: number): FleetError {
  const message = `the server at ${shownUrl(url)} answers with more than ${limitBytes} bytes; ask for less, with --limit`;
  return new FleetError("CLI_ANSWER_TOO_LARGE", message);
}

/** Says why the request failed, and what to do. */
function whyNot(thrown: unknown, limitMs: number): string {
  const { name } = toError(thrown);
  if (name === "TimeoutError") {
    return `no answer within ${limitMs / SECOND_MS} s; see the daemon's log, and restart it if it hangs`;
  }
  const { error_code: code } = errorFields(thrown);
  if (code === "ECONNREFUSED" || code === "ConnectionRefused")
    return "nothing listens there; start one with: bun start";
  return `${code}; check SHOAL_URL`;
}
