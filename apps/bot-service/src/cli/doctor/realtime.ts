import { type Runtime, SECOND_MS } from "@shoal/kernel";
import { type CheckTerms, type Examination, isMissing } from "./examination.ts";
import { type CheckName, type Finding, fail, inMs, ok, warn } from "./finding.ts";
import { openLine, type PhoenixLine } from "./phoenix-line.ts";
import type { ReplicationFacts } from "./replication.ts";
import type { Target } from "./target.ts";
import { socketUrl } from "./upgrade.ts";

/** Limit of a join, in ms: the server answers a refused one after 5 s. @source REALTIME.md 1 */
const JOIN_LIMIT_MS = 8 * SECOND_MS;
const ROUND_TRIP_LIMIT_MS = 5 * SECOND_MS;
/** Limit of a subscription, in ms: a stream that has to be started answers within about 3 s. @source REALTIME-FRAMES.md, postgres_changes subscribe */
const CHANGES_LIMIT_MS = 10 * SECOND_MS;
const ROUND_TRIPS = 5;
const WHOLE: readonly CheckName[] = ["broadcast", "presence", "private topic", "postgres changes"];
const NO_ANSWER =
  "the socket opens but gets no answer: Realtime hangs, or a proxy in between holds frames back; see the status page, and restart the project if it lasts";
const terms = (todo: string, limitMs = JOIN_LIMIT_MS): CheckTerms => ({ limitMs, todo });

export interface RealtimeParts {
  readonly examination: Examination;
  readonly runtime: Runtime;
  readonly target: Target;
  /** Topic that no other client uses. */
  readonly topic: string;
  /** Replication settings of the database; null if it could not be reached. */
  readonly facts: Promise<ReplicationFacts | null>;
  readonly stop: AbortSignal;
}

/** Checks what a channel can do, with one socket, at most three joins and eight messages. Leaves all channels again. */
export async function checkRealtime(parts: RealtimeParts): Promise<void> {
  const { examination, runtime, target, topic, facts } = parts;
  const { clock, ids } = runtime;
  const access = { private: target.config.channelAccess === "private" };
  let line: PhoenixLine | undefined;
  try {
    const join = await examination.check("join", terms(NO_ANSWER), async (signal) => {
      line = await openLine(socketUrl(target, "ws"), clock, ids, signal);
      const startedMs = clock.monotonicMs();
      const config = { ...access, broadcast: { self: true, ack: false }, presence: { key: topic, enabled: true } };
      const { isOk, reason } = await line.join(topic, config);
      const tookMs = clock.monotonicMs() - startedMs;
      if (!isOk) return explainRefusal(reason);
      return ok(`a ${access.private ? "private" : "public"} topic in ${inMs(tookMs)}`, { took_ms: tookMs });
    });
    if (!line || isMissing(join)) return examination.skip(WHOLE, "no channel could be joined");
    await checkBroadcast(parts, line);
    if (line.has(topic)) await checkPresence(parts, line);
    else examination.skip(["presence"], "the server closed the channel");
    if (access.private) examination.skip(["private topic"], "the topics tried before are private");
    else await checkPrivate(parts, line);
    await checkChanges(parts, line, await facts);
  } finally {
    await line?.close();
  }
}

/** Explains a join that the server refused. */
export function explainRefusal(reason: string): Finding {
  const found = `refused: ${reason}`;
  if (/PrivateOnly/.test(reason)) {
    return fail(found, "the project allows private channels only: set CHANNEL_ACCESS=private");
  }
  if (/permissions? to read/i.test(reason)) {
    return fail(found, "this key may join no private channel: give the daemon the service-role or secret key");
  }
  if (/joins per second/i.test(reason)) {
    return fail(found, "too many joins in the last minute: wait one, then lower POOL_JOINS_PER_SECOND");
  }
  if (/connected users/i.test(reason)) {
    return fail(found, "the plan's sockets are all in use: close other clients or take a larger plan");
  }
  if (/JWT|token/i.test(reason)) return fail(found, "the server does not take this key for channels: copy it again");
  if (/database|pool/i.test(reason)) {
    return fail(found, "Realtime cannot reach the project's database: see the database's health in the dashboard");
  }
  return fail(found, "see the code in https://supabase.com/docs/guides/realtime/error_codes");
}

