import { proportionalJitter } from "@shoal/kernel";
import { seededRng } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import {
  type ChannelEvent,
  type ChannelPolicy,
  type ChannelState,
  newChannel,
  type Step,
  transition,
} from "./channel.state.ts";
import { classify, type Failure } from "./classify.ts";

const policy: ChannelPolicy = {
  maxRetries: Number.POSITIVE_INFINITY,
  backoff: proportionalJitter(2000, 30_000),
  stableAfterMs: 60_000,
  canRefresh: true,
};
const NOW_MS = 100_000;

const serverFailure = classify({ where: "join", text: "Realtime was unable to connect to the project database" });
const stopping = classify({ where: "join", text: "RealtimeRestarting: Realtime is restarting, please standby" });
const suspended = classify({ where: "join", text: "RealtimeDisabledForTenant: Realtime disabled for this tenant" });
const fatal = classify({ where: "join", text: "Unauthorized: You do not have permissions to read" });
const expired = classify({ where: "system", text: "Token has expired 3 seconds ago" });
const forged = classify({ where: "join", text: "JwtSignatureError: Failed to validate JWT signature" });
const rate = classify({ where: "system", text: "Too many messages per second" });
const socketGone = classify({ where: "close", text: "", closeCode: 1006 });

const history = { failures: 0, lostAtMs: null, isRefreshed: false };
const STATES: Readonly<Record<ChannelState["status"], ChannelState>> = {
  waiting: newChannel(0),
  joining: { status: "joining", startedAtMs: NOW_MS - 40, ...history },
  joined: { status: "joined", joinedAtMs: NOW_MS - 1000, ...history },
  failed: { status: "failed", failure: fatal },
  released: { status: "released" },
};

function step(state: ChannelState, event: ChannelEvent, overrides: Partial<ChannelPolicy> = {}): Step {
  return transition(state, event, { ...policy, ...overrides }, { nowMs: NOW_MS, rng: seededRng(1) });
}

const retryDelay = (effects: Step["effects"]) => {
  const retry = effects.find(({ kind }) => kind === "retry");
  return retry?.kind === "retry" ? retry.delayMs : Number.NaN;
};
const kinds = ({ effects }: Step) => effects.map((effect) => effect.kind);

const EVENTS = {
  turn: { kind: "turn" },
  joined: { kind: "joined" },
  "down, may be tried again": { kind: "down", failure: serverFailure },
  "down, for good": { kind: "down", failure: fatal },
  "unreachable, may be tried again": { kind: "unreachable", failure: socketGone },
  "unreachable, for good": {
    kind: "unreachable",
    failure: classify({ where: "handshake", text: "", httpStatus: 401 }),
  },
  outage: { kind: "outage" },
  release: { kind: "release" },
} as const satisfies Record<string, ChannelEvent>;

type Cell = readonly [status: ChannelState["status"], ...effects: string[]];
const STAYS = "stays" as const;

/** Every pair, so that the compiler refuses a forgotten one. */
const TABLE: Readonly<Record<ChannelState["status"], Readonly<Record<keyof typeof EVENTS, Cell | typeof STAYS>>>> = {
  waiting: {
    turn: ["joining", "join"],
    joined: STAYS,
    "down, may be tried again": STAYS,
    "down, for good": STAYS,
    "unreachable, may be tried again": STAYS,
    "unreachable, for good": ["failed", "vacate", "report-failed"],
    outage: STAYS,
    release: ["released", "vacate", "report-released"],
  },
  joining: {
    turn: STAYS,
    joined: ["joined", "report-joined"],
    "down, may be tried again": ["waiting", "report-refused", "vacate", "retry"],
    "down, for good": ["failed", "report-refused", "vacate", "report-failed"],
    "unreachable, may be tried again": STAYS,
    "unreachable, for good": STAYS,
    outage: STAYS,
    release: ["released", "leave", "report-released"],
  },
  joined: {
    turn: STAYS,
    joined: STAYS,
    "down, may be tried again": ["waiting", "report-lost", "vacate", "retry"],
    "down, for good": ["failed", "report-lost", "vacate", "report-failed"],
    "unreachable, may be tried again": STAYS,
    "unreachable, for good": STAYS,
    outage: STAYS,
    release: ["released", "leave", "report-released"],
  },
  failed: {
    turn: STAYS,
    joined: STAYS,
    "down, may be tried again": STAYS,
    "down, for good": STAYS,
    "unreachable, may be tried again": STAYS,
    "unreachable, for good": STAYS,
    outage: STAYS,
    release: STAYS,
  },
  released: {
    turn: STAYS,
    joined: STAYS,
    "down, may be tried again": STAYS,
    "down, for good": STAYS,
    "unreachable, may be tried again": STAYS,
    "unreachable, for good": STAYS,
    outage: STAYS,
    release: STAYS,
  },
};

