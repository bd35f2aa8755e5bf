import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Clock, SECOND_MS } from "@shoal/kernel";
import { z } from "zod";
import type { Examination } from "./examination.ts";
import { type Finding, fail, inMs, ok } from "./finding.ts";
import { realtimeUrl } from "./reach.ts";
import type { Target } from "./target.ts";

/** Limit of an upgrade, in ms: the server answers a refused one after 2 s. @source REALTIME.md 1 */
const UPGRADE_LIMIT_MS = 10 * SECOND_MS;

export interface UpgradeAnswer {
  /** HTTP status; 101 if the socket opened. */
  readonly status: number;
  /** The server's reason, if it gave one. */
  readonly reason: string;
}

/** Checks whether this key may open a socket. Closes the socket at once: it joins nothing and counts towards no limit. */
export function checkUpgrade(examination: Examination, clock: Clock, target: Target): Promise<Finding> {
  const terms = {
    limitMs: UPGRADE_LIMIT_MS,
    todo: "see whether a proxy between here and the server lets WebSockets pass",
  };
  return examination.check("upgrade", terms, async (signal) => {
    const startedMs = clock.monotonicMs();
    const answer = await askUpgrade(socketUrl(target, "http"), signal);
    return explainUpgrade(answer, clock.monotonicMs() - startedMs);
  });
}

/** Returns the address where clients connect, for the plain JSON format. */
export function socketUrl(
  { supabaseUrl, serviceRoleKey }: Pick<Target, "supabaseUrl" | "serviceRoleKey">,
  scheme: "http" | "ws",
): string {
  const url = new URL(realtimeUrl(supabaseUrl, "websocket"));
  if (scheme === "ws") url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("apikey", serviceRoleKey ?? "");
  url.searchParams.set("vsn", "1.0.0");
  return url.toString();
}

const bodySchema = z.object({ error: z.string().optional(), message: z.string().optional() });

// A WebSocket hides the status of a refused upgrade; a plain request does not.
function askUpgrade(url: string, signal: AbortSignal): Promise<UpgradeAnswer> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64"),
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal });
    asked.once("upgrade", (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, reason: "" });
    });
    asked.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, reason: reasonIn(body) }));
    });
    asked.once("error", reject);
    asked.end();
  });
}

function reasonIn(body: string): string {
  try {
    const { error, message } = bodySchema.parse(JSON.parse(body));
    return error ?? message ?? "";
  } catch {
    return "";
  }
}

interface Advice {
  readonly status: number;
  readonly pattern: RegExp;
  readonly todo: string;
}

/** Advice by refusal; the first entry that fits is used. @source REALTIME.md 2.3 and 2.4 */
const ADVICE: readonly Advice[] = [
  { status: 401, pattern: /expired/i, todo: "the key has expired: make a new one in the project's settings" },
  {
    status: 401,
    pattern: /signature|signer/i,
    todo: "the key was not made for this project, or its JWT secret was changed since: copy the key again",
  },
  { status: 401, pattern: /missing|required/i, todo: "the key lacks role or exp, or did not arrive: copy it again" },
  {
    status: 401,
    pattern: /./,
    todo: "the server does not take this key: copy it again from the project's API settings",
  },
  {
    status: 401,
    pattern: /^/,
    todo: "the gateway does not know this key: copy it again from the project's API settings",
  },
  {
    status: 403,
    pattern: /disabled/i,
    todo: "Realtime is off or the project suspended for its quotas: look into the dashboard, Realtime settings and usage",
  },
  {
    status: 403,
    pattern: /^/,
    todo: "something before the server refuses it: a network restriction, firewall or proxy",
  },
  { status: 404, pattern: /^/, todo: "there is no such project: check SUPABASE_URL" },
  {
    status: 429,
    pattern: /connected users/i,
    todo: "the plan's sockets are all in use: close other clients, lower POOL_MAX_SOCKETS, or take a larger plan",
  },
  {
    status: 429,
    pattern: /joins/i,
    todo: "too many joins in the last minute: wait one, then lower POOL_JOINS_PER_SECOND or POOL_JOIN_SHARE",
  },
  { status: 429, pattern: /^/, todo: "too many requests: wait a minute; somebody else may be using the limit up" },
  { status: 540, pattern: /^/, todo: "the project is paused: restore it in the dashboard" },
];

/** Explains a refused or accepted upgrade. */
export function explainUpgrade({ status, reason }: UpgradeAnswer, tookMs: number): Finding {
  const figures = { status, took_ms: tookMs };
  if (status === 101) return ok(`the key opens a socket in ${inMs(tookMs)}`, figures);
  const found = `HTTP ${status}${reason ? ` "${reason}"` : ""} after ${inMs(tookMs)}`;
  const advice = ADVICE.find((row) => row.status === status && row.pattern.test(reason))?.todo;
  const fallback =
    status >= 500
      ? "Realtime or its gateway is down: see the project's status page"
      : "this is no Realtime server: check SUPABASE_URL";
  return fail(found, advice ?? fallback, figures);
}