function checkBroadcast({ examination, runtime, topic }: RealtimeParts, line: PhoenixLine): Promise<Finding> {
  const todo = "messages do not come back: see whether the project is over its messages per second";
  return examination.check("broadcast", terms(todo, ROUND_TRIP_LIMIT_MS), async () => {
    const tookMs: number[] = [];
    for (let number = 0; number < ROUND_TRIPS; number += 1) {
      const startedMs = runtime.clock.monotonicMs();
      const echo = line.next(topic, ({ event }) => event === "broadcast");
      line.push(topic, "broadcast", { type: "broadcast", event: "doctor", payload: { number } });
      await echo;
      tookMs.push(runtime.clock.monotonicMs() - startedMs);
    }
    const sorted = tookMs.toSorted((left, right) => left - right);
    const [p50 = 0, max = 0] = [sorted[Math.floor(ROUND_TRIPS / 2)], sorted.at(-1)];
    const figures = { round_trips: ROUND_TRIPS, p50_ms: p50, max_ms: max };
    return ok(`there and back p50 ${inMs(p50)}, slowest ${inMs(max)} of ${ROUND_TRIPS}`, figures);
  });
}

function checkPresence({ examination, runtime, topic }: RealtimeParts, line: PhoenixLine): Promise<Finding> {
  const todo =
    "people in the lobby would not be seen: see whether presence is enabled in the project's Realtime settings";
  return examination.check("presence", terms(todo, ROUND_TRIP_LIMIT_MS), async () => {
    const startedMs = runtime.clock.monotonicMs();
    const seen = line.next(topic, ({ event, payload }) => event === "presence_diff" && hasKey(payload["joins"], topic));
    line.push(topic, "presence", { type: "presence", event: "track", payload: { doctor: true } });
    await seen;
    const tookMs = runtime.clock.monotonicMs() - startedMs;
    return ok(`saw our own entry after ${inMs(tookMs)}`, { took_ms: tookMs });
  });
}

function hasKey(entries: unknown, key: string): boolean {
  return typeof entries === "object" && entries !== null && Object.hasOwn(entries, key);
}

function checkPrivate({ examination, topic }: RealtimeParts, line: PhoenixLine): Promise<Finding> {
  const todo = "only matters once CHANNEL_ACCESS is private";
  return examination.check("private topic", terms(todo), async () => {
    const { isOk, reason } = await line.join(`${topic}:private`, { private: true });
    if (isOk) return ok("this key may join them");
    return warn(
      `refused: ${reason}`,
      "only matters once CHANNEL_ACCESS is private: give the daemon the service-role or secret key",
    );
  });
}

async function checkChanges(
  { examination, topic, target }: RealtimeParts,
  line: PhoenixLine,
  facts: ReplicationFacts | null,
): Promise<void> {
  const name = "postgres changes";
  if (!facts) return examination.skip([name], "needs the database, to know of a table that is published");
  const { table } = facts;
  if (!table) return examination.skip([name], "no table is published, so there is nothing to subscribe to");
  // Not tried then: the server would retry a subscription that it cannot serve again and again.
  if (!facts.canStream) return examination.skip([name], "the database cannot stream changes: see replication");
  const todo = "the server never said that it streams: see the replication slots and the Realtime logs";
  await examination.check(name, terms(todo, CHANGES_LIMIT_MS), async () => {
    const where = `${topic}:changes`;
    const answer = line.next(
      where,
      ({ event, payload }) => event === "system" && payload["extension"] === "postgres_changes",
    );
    answer.catch(() => {});
    const { isOk, reason } = await line.join(where, {
      private: target.config.channelAccess === "private",
      postgres_changes: [{ event: "INSERT", ...table }],
    });
    if (!isOk) return explainRefusal(reason);
    const { status, message } = (await answer).payload;
    const shown = `${table.schema}.${table.table}: ${String(message)}`;
    return status === "ok" ? ok(shown) : fail(shown, "see the publication, and the rights of this key's role on it");
  });
}
