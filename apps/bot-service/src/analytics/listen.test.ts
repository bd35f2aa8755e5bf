import { FleetError } from "@shoal/kernel";
import type { Listener } from "@shoal/store";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { hearOfAnswers } from "./listen.ts";

/** A database whose attempts to listen end as given, the last one for good. */
function databaseOfTest(...ends: readonly (Error | undefined)[]) {
  const state = { attempts: 0, closed: 0, notify: (_payload: string) => {} };
  const listen = async (_channel: string, onPayload: (payload: string) => void): Promise<Listener> => {
    const end = ends[Math.min(state.attempts, ends.length - 1)];
    state.attempts += 1;
    if (end) throw end;
    state.notify = onPayload;
    return {
      async close() {
        state.closed += 1;
      },
    };
  };
  return { state, database: { listen } };
}

function hear(...ends: readonly (Error | undefined)[]) {
  const { state, database } = databaseOfTest(...ends);
  const runtime = testRuntime();
  const heard: (readonly [string, number])[] = [];
  const onAnswer = (key: string, madeMs: number) => void heard.push([key, madeMs]);
  return {
    ...runtime,
    state,
    heard,
    listener: hearOfAnswers({ database, runtime, onAnswer }),
  };
}

const AWAY = new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });
const POOLED = new FleetError("STORE_LISTEN_UNSUPPORTED", "a transaction pooler");

it("hears of answers, and takes nothing else for one", async () => {
  const { state, heard, listener, clock } = hear(undefined);
  await clock.advance(0);
  for (const payload of [
    "",
    "nonsense",
    "12",
    "12 ",
    "x key",
    "-1 key",
    "1e9 key",
    "NaN key",
    "12.5 a:b c:",
    "7 k\ney",
  ])
    state.notify(payload);
  expect(heard).toEqual([
    ["a:b c:", 12.5],
    ["k\ney", 7],
  ]);
  await listener.close();
  expect([state.closed, clock.pendingTimers]).toEqual([1, 0]);
});

it("tries again while the database is away", async () => {
  const { state, clock } = hear(AWAY, AWAY, undefined);
  await clock.advance(60_000);
  expect([state.attempts, clock.pendingTimers]).toEqual([3, 0]);
});

it("goes on without where the connection cannot listen", async () => {
  const { state, listener, clock } = hear(POOLED);
  await clock.advance(60_000);
  await listener.close();
  expect([state.attempts, clock.pendingTimers]).toEqual([1, 0]);
});

it("ends with the daemon, also while it tries, or at the moment in which it listens", async () => {
  const trying = hear(AWAY);
  await trying.clock.advance(10);
  await trying.listener.close();
  expect(trying.clock.pendingTimers).toBe(0);
  const late = hear(undefined);
  await late.listener.close();
  expect(late.state.closed).toBe(1);
});
