import { seededRng } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import {
  type BreakerContext,
  type BreakerEvent,
  type BreakerState,
  breakerTransition,
  causeOf,
  permits,
  unknownServer,
} from "./breaker.state.ts";
import { classify } from "./classify.ts";

const NOW_MS = 100_000;
const DOWN = classify({ where: "handshake", text: "Failed to connect", closeCode: 1006 });
const DROPPED = classify({ where: "close", text: "", closeCode: 1006 });
const JOIN_RATE = classify({ where: "join", text: "ClientJoinRateLimitReached: Too many joins per second" });
const FULL = classify({ where: "join", text: "ConnectionRateLimitReached: Too many connected users" });
const SUSPENDED = classify({ where: "join", text: "RealtimeDisabledForTenant: Realtime disabled for this tenant" });
const UNSIGNED = classify({ where: "join", text: "JwtSignerError: Failed to generate JWT signer" });
const WRONG_KEY = classify({ where: "handshake", text: "", httpStatus: 401 });

const options = { probeBaseMs: 500, probeMaxMs: 1500, retryJitterRatio: 0.3, stableAfterMs: 60_000 };
const context = (overrides: Partial<BreakerContext> = {}): BreakerContext => ({
  nowMs: NOW_MS,
  rng: seededRng(7),
  options,
  openCount: () => 0,
  canAsk: false,
  ...overrides,
});
const step = (state: BreakerState, event: BreakerEvent, overrides: Partial<BreakerContext> = {}) =>
  breakerTransition(state, event, context(overrides));

const HOLD = { untilMs: NOW_MS + 4000, cause: "joinRate" } as const;
const REFUSED = {
  status: "refused",
  cause: "projectUnknown",
  probeAtMs: NOW_MS + 60_000,
  everyMs: 60_000,
  isForJoins: false,
  restart: "none",
  hold: null,
} as const satisfies BreakerState;

const STATES = {
  unknown: { status: "unknown", restart: "none" },
  up: { status: "up", sinceMs: NOW_MS - 60_000, flaps: 0 },
  held: { status: "held", restart: "none", isAsking: false, ...HOLD },
  asking: { status: "held", restart: "none", isAsking: true, ...HOLD },
  away: {
    status: "away",
    cause: "socketLost",
    failures: 2,
    flaps: 0,
    probeAtMs: NOW_MS + 700,
    restart: "certain",
    hold: null,
  },
  refused: REFUSED,
  "refused for joins": { ...REFUSED, isForJoins: true },
} as const satisfies Record<string, BreakerState>;

const EVENTS = {
  opened: { kind: "opened" },
  "a handshake not answered": { kind: "handshake-failed", failure: DOWN },
  "a handshake limited": { kind: "handshake-failed", failure: JOIN_RATE },
  "a handshake refused": { kind: "handshake-failed", failure: WRONG_KEY },
  "all sockets lost": { kind: "all-sockets-lost", closeCode: 1006, failure: DROPPED },
  "too many joins": { kind: "project-signal", failure: JOIN_RATE },
  "project full": { kind: "project-signal", failure: FULL },
  "project closed": { kind: "project-signal", failure: SUSPENDED },
  "join sent": { kind: "join-sent" },
  "join answered": { kind: "join-answered" },
  "asked, still too many": { kind: "asked", answer: "over" },
  "asked, let in": { kind: "asked", answer: "under" },
  tick: { kind: "tick" },
} as const satisfies Record<string, BreakerEvent>;

type Cell = readonly [status: BreakerState["status"], ...effects: string[]];
const STAYS = "stays" as const;

