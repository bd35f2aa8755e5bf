import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Assignment, type BotEffect, type BotEvent, type BotState, transition } from "./bot.state.ts";

const assignment: Assignment = { matchId: "m1", roomId: "r1", partner: { id: "u1", name: "Ada" } };
const inMatch = { assignment, isRetiring: false };
const NOW = 5000;

const states: Record<BotState["kind"], BotState> = {
  starting: { kind: "starting" },
  idle: { kind: "idle", sinceMs: 1 },
  reserved: { kind: "reserved", sinceMs: 1, isRetiring: false },
  joining: { kind: "joining", ...inMatch },
  waiting: { kind: "waiting", ...inMatch },
  talking: { kind: "talking", ...inMatch },
  handing: { kind: "handing", ...inMatch },
  taking: { kind: "taking", offer: assignment, isRetiring: false },
  leaving: { kind: "leaving", ...inMatch },
  stopping: { kind: "stopping" },
  stopped: { kind: "stopped" },
  crashed: { kind: "crashed" },
};

const events: Record<BotEvent["kind"], BotEvent> = {
  "lobby-settled": { kind: "lobby-settled" },
  reserve: { kind: "reserve" },
  unreserve: { kind: "unreserve" },
  assign: { kind: "assign", assignment },
  "room-joined": { kind: "room-joined" },
  "room-failed": { kind: "room-failed" },
  "match-live": { kind: "match-live" },
  "match-over": { kind: "match-over", reason: "left" },
  left: { kind: "left" },
  "hand-over": { kind: "hand-over" },
  kept: { kind: "kept" },
  handed: { kind: "handed" },
  taken: { kind: "taken", saved: { isGreeted: true, state: 1, unanswered: [], heard: [] } },
  withdrawn: { kind: "withdrawn" },
  retire: { kind: "retire" },
  drain: { kind: "drain" },
  stopped: { kind: "stopped" },
  crash: { kind: "crash" },
};

type Expected = { to: BotState["kind"]; effects?: BotEffect["kind"][]; isRetiring?: boolean } | "ignored";
const ignored = "ignored";
const crashed: Expected = { to: "crashed", effects: ["abandon"] };
const stop: Expected = { to: "stopping", effects: ["stop"] };
const leave: Expected = { to: "leaving", effects: ["leave-room"] };
const nothing: Record<BotEvent["kind"], Expected> = {
  "lobby-settled": ignored,
  reserve: ignored,
  unreserve: ignored,
  assign: ignored,
  "room-joined": ignored,
  "room-failed": ignored,
  "match-live": ignored,
  "match-over": ignored,
  left: ignored,
  "hand-over": ignored,
  kept: ignored,
  handed: ignored,
  taken: ignored,
  withdrawn: ignored,
  retire: ignored,
  drain: ignored,
  stopped: ignored,
  crash: ignored,
};

const table: Record<BotState["kind"], Record<BotEvent["kind"], Expected>> = {
  starting: {
    ...nothing,
    "lobby-settled": { to: "idle", effects: ["show-status", "offer"] },
    retire: stop,
    drain: stop,
    crash: crashed,
  },
  idle: { ...nothing, reserve: { to: "reserved", effects: [] }, retire: stop, drain: stop, crash: crashed },
  reserved: {
    ...nothing,
    unreserve: { to: "idle", effects: [] },
    assign: { to: "joining", effects: ["show-status", "join-room"] },
    retire: { to: "reserved", effects: [], isRetiring: true },
    drain: stop,
    crash: crashed,
  },
  joining: {
    ...nothing,
    "room-joined": { to: "waiting", effects: [] },
    "room-failed": leave,
    "match-over": leave,
    retire: { to: "joining", effects: [], isRetiring: true },
    drain: { ...leave, isRetiring: true },
    crash: crashed,
  },
  waiting: {
    ...nothing,
    "match-live": { to: "talking", effects: ["start-conversation"] },
    "match-over": leave,
    retire: { to: "waiting", effects: [], isRetiring: true },
    drain: { ...leave, isRetiring: true },
    crash: crashed,
  },
  talking: {
    ...nothing,
    "match-over": leave,
    "hand-over": { to: "handing", effects: [] },
    retire: { to: "talking", effects: [], isRetiring: true },
    drain: { ...leave, isRetiring: true },
    crash: crashed,
  },
  handing: {
    ...nothing,
    "match-over": leave,
    kept: { to: "talking", effects: ["carry-on"] },
    handed: { to: "stopping", effects: ["slip-away"] },
    retire: { to: "handing", effects: [], isRetiring: true },
    drain: { to: "handing", effects: [], isRetiring: true },
    crash: crashed,
  },
  taking: {
    ...nothing,
    "room-joined": { to: "taking", effects: ["accept"] },
    "room-failed": stop,
    taken: { to: "talking", effects: ["show-status", "take-over"] },
    withdrawn: stop,
    retire: { to: "taking", effects: [], isRetiring: true },
    drain: { to: "taking", effects: [], isRetiring: true },
    crash: crashed,
  },
  leaving: {
    ...nothing,
    left: { to: "idle", effects: ["show-status", "offer"] },
    retire: { to: "leaving", effects: [], isRetiring: true },
    drain: { to: "leaving", effects: [], isRetiring: true },
    crash: crashed,
  },
  stopping: { ...nothing, stopped: { to: "stopped", effects: [] }, crash: crashed },
  stopped: nothing,
  crashed: nothing,
};

