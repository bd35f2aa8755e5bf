import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { type Clock, type EpochMs, errorFields, SECOND_MS } from "@shoal/kernel";
import { type Examination, isMissing } from "./examination.ts";
import { type Finding, fail, inMs, ok, skipped, warn } from "./finding.ts";
import type { Target } from "./target.ts";

const NETWORK_LIMIT_MS = 5 * SECOND_MS;
const CHECK_NETWORK = "check SUPABASE_URL, and this machine's network, proxy and firewall";

const CHECK_SILENT =
  "it accepts connections but does not answer: a server that hangs, or a proxy without one behind it; see the status page, and for the embedded backend: bun run shoal status";

/** Checks name, connection, HTTP and clock of the Supabase server. False if it cannot be reached. */
export async function checkReach(examination: Examination, clock: Clock, target: Target): Promise<boolean> {
  const url = new URL(target.supabaseUrl);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const dns = await examination.check("dns", { limitMs: NETWORK_LIMIT_MS, todo: CHECK_NETWORK }, async () => {
    const startedMs = clock.monotonicMs();
    const addresses = await lookup(host, { all: true }).catch((thrown: unknown) => explainLookup(thrown, host));
    if (!Array.isArray(addresses)) return addresses;
    const families = [...new Set(addresses.map(({ family }) => `IPv${family}`))].join(" and ");
    const tookMs = clock.monotonicMs() - startedMs;
    return ok(`${addresses.length} address(es), ${families}, in ${inMs(tookMs)}`, { lookup_ms: tookMs });
  });
  if (isMissing(dns)) {
    examination.skip(["tcp", "http", "clock"], "the name of the server is not known");
    return false;
  }
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const tcp = await examination.check("tcp", { limitMs: NETWORK_LIMIT_MS, todo: CHECK_NETWORK }, async (signal) => {
    try {
      const tookMs = await connectOnce(host, port, clock, signal);
      return ok(`port ${port} connects in ${inMs(tookMs)}`, { connect_ms: tookMs });
    } catch (thrown) {
      if (errorFields(thrown).error_code !== "ECONNREFUSED") throw thrown;
      return fail(`nothing listens on port ${port} of ${host}`, "start that server, or check SUPABASE_URL");
    }
  });
  if (isMissing(tcp)) {
    examination.skip(["http", "clock"], "the server cannot be reached");
    return false;
  }
  return checkHttp(examination, clock, target);
}

/** Turns an unknown name into a finding; rethrows other errors of the resolver. */
function explainLookup(thrown: unknown, host: string): Finding {
  if (errorFields(thrown).error_code !== "ENOTFOUND") throw thrown;
  const todo = "check SUPABASE_URL: a project that was deleted, or paused for long, has no address any more";
  return fail(`no server is called ${host}`, todo);
}

function connectOnce(host: string, port: number, clock: Clock, signal: AbortSignal): Promise<number> {
  const startedMs = clock.monotonicMs();
  const socket = connect({ host, port });
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve(clock.monotonicMs() - startedMs);
    });
    socket.once("error", reject);
  });
}

async function checkHttp(examination: Examination, clock: Clock, target: Target): Promise<boolean> {
  let answer: { date: string | null; atMs: EpochMs; roundTripMs: number } | undefined;
  const http = await examination.check(
    "http",
    { limitMs: 2 * NETWORK_LIMIT_MS, todo: CHECK_SILENT },
    async (signal) => {
      const headers = { apikey: target.serviceRoleKey ?? "" };
      const startedMs = clock.monotonicMs();
      const startedAtMs = clock.now();
      const response = await fetch(realtimeUrl(target.supabaseUrl, "api/ping"), { headers, signal });
      const roundTripMs = clock.monotonicMs() - startedMs;
      answer = { date: response.headers.get("date"), atMs: startedAtMs + roundTripMs / 2, roundTripMs };
      await response.arrayBuffer();
      return explainPing(response.status, roundTripMs);
    },
  );
  const limits = { limitMs: SECOND_MS, todo: CHECK_NETWORK };
  if (answer) {
    const { date, atMs, roundTripMs } = answer;
    await examination.check("clock", limits, () => judgeHttpDate(date, atMs, roundTripMs));
  } else examination.skip(["clock"], "there was no answer to compare with");
  return !isMissing(http);
}

/** Returns an address of the project's Realtime. */
export function realtimeUrl(supabaseUrl: string, path: string): string {
  return `${supabaseUrl.replace(/\/+$/, "")}/realtime/v1/${path}`;
}

/** Explains the status of the Realtime server's ping. */
export function explainPing(status: number, roundTripMs: number): Finding {
  const text = `HTTP ${status} in ${inMs(roundTripMs)}`;
  const figures = { status, round_trip_ms: roundTripMs };
  if (status === 540) return fail(`${text}: the project is paused`, "restore it in the dashboard", figures);
  if (status >= 500) return fail(text, "Realtime or its gateway is down: see the project's status page", figures);
  if (status === 404) {
    return fail(
      `${text}: no Realtime under this address`,
      "SUPABASE_URL is the project's URL, without a path",
      figures,
    );
  }
  return ok(text, figures);
}

/** Skew of the clock that matters, in ms: the server judges tokens by its own clock. */
const SKEW_WARN_MS = 5 * SECOND_MS;
const SKEW_FAIL_MS = 60 * SECOND_MS;
const SET_CLOCK = "let NTP set this machine's clock (systemd-timesyncd, chrony)";

/** Uncertainty of the header `Date`, in ms: it has whole seconds, and servers renew it about once a second. */
const HTTP_DATE_UNCERTAIN_MS = 1.5 * SECOND_MS;

export function judgeHttpDate(date: string | null, atMs: EpochMs, roundTripMs: number): Finding {
  const serverMs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(serverMs)) return skipped("the server did not say what time it is");
  return judgeSkew(atMs - (serverMs + SECOND_MS / 2), HTTP_DATE_UNCERTAIN_MS + roundTripMs / 2);
}

/** Judges `skewMs`, by which this machine's clock is ahead of the other; it may be off by `uncertainMs`. */
export function judgeSkew(skewMs: number, uncertainMs: number): Finding {
  const direction = skewMs < 0 ? "behind" : "ahead";
  const figures = { skew_ms: Math.round(skewMs), uncertain_ms: Math.round(uncertainMs) };
  if (Math.abs(skewMs) <= uncertainMs) return ok(`in step, to within ${inMs(uncertainMs)}`, figures);
  const text = `this machine's clock is ${inMs(Math.abs(skewMs))} ${direction}`;
  const beyondMs = Math.abs(skewMs) - uncertainMs;
  if (beyondMs >= SKEW_FAIL_MS) return fail(text, SET_CLOCK, figures);
  return beyondMs >= SKEW_WARN_MS ? warn(text, SET_CLOCK, figures) : ok(text, figures);
}
