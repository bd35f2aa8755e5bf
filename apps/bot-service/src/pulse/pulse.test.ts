import { SECOND_MS } from "@shoal/kernel";
import type { SweepRequest } from "@shoal/matchmaker";
import { StoreError } from "@shoal/store";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { unwatchedMembers } from "../replicas/members.test-support.ts";
import { createPulse } from "./pulse.ts";

const REQUEST: SweepRequest = {
  ...{ replicaId: "r", leaseMs: 10_000, maxUnconfirmed: 3, limit: 100 },
  ...{ pending: [], live: [] },
};
const NOTHING = { control: null, held_jobs: null, jobs: null, orders: null, outbox: null, queues: null };

function makePulse() {
  const runtime = testRuntime();
  const asked: unknown[][] = [];
  const told: [string, number][] = [];
  const state = { isAway: false, due: {} as Record<string, number>, unannounced: [] as string[] };
  const database = {
    async query<Row extends object>(_text: string, params: readonly unknown[] = []) {
      asked.push([...params.slice(6, 8)]);
      if (state.isAway) throw new StoreError("STORE_UNAVAILABLE", "away");
      const due = { ...NOTHING, schedules: null, strategies: null, ...state.due };
      const { unannounced } = state;
      const members = { live: [], late: [], granted: [], is_busy: false, next_end_ms: null, changed: [] };
      const outlook = { deadline_ms: null, live_count: 2, is_waiting: true, due, unannounced, members };
      return [{ change: null, outlook } as unknown as Row];
    },
  };
  const pulse = createPulse({ database, runtime, members: unwatchedMembers() });
  const hears = (name: string) => (dueInMs: number) => void told.push([name, dueInMs]);
  return { pulse, clock: runtime.clock, state, asked, told, hears };
}

it("asks for what is watched, and tells each of what is due, and of nothing else", async () => {
  const { pulse, state, asked, told, hears, clock } = makePulse();
  pulse.watch("jobs", hears("jobs"));
  pulse.watchQueues(["a", "b"], hears("queues"));
  expect(await pulse.sweep(REQUEST)).toEqual({ changes: [], deadlineMs: null, liveCount: 2, isWaiting: true });
  expect([asked, told]).toEqual([
    [
      [
        ["jobs", "queues"],
        ["a", "b"],
      ],
    ],
    [],
  ]);
  Object.assign(state, { due: { jobs: -7, queues: 900.5, orders: 1 }, unannounced: ["b"] });
  await pulse.sweep(REQUEST);
  expect(told).toEqual([
    ["jobs", 0],
    ["queues", 900.5],
  ]);
  expect(pulse.unannounced).toEqual(["b"]);
  pulse.close();
  expect(clock.pendingTimers).toBe(0);
});

it("lets all look by themselves once, when it fails or is late, until it is answered again", async () => {
  const { pulse, state, told, hears, clock } = makePulse();
  pulse.watch("jobs", hears("jobs"));
  pulse.watch("orders", hears("orders"));
  const all = [
    ["jobs", 0],
    ["orders", 0],
  ];
  expect(pulse.isBeating).toBe(false);
  await pulse.sweep(REQUEST);
  expect(pulse.isBeating).toBe(true);
  state.isAway = true;
  await expect(pulse.sweep(REQUEST)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await expect(pulse.sweep(REQUEST)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect([pulse.isBeating, told]).toEqual([false, all]);
  state.isAway = false;
  await pulse.sweep(REQUEST);
  await clock.advance(5 * SECOND_MS - 1);
  expect([pulse.isBeating, told]).toEqual([true, all]);
  await clock.advance(1);
  expect([pulse.isBeating, told]).toEqual([false, [...all, ...all]]);
  expect(clock.pendingTimers).toBe(0);
});
