import { type Clock, SECOND_MS } from "@shoal/kernel";
import { z } from "zod";
import { type Examination, isMissing } from "./examination.ts";
import { type Finding, fail, inMs, inNumber, ok, skipped, warn } from "./finding.ts";
import { realtimeUrl } from "./reach.ts";
import { type Target, type Usage, usageOf } from "./target.ts";

const HTTP_LIMIT_MS = 10 * SECOND_MS;
const CHECK_PROXY = "notices to people go this way: see whether a proxy holds POST requests back";

/** Sends one broadcast by HTTP to a topic without listeners, and reads the limits from the answer. */
export async function checkHttpBroadcast(
  examination: Examination,
  clock: Clock,
  target: Target,
  topic: string,
): Promise<void> {
  const isPrivate = target.config.channelAccess === "private";
  let headers: Headers | undefined;
  const sent = await examination.check(
    "http broadcast",
    { limitMs: HTTP_LIMIT_MS, todo: CHECK_PROXY },
    async (signal) => {
      const key = target.serviceRoleKey ?? "";
      const startedMs = clock.monotonicMs();
      const response = await fetch(realtimeUrl(target.supabaseUrl, "api/broadcast"), {
        method: "POST",
        headers: { apikey: key, authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ messages: [{ topic, event: "doctor", payload: {}, private: isPrivate }] }),
        signal,
      });
      headers = response.headers;
      return explainBroadcast(response.status, messageIn(await response.text()), clock.monotonicMs() - startedMs);
    },
  );
  if (!headers || (isMissing(sent) && !headers.has("x-rate-limit"))) {
    return examination.skip(["limits"], "the broadcast got no answer that tells them");
  }
  const told = headers;
  await examination.check("limits", { limitMs: SECOND_MS, todo: CHECK_PROXY }, () =>
    judgeLimits(readRates(told), usageOf(target.config)),
  );
}

const messageSchema = z.object({ message: z.string() });

function messageIn(body: string): string {
  try {
    return messageSchema.parse(JSON.parse(body)).message;
  } catch {
    return "";
  }
}

export function explainBroadcast(status: number, message: string, tookMs: number): Finding {
  const figures = { status, took_ms: tookMs };
  if (status === 202) return ok(`accepted in ${inMs(tookMs)}`, figures);
  const found = `HTTP ${status}${message ? ` "${message}"` : ""} after ${inMs(tookMs)}`;
  // The server says 401 of a project that it does not know.
  if (status === 404 || /tenant not found/i.test(message)) {
    return fail(found, "there is no such project: check SUPABASE_URL", figures);
  }
  if (status === 401 || status === 403) {
    return fail(found, "the server does not take this key for HTTP: copy it again from the API settings", figures);
  }
  if (status === 429) {
    return warn(found, "the project is over its messages per second: send less, or take a larger plan", figures);
  }
  if (status < 300) return fail(found, "this is no Realtime server: check SUPABASE_URL", figures);
  return fail(found, status >= 500 ? "Realtime or its gateway is down: see the status page" : CHECK_PROXY, figures);
}

/**
 * Limit of events per second, and HTTP requests per second in the last minute, which are held to the same limit; null where
 * the server does not say. The rate of messages over sockets is not available.
 * @source supabase/realtime 2.129.8, the API's rate limiter
 */
export interface Rates {
  readonly limit: number | null;
  readonly rolling: number | null;
}

export function readRates(headers: Headers): Rates {
  const read = (name: string) => {
    const text = headers.get(name);
    return text !== null && /^-?\d{1,12}$/.test(text) ? Number(text) : null;
  };
  return { limit: read("x-rate-limit"), rolling: read("x-rate-rolling") };
}

const NEARLY_USED_UP = 0.9;

interface Plan {
  readonly eventsPerSecond: number;
  readonly name: string;
  readonly joinsPerSecond: number;
  readonly sockets: number;
}

/** Plans by events per second, the one limit that the server sends. @source https://supabase.com/docs/guides/realtime/limits */
const PLANS: readonly Plan[] = [
  { eventsPerSecond: 100, name: "Free, or a server of your own", joinsPerSecond: 100, sockets: 200 },
  { eventsPerSecond: 500, name: "Pro", joinsPerSecond: 500, sockets: 500 },
  { eventsPerSecond: 2500, name: "Pro without a spend cap, or Team", joinsPerSecond: 2500, sockets: 10_000 },
];

/** Compares the configuration with the limits that the server sent. */
export function judgeLimits({ limit, rolling }: Rates, { joinsPerSecond, sockets, channels }: Usage): Finding {
  const usage = `the daemon: ${inNumber(joinsPerSecond)} joins/s, ${inNumber(sockets)} sockets, ${inNumber(channels)} channels at most`;
  if (limit === null) return skipped(`the server sent none; ${usage}`);
  const figures = {
    events_per_second_limit: limit,
    ...(rolling === null ? {} : { http_requests_per_second: rolling }),
  };
  const plan = PLANS.find(({ eventsPerSecond }) => eventsPerSecond === limit);
  const used = rolling === null ? "" : `, ${inNumber(rolling)} HTTP requests/s`;
  const found = `${inNumber(limit)} events/s${used}${plan ? ` (${plan.name})` : ""}; ${usage}`;
  if (rolling !== null && rolling >= limit * NEARLY_USED_UP) {
    return warn(
      found,
      "HTTP broadcasts above the limit are refused: some client of the project sends too many",
      figures,
    );
  }
  if (plan && joinsPerSecond > plan.joinsPerSecond) {
    const todo = `people would be locked out: that plan allows ${inNumber(plan.joinsPerSecond)} joins/s; set SUPABASE_PLAN to it, POOL_JOINS_PER_SECOND to nothing`;
    return warn(found, todo, figures);
  }
  if (plan && sockets >= plan.sockets) {
    return warn(
      found,
      `leave people some of the plan's ${inNumber(plan.sockets)} sockets: lower POOL_MAX_SOCKETS`,
      figures,
    );
  }
  return ok(found, figures);
}