const cells = Object.entries(TABLE).flatMap(([status, row]) =>
  Object.entries(row).map(([event, cell]) => ({
    state: STATES[status as ChannelState["status"]],
    event: event as keyof typeof EVENTS,
    cell,
  })),
);

describe("the channel's transitions", () => {
  it.each(cells)("$state.status on $event", ({ state, event, cell }) => {
    const result = step(state, EVENTS[event]);
    if (cell === STAYS) {
      expect(result.state).toBe(state);
      expect(result.effects).toEqual([]);
    } else {
      const [status, ...effects] = cell;
      expect(result.state.status).toBe(status);
      expect(kinds(result)).toEqual(effects);
    }
  });
});

/** The wait that a step asks for. */
function delayOf(result: Step): number {
  const retry = result.effects.find((effect) => effect.kind === "retry");
  if (retry?.kind !== "retry") throw new Error(`no retry among ${kinds(result).join(", ")}`);
  return retry.delayMs;
}

const down = (failure: Failure): ChannelEvent => ({ kind: "down", failure });

describe("waits between joins", () => {
  it("grow from the floor of the class to 30 s with 30 % jitter while the server refuses", () => {
    const delays = Array.from({ length: 8 }, (_, failures) =>
      delayOf(step({ status: "joining", startedAtMs: 0, ...history, failures }, down(serverFailure))),
    );
    for (const [failures, delayMs] of delays.entries()) {
      const ceilingMs = Math.max(serverFailure.floorMs, Math.min(30_000, 2000 * 2 ** failures));
      expect(delayMs).toBeGreaterThanOrEqual(Math.floor(ceilingMs * 0.7));
      expect(delayMs).toBeLessThanOrEqual(Math.min(30_000, Math.ceil(ceilingMs * 1.3)));
    }
  });

  it("are a fraction of a second after the first loss of a healthy channel", () => {
    expect(delayOf(step(STATES.joined, down(socketGone)))).toBeLessThanOrEqual(250);
  });

  it("grow when a channel is lost again before it was stable", () => {
    const again = step({ status: "joined", joinedAtMs: NOW_MS - 1000, ...history, failures: 2 }, down(socketGone));
    expect(delayOf(again)).toBeGreaterThan(2000);
  });

  it("start over when it had been stable", () => {
    const again = step({ status: "joined", joinedAtMs: NOW_MS - 60_000, ...history, failures: 9 }, down(socketGone));
    expect(delayOf(again)).toBeLessThanOrEqual(250);
    expect(again.state).toMatchObject({ failures: 1 });
  });

  it("never fall below the floor of the error class", () => {
    const delayMs = delayOf(step(STATES.joined, down(rate)));
    expect(delayMs).toBeGreaterThanOrEqual(15_000);
    expect(delayMs).toBeLessThanOrEqual(15_000 * 1.3);
  });

  it("never grow above the cap of the error class, and still differ there", () => {
    const delays = Array.from({ length: 20 }, (_, seed) =>
      delayOf(
        transition({ status: "joining", startedAtMs: 0, ...history, failures: 9 }, down(stopping), policy, {
          nowMs: NOW_MS,
          rng: seededRng(seed),
        }),
      ),
    );
    for (const delayMs of delays) {
      expect(delayMs).toBeGreaterThanOrEqual(stopping.floorMs);
      expect(delayMs).toBeLessThanOrEqual(stopping.capMs);
    }
    expect(new Set(delays).size).toBeGreaterThan(10);
  });
});

describe("a project that is closed to everybody", () => {
  it("ends the wait for a first join", () => {
    expect(step(STATES.joining, down(suspended)).state.status).toBe("failed");
  });

  it("keeps a channel that was joined once, looked at slowly", () => {
    const waiting = step({ status: "joining", startedAtMs: 0, ...history, lostAtMs: 1 }, down(suspended));
    expect(waiting.state.status).toBe("waiting");
    expect(delayOf(waiting)).toBeGreaterThanOrEqual(300_000);
  });
});

describe("an expired token", () => {
  it("is tried once more at once with a fresh one", () => {
    const waiting = step(STATES.joined, down(expired));
    expect(delayOf(waiting)).toBeLessThanOrEqual(250);
    expect(step(waiting.state, { kind: "turn" }).effects).toEqual([{ kind: "join", attempt: 2, refresh: true }]);
  });

  it("is waited for with growing waits when the fresh one has expired too, and never reused", () => {
    let state: ChannelState = STATES.joining;
    const delays: number[] = [];
    for (let join = 0; join < 4; join += 1) {
      const waiting = step(state, down(expired));
      delays.push(delayOf(waiting));
      const joining = step(waiting.state, { kind: "turn" });
      expect(joining.effects).toMatchObject([{ kind: "join", refresh: true }]);
      state = joining.state;
    }
    expect(delays[0]).toBeLessThanOrEqual(250);
    expect(delays[1]).toBeGreaterThanOrEqual(4000 * 0.7);
    expect(delays[3]).toBeGreaterThan(delays[1] ?? Number.POSITIVE_INFINITY);
  });

  it("is final when there is no source of tokens", () => {
    expect(step(STATES.joined, down(expired), { canRefresh: false }).state.status).toBe("failed");
  });
});