describe("a bot's life", () => {
  for (const [from, row] of Object.entries(table)) {
    for (const [name, expected] of Object.entries(row)) {
      it(`${from} on ${name}: ${expected === ignored ? ignored : expected.to}`, () => {
        const state = states[from as BotState["kind"]];
        const step = transition(state, events[name as BotEvent["kind"]], NOW);
        if (expected === ignored) return expect(step).toEqual({ state, effects: [] });
        expect(step.state.kind).toBe(expected.to);
        expect(step.effects.map((effect) => effect.kind)).toEqual(expected.effects ?? []);
        if (expected.isRetiring) expect(step.state).toMatchObject({ isRetiring: true });
      });
    }
  }

  it("stops where it would become idle once it is retiring", () => {
    expect(transition({ kind: "leaving", assignment, isRetiring: true }, { kind: "left" }, NOW).state.kind).toBe(
      "stopping",
    );
    const reserved: BotState = { kind: "reserved", sinceMs: 1, isRetiring: true };
    expect(transition(reserved, { kind: "unreserve" }, NOW).state.kind).toBe("stopping");
  });

  it("keeps its place in the idle line when a reservation falls through", () => {
    expect(transition(states.reserved, events.unreserve, NOW).state).toEqual({ kind: "idle", sinceMs: 1 });
  });

  it("ends no match that may be another replica's", () => {
    const failed: BotEvent = { kind: "match-over", reason: "channel_failed" };
    expect(transition(states.handing, failed, NOW)).toEqual({ state: states.handing, effects: [] });
    for (const state of [states.handing, states.taking])
      expect(transition(state, events.crash, NOW).effects).toEqual([{ kind: "abandon", assignment: null }]);
  });

  it("takes over retiring when it is to stop after the conversation", () => {
    const asked = transition(states.taking, events.retire, NOW).state;
    expect(transition(asked, events.taken, NOW).state).toEqual({ kind: "talking", assignment, isRetiring: true });
  });

  it("ends or hands over every match it was given exactly once, whatever happens", () => {
    const anyEvent = fc.constantFrom(...Object.values(events));
    const anyStart = fc.constantFrom(states.starting, states.taking);
    fc.assert(
      fc.property(anyStart, fc.array(anyEvent, { maxLength: 60 }), (start, history) => {
        let state: BotState = start;
        let joined = 0;
        let ended = 0;
        for (const event of [...history, events.kept, events.withdrawn, events.drain, events.left, events.crash]) {
          const step = transition(state, event, NOW);
          for (const effect of step.effects) {
            if (effect.kind === "join-room" || effect.kind === "take-over") joined += 1;
            if (effect.kind === "leave-room" || effect.kind === "slip-away") ended += 1;
            // Left to the replica's term: it may be another's match.
            if (effect.kind === "abandon" && state.kind === "handing") ended += 1;
            // A crash while leaving abandons what leave-room has begun to end.
            if (effect.kind === "abandon" && effect.assignment && state.kind !== "leaving") ended += 1;
          }
          state = step.state;
        }
        expect(ended).toBe(joined);
      }),
    );
  });
});