/** Every pair, so that the compiler refuses a forgotten one. */
const TABLE: Readonly<Record<keyof typeof STATES, Readonly<Record<keyof typeof EVENTS, Cell | typeof STAYS>>>> = {
  unknown: {
    opened: ["up"],
    "a handshake not answered": ["away"],
    "a handshake limited": ["held", "joins-limited"],
    "a handshake refused": ["refused"],
    "all sockets lost": STAYS,
    "too many joins": ["held", "joins-limited"],
    "project full": ["held"],
    "project closed": ["refused"],
    "join sent": STAYS,
    "join answered": STAYS,
    "asked, still too many": STAYS,
    "asked, let in": STAYS,
    tick: STAYS,
  },
  up: {
    opened: STAYS,
    "a handshake not answered": ["away"],
    "a handshake limited": ["held", "joins-limited"],
    "a handshake refused": ["refused"],
    "all sockets lost": ["away"],
    "too many joins": ["held", "joins-limited"],
    "project full": ["held"],
    "project closed": ["refused"],
    "join sent": STAYS,
    "join answered": STAYS,
    "asked, still too many": STAYS,
    "asked, let in": STAYS,
    tick: STAYS,
  },
  held: {
    opened: STAYS,
    "a handshake not answered": ["away"],
    "a handshake limited": ["held", "joins-limited"],
    "a handshake refused": ["refused"],
    "all sockets lost": ["away"],
    "too many joins": ["held", "joins-limited"],
    "project full": ["held"],
    "project closed": ["refused"],
    "join sent": STAYS,
    "join answered": STAYS,
    "asked, still too many": STAYS,
    "asked, let in": STAYS,
    tick: STAYS,
  },
  asking: {
    opened: STAYS,
    "a handshake not answered": ["away"],
    "a handshake limited": ["held", "joins-limited"],
    "a handshake refused": ["refused"],
    "all sockets lost": ["away"],
    "too many joins": ["held", "joins-limited"],
    "project full": ["held"],
    "project closed": ["refused"],
    "join sent": STAYS,
    "join answered": STAYS,
    "asked, still too many": ["held"],
    "asked, let in": ["away", "joins-let-in"],
    tick: STAYS,
  },
  away: {
    opened: ["up", "server-started"],
    "a handshake not answered": ["away"],
    "a handshake limited": ["held", "joins-limited"],
    "a handshake refused": ["refused"],
    "all sockets lost": STAYS,
    "too many joins": ["held", "joins-limited"],
    "project full": ["held"],
    "project closed": ["refused"],
    "join sent": STAYS,
    "join answered": STAYS,
    "asked, still too many": STAYS,
    "asked, let in": STAYS,
    tick: STAYS,
  },
  refused: {
    opened: ["up"],
    "a handshake not answered": ["away"],
    "a handshake limited": ["refused", "joins-limited"],
    "a handshake refused": ["refused"],
    "all sockets lost": ["refused"],
    "too many joins": ["refused", "joins-limited"],
    "project full": ["refused"],
    "project closed": ["refused"],
    "join sent": STAYS,
    "join answered": STAYS,
    "asked, still too many": STAYS,
    "asked, let in": STAYS,
    tick: STAYS,
  },
  "refused for joins": {
    opened: ["refused"],
    "a handshake not answered": ["away"],
    "a handshake limited": ["refused", "joins-limited"],
    "a handshake refused": ["refused"],
    "all sockets lost": ["refused"],
    "too many joins": ["refused", "joins-limited"],
    "project full": ["refused"],
    "project closed": ["refused"],
    "join sent": ["refused"],
    "join answered": ["up"],
    "asked, still too many": STAYS,
    "asked, let in": STAYS,
    tick: STAYS,
  },
};

const cells = Object.entries(TABLE).flatMap(([from, row]) =>
  Object.entries(row).map(([event, cell]) => ({ from, event, cell })),
);

describe("the breaker's transitions", () => {
  it.each(cells)("$from on $event", ({ from, event, cell }) => {
    const state = STATES[from as keyof typeof STATES];
    const result = step(state, EVENTS[event as keyof typeof EVENTS]);
    if (cell === STAYS) {
      expect(result).toEqual({ state, effects: [] });
      return;
    }
    const [status, ...effects] = cell;
    expect(result.state.status).toBe(status);
    expect(result.effects.map(({ kind }) => kind)).toEqual(effects);
  });
});