describe("a token with a wrong signature", () => {
  it("is tried once more with a fresh one, then it is final", () => {
    const waiting = step(STATES.joining, down(forged));
    expect(delayOf(waiting)).toBeLessThanOrEqual(250);
    const joining = step(waiting.state, { kind: "turn" });
    expect(joining.effects).toMatchObject([{ kind: "join", refresh: true }]);
    expect(step(joining.state, down(forged)).state.status).toBe("failed");
    expect(step(STATES.joining, down(forged), { canRefresh: false }).state.status).toBe("failed");
  });
});

describe("a key refused at the handshake", () => {
  it("ends the wait for the first join, and only that", () => {
    const refused = EVENTS["unreachable, for good"];
    expect(step(STATES.waiting, refused).state.status).toBe("failed");
    const recovering: ChannelState = { ...STATES.waiting, lostAtMs: 1 } as ChannelState;
    expect(step(recovering, refused)).toEqual({ state: recovering, effects: [] });
  });
});

describe("the loss of a socket", () => {
  const failing = { ...STATES.joined, failures: 3 } as ChannelState;

  it("is a failure of the channel while other sockets are fine: it waits longer each time", () => {
    const { state, effects } = step(failing, down(socketGone));
    expect(state).toMatchObject({ status: "waiting", failures: 4 });
    expect(retryDelay(effects)).toBeGreaterThanOrEqual(5000);
  });

  it("is none when every socket is gone: it comes back as soon as the server does, and that is told once", () => {
    const lost = step(failing, down(socketGone));
    const excused = step(lost.state, { kind: "outage" });
    expect(excused.state).toMatchObject({ status: "waiting", failures: 3 });
    expect(kinds(excused)).toEqual(["vacate", "retry"]);
    expect(retryDelay(excused.effects)).toBeLessThanOrEqual(250);
    expect(step(excused.state, { kind: "outage" })).toEqual({ state: excused.state, effects: [] });
  });

  it("counts against whoever was joining when it died, and may have been the reason", () => {
    const { state, effects } = step({ ...STATES.joining, failures: 3 } as ChannelState, down(socketGone));
    expect(state).toMatchObject({ status: "waiting", failures: 4 });
    expect(retryDelay(effects)).toBeGreaterThanOrEqual(5000);
    expect(step(state, { kind: "outage" })).toEqual({ state, effects: [] });
  });

  it("excuses nobody who was refused or closed for a reason of its own", () => {
    for (const failure of [serverFailure, rate, stopping]) {
      const { state } = step(failing, down(failure));
      expect(step(state, { kind: "outage" })).toEqual({ state, effects: [] });
    }
  });
});

describe("the number of tries", () => {
  it("ends the wait for the first join when it is used up", () => {
    const bounded = { maxRetries: 1 };
    const waiting = step(STATES.joining, down(serverFailure), bounded);
    expect(waiting.state.status).toBe("waiting");
    const joining = step(waiting.state, { kind: "turn" }, bounded);
    expect(step(joining.state, down(serverFailure), bounded).state.status).toBe("failed");
  });

  it("does not count for a channel that was joined before", () => {
    const recovering: ChannelState = { status: "joining", startedAtMs: 0, ...history, lostAtMs: 5, failures: 50 };
    expect(step(recovering, down(serverFailure), { maxRetries: 1 }).state.status).toBe("waiting");
  });

  it("counts a server that cannot be reached once per wait, however often it is probed", () => {
    const bounded = { maxRetries: 2 };
    const failure = socketGone;
    let state: ChannelState = newChannel(0);
    let probes = 0;
    for (let nowMs = 0; state.status === "waiting"; nowMs += 500, probes += 1) {
      state = transition(
        state,
        { kind: "unreachable", failure },
        { ...policy, ...bounded },
        {
          nowMs,
          rng: seededRng(3),
        },
      ).state;
    }
    // Two waits of 2 s and 4 s, 30 % more or less, at two probes a second.
    expect(probes).toBeGreaterThanOrEqual(Math.floor((2000 + 4000) * 0.7) / 500);
    expect(probes).toBeLessThanOrEqual(Math.ceil((2000 + 4000) * 1.3) / 500 + 3);
  });
});

describe("a rejoin", () => {
  it("says how long the channel was away", () => {
    const rejoined = step(
      { status: "joining", startedAtMs: NOW_MS - 30, ...history, lostAtMs: NOW_MS - 5000 },
      { kind: "joined" },
    );
    expect(rejoined.effects).toEqual([{ kind: "report-joined", attempt: 1, joinMs: 30, gapMs: 5000 }]);
  });
});