describe("handshakes", () => {
  const allowed = (state: BreakerState, connecting: number, nowMs = NOW_MS) =>
    permits(state, { connecting, max: 10 }, nowMs).handshakes;

  it("go out one at a time while nobody knows whether the server is there, and as many as are allowed while it is", () => {
    expect([0, 1].map((connecting) => allowed(STATES.unknown, connecting))).toEqual([1, 0]);
    expect([0, 3, 12].map((connecting) => allowed(STATES.up, connecting))).toEqual([10, 7, 0]);
  });

  it("look for a server that is away at growing, jittered waits of at most 1.5 s", () => {
    const rng = seededRng(7);
    let state: BreakerState = STATES.up;
    let nowMs = 0;
    const waits: number[] = [];
    for (let failure = 0; failure < 200; failure += 1) {
      state = step(state, EVENTS["a handshake not answered"], { nowMs, rng }).state;
      const { handshakes, lookAtMs } = permits(state, { connecting: 0, max: 10 }, nowMs);
      expect(handshakes).toBe(0);
      waits.push((lookAtMs ?? Number.NaN) - nowMs);
      nowMs = lookAtMs ?? Number.NaN;
      expect([0, 1].map((connecting) => allowed(state, connecting, nowMs))).toEqual([1, 0]);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(350);
    expect(waits[0]).toBeLessThanOrEqual(650);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1500);
    expect(new Set(waits).size).toBeGreaterThan(50);
  });

  it("look for it within 250 ms of the loss of every socket, and no sooner for a loss that comes late", () => {
    const lost = step(STATES.up, EVENTS["all sockets lost"]).state;
    const first = permits(lost, { connecting: 0, max: 10 }, NOW_MS).lookAtMs ?? Number.NaN;
    expect(first - NOW_MS).toBeGreaterThan(0);
    expect(first - NOW_MS).toBeLessThanOrEqual(250);
    expect(step(STATES.away, EVENTS["all sockets lost"]).state).toEqual(STATES.away);
  });

  it("come back at once from three losses in a row, and later after each further one, until the server has been up for a minute", () => {
    const rng = seededRng(7);
    let state: BreakerState = STATES.up;
    let nowMs = NOW_MS;
    const loseAfter = (upMs: number) => {
      nowMs += upMs;
      state = step(state, EVENTS["all sockets lost"], { nowMs, rng }).state;
      const probeAtMs = permits(state, { connecting: 0, max: 10 }, nowMs).lookAtMs ?? Number.NaN;
      const waitedMs = probeAtMs - nowMs;
      nowMs = probeAtMs;
      state = step(state, EVENTS.opened, { nowMs, rng }).state;
      return waitedMs;
    };
    const waitsMs = Array.from({ length: 9 }, () => loseAfter(5000));
    expect(Math.max(...waitsMs.slice(0, 3))).toBeLessThanOrEqual(250);
    for (const [index, aboutMs] of [500, 1000, 2000, 4000, 8000].entries()) {
      expect(waitsMs[index + 3]).toBeGreaterThanOrEqual(aboutMs * 0.7);
      expect(waitsMs[index + 3]).toBeLessThanOrEqual(aboutMs * 1.3);
    }
    expect(Math.max(...waitsMs)).toBeLessThanOrEqual(15_000);
    expect(loseAfter(60_000)).toBeLessThanOrEqual(250);
  });

  it("look slowly for a key or project that is refused: from 60 s, from 5 min for one that is suspended", () => {
    const waitMs = (event: BreakerEvent) =>
      (permits(step(STATES.up, event).state, { connecting: 0, max: 10 }, NOW_MS).lookAtMs ?? Number.NaN) - NOW_MS;
    for (const event of [EVENTS["a handshake refused"], { kind: "project-signal", failure: UNSIGNED } as const]) {
      expect(waitMs(event)).toBeGreaterThanOrEqual(60_000);
      expect(waitMs(event)).toBeLessThanOrEqual(78_000);
    }
    expect(waitMs(EVENTS["project closed"])).toBeGreaterThanOrEqual(300_000);
  });
});

describe("joins", () => {
  const joins = (state: BreakerState, nowMs = NOW_MS) => permits(state, { connecting: 0, max: 10 }, nowMs).joins;

  it("stop for the cool-down of a rate or capacity signal and for nothing else", () => {
    for (const [name, floorMs] of [
      ["too many joins", 10_000],
      ["project full", 30_000],
    ] as const) {
      const held = step(STATES.up, EVENTS[name], { openCount: () => 3 }).state;
      expect([joins(held), joins(held, NOW_MS + floorMs - 1)]).toEqual([0, 0]);
      expect(step(held, EVENTS.tick, { nowMs: NOW_MS + floorMs - 1, openCount: () => 3 }).state).toEqual(held);
      const later = { nowMs: NOW_MS + floorMs * 1.3, openCount: () => 3 };
      expect(step(held, EVENTS.tick, later).state).toEqual({ status: "up", sinceMs: later.nowMs, flaps: 0 });
    }
    for (const state of [STATES.unknown, STATES.up, STATES.away, STATES.refused]) {
      expect(joins(state)).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it("are let through again by the answer to a question, where one can be asked, and not by a join that costs its socket", () => {
    const context = { openCount: () => 3, canAsk: true, nowMs: HOLD.untilMs };
    const asking = step(STATES.held, EVENTS.tick, context);
    expect(asking.effects).toEqual([{ kind: "ask" }]);
    expect(permits(asking.state, { connecting: 0, max: 10 }, HOLD.untilMs + 60_000)).toEqual({
      handshakes: 0,
      joins: 0,
      lookAtMs: null,
    });
    const still = step(asking.state, EVENTS["asked, still too many"], context).state;
    const againMs = (permits(still, { connecting: 0, max: 10 }, HOLD.untilMs).lookAtMs ?? Number.NaN) - HOLD.untilMs;
    expect(againMs).toBeGreaterThanOrEqual(4000);
    expect(againMs).toBeLessThanOrEqual(5500);
    for (const answer of ["under", "unknown"] as const) {
      expect(step(asking.state, { kind: "asked", answer }, context).state.status).toBe("up");
    }
    // Nobody asks how many users there are: the handshake itself is answered for that.
    expect(step({ ...STATES.held, cause: "projectFull" }, EVENTS.tick, context).state.status).toBe("up");
  });

  it("are held by the longer of two signals", () => {
    const full = step(STATES.up, EVENTS["project full"]).state;
    const both = step(full, EVENTS["too many joins"]);
    expect(both.state).toEqual(full);
    expect(both.effects).toEqual([{ kind: "joins-limited" }]);
  });

  it("stay held when the sockets go meanwhile, and no probe looks before", () => {
    const lost = step(STATES.held, EVENTS["all sockets lost"]).state;
    expect(permits(lost, { connecting: 0, max: 10 }, NOW_MS + 3999)).toMatchObject({ handshakes: 0, joins: 0 });
    expect(permits(lost, { connecting: 0, max: 10 }, HOLD.untilMs)).toMatchObject({ handshakes: 1 });
    const early = { ...STATES.away, hold: HOLD };
    expect(step(early, EVENTS.opened).state).toEqual(STATES.held);
  });

  it("are probed by one when a hold ends with no socket open", () => {
    const ended = step({ ...STATES.held, restart: "possible" }, EVENTS.tick, { nowMs: HOLD.untilMs }).state;
    expect(ended).toMatchObject({ status: "away", restart: "possible", probeAtMs: HOLD.untilMs });
  });

  it("look one at a time at a project that refused them, whatever handshakes say", () => {
    const closed = step(STATES.up, EVENTS["project closed"], { openCount: () => 2 }).state;
    if (closed.status !== "refused") throw new Error("it was not refused");
    expect([joins(closed), joins(closed, closed.probeAtMs)]).toEqual([0, 1]);
    const opened = step(closed, EVENTS.opened, { openCount: () => 3 }).state;
    expect(joins(opened)).toBe(1);
    const sent = step(opened, EVENTS["join sent"], { openCount: () => 3 }).state;
    expect(joins(sent)).toBe(0);
    expect(step(sent, EVENTS["join answered"], { openCount: () => 3 }).state.status).toBe("up");
  });
});

describe("a restart", () => {
  const started = (state: BreakerState) => step(state, EVENTS.opened).effects;
  const lost = (closeCode: number, text = "") => {
    const failure = classify({ where: "close", text, closeCode });
    return step(STATES.up, { kind: "all-sockets-lost", closeCode, failure }).state;
  };

  it("is certain after close code 1012, unless an operator asked for it, and possible after any other loss of all", () => {
    expect(started(lost(1012))).toEqual([{ kind: "server-started", isCertain: true }]);
    expect(started(lost(1012, "Server requested disconnect"))).toEqual([{ kind: "server-started", isCertain: false }]);
    for (const closeCode of [1000, 1001, 1006, 1011]) {
      expect(started(lost(closeCode))).toEqual([{ kind: "server-started", isCertain: false }]);
    }
  });

  it("is none when the server closed the last socket because joins were overrun", () => {
    expect(started(lost(1001, "ClientJoinRateLimitReached: Too many joins per second"))).toEqual([]);
  });

  it("is certain when a connection is refused while nothing is open, and only then", () => {
    const refused = (count: number) =>
      step(lost(1006), EVENTS["a handshake not answered"], { openCount: () => count }).state;
    expect(started(refused(0))).toEqual([{ kind: "server-started", isCertain: true }]);
    expect(started(refused(1))).toEqual([{ kind: "server-started", isCertain: false }]);
    const silent = classify({ where: "handshake", text: "handshake timed out after 10000 ms" });
    expect(started(step(STATES.unknown, { kind: "handshake-failed", failure: silent }).state)).toEqual([]);
  });

  it("is not forgotten while the key is refused or joins are held, and is told once", () => {
    const held = step(lost(1012), EVENTS["a handshake limited"]).state;
    const refused = step(lost(1012), EVENTS["a handshake refused"]).state;
    for (const state of [held, refused]) {
      const opened = step(state, EVENTS.opened);
      expect(opened.effects).toEqual([{ kind: "server-started", isCertain: true }]);
      expect(started(opened.state)).toEqual([]);
    }
  });

  it("is possible from the beginning for a server taken to be cold", () => {
    expect(started(unknownServer("cold"))).toEqual([{ kind: "server-started", isCertain: false }]);
    expect(started(unknownServer("warm"))).toEqual([]);
  });
});

it("names what keeps it from being up", () => {
  expect(Object.values(STATES).map(causeOf)).toEqual([
    null,
    null,
    "joinRate",
    "joinRate",
    "socketLost",
    "projectUnknown",
    "projectUnknown",
  ]);
});
