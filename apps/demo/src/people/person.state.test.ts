import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Match,
  NO_SHOW_MS,
  PATIENCE_MS,
  type PersonEffect,
  type PersonEvent,
  type PersonState,
  transition,
} from "./person.state.ts";

const match = (matchId: string, isBot = true): Match => ({
  matchId,
  roomId: `room-of-${matchId}`,
  partner: { id: `partner-of-${matchId}`, name: "Otto", isBot },
});
const known = match("known");
const other = match("other", false);
const seen = ["known"];

const STATES = {
  entering: { kind: "entering", seen },
  resting: { kind: "resting", seen },
  waiting: { kind: "waiting", seen },
  meeting: { kind: "meeting", seen, match: known },
  thinking: { kind: "talking", seen, match: known, phase: "thinking", script: ["hi", "bye"], unanswered: 0 },
  lastLine: { kind: "talking", seen, match: known, phase: "thinking", script: ["bye"], unanswered: 0 },
  listening: { kind: "talking", seen, match: known, phase: "listening", script: ["bye"], unanswered: 0 },
  ignored: { kind: "talking", seen, match: known, phase: "listening", script: ["bye"], unanswered: 1 },
  parting: { kind: "parting", seen, match: known },
  gone: { kind: "gone", seen },
} as const satisfies Record<string, PersonState>;

const EVENTS = {
  online: { kind: "online" },
  offline: { kind: "offline" },
  newNotice: { kind: "notice", match: other },
  sameNotice: { kind: "notice", match: known },
  partnerPresent: { kind: "partner-present" },
  heard: { kind: "heard" },
  partnerLeft: { kind: "partner-left" },
  timeout: { kind: "timeout" },
  stop: { kind: "stop" },
} as const satisfies Record<string, PersonEvent>;

/** The next state and the effects in order; `-` if nothing changes. */
type Expected = "-" | `${PersonState["kind"]}${string}`;

const NOTHING = {
  online: "-",
  newNotice: "-",
  sameNotice: "-",
  partnerPresent: "-",
  heard: "-",
  partnerLeft: "-",
  timeout: "-",
} as const;
const OUTSIDE = { ...NOTHING, offline: "entering", stop: "gone go" } as const;
const INSIDE = { ...NOTHING, offline: "entering leave-room:null", stop: "gone leave-room:left go" } as const;
const LEFT = "resting leave-room:null wait";

const TABLE: Record<keyof typeof STATES, Record<keyof typeof EVENTS, Expected>> = {
  entering: { ...OUTSIDE, online: "resting wait" },
  resting: { ...OUTSIDE, timeout: "waiting wait-in-line wait", newNotice: "meeting enter-room wait" },
  waiting: { ...OUTSIDE, timeout: "waiting wait-in-line wait", newNotice: "meeting enter-room wait" },
  meeting: {
    ...INSIDE,
    newNotice: "meeting leave-room:left enter-room wait",
    partnerPresent: "talking met type wait",
    partnerLeft: LEFT,
    timeout: "resting leave-room:no_show wait",
  },
  thinking: { ...INSIDE, heard: "talking", partnerLeft: LEFT, timeout: "talking say type wait" },
  lastLine: { ...INSIDE, heard: "talking", partnerLeft: LEFT, timeout: "parting say type wait" },
  listening: { ...INSIDE, heard: "talking type wait", partnerLeft: LEFT, timeout: "talking type wait" },
  ignored: {
    ...INSIDE,
    heard: "talking type wait",
    partnerLeft: LEFT,
    timeout: "resting leave-room:silence wait",
  },
  parting: { ...INSIDE, partnerLeft: LEFT, timeout: "resting leave-room:left wait" },
  gone: { ...NOTHING, offline: "-", stop: "-" },
};

const self = () => ({ name: "Anna", rng: seededRng(1) });

function describeEffect(effect: PersonEffect): string {
  return effect.kind === "leave-room" ? `leave-room:${effect.reason}` : effect.kind;
}

describe("a person", () => {
  const cells = Object.entries(TABLE).flatMap(([state, row]) =>
    Object.entries(row).map(([event, expected]) => [state, event, expected] as const),
  );

  test.each(cells)("%s on %s: %s", (stateName, eventName, expected) => {
    const before = STATES[stateName as keyof typeof STATES];
    const { state, effects } = transition(before, EVENTS[eventName as keyof typeof EVENTS], self());
    const [kind, ...names] = expected.split(" ");
    if (expected === "-") expect(state).toBe(before);
    else expect(state.kind).toBe(kind);
    expect(effects.map(describeEffect)).toEqual(names);
  });

  test("ignores the second copy of a notice, also after that conversation", () => {
    let state: PersonState = STATES.waiting;
    for (const event of [EVENTS.newNotice, EVENTS.newNotice, EVENTS.partnerLeft, EVENTS.newNotice]) {
      state = transition(state, event, self()).state;
    }
    expect(state.kind).toBe("resting");
  });

  test("gives a partner eight seconds to appear, and an answer longer than a bot's two lines take", () => {
    const { effects } = transition(STATES.waiting, EVENTS.newNotice, self());
    expect(effects).toContainEqual({ kind: "wait", delayMs: NO_SHOW_MS });
    expect(NO_SHOW_MS).toBe(8000);
    expect(PATIENCE_MS).toBeGreaterThan(2 * 3500);
  });

  test("says its whole script, goodbye last, to a partner who answers everything", () => {
    let state: PersonState = STATES.meeting;
    const said: string[] = [];
    const { rng } = self();
    for (const kind of ["partner-present", ...Array(20).fill(["timeout", "heard"]).flat()] as const) {
      const step = transition(state, { kind } as PersonEvent, { name: "Anna", rng });
      state = step.state;
      for (const effect of step.effects) if (effect.kind === "say") said.push(effect.text);
      if (state.kind === "resting") break;
    }
    expect(state.kind).toBe("resting");
    expect(said.length).toBeGreaterThanOrEqual(4);
    expect(said[1]).toContain("Anna");
    expect(said.at(-1)).toMatch(/bye/);
  });

  test("is never in two rooms, never stuck without a timer, and always leaves the room it entered", () => {
    const event = fc.oneof(
      fc.constantFrom<PersonEvent>(
        EVENTS.online,
        EVENTS.offline,
        EVENTS.partnerPresent,
        EVENTS.heard,
        EVENTS.partnerLeft,
      ),
      fc.constant<PersonEvent>(EVENTS.timeout),
      fc
        .tuple(fc.constantFrom("a", "b", "c", "d"), fc.boolean())
        .map(([id, isBot]): PersonEvent => ({ kind: "notice", match: match(id, isBot) })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), fc.integer(), (events, seed) => {
        let state: PersonState = { kind: "entering", seen: [] };
        let rooms = 0;
        const rng = seededRng(seed);
        for (const next of [...events, EVENTS.stop]) {
          const before: PersonState = state;
          const { state: after, effects } = transition(before, next, { name: "Anna", rng });
          state = after;
          for (const { kind } of effects) rooms += kind === "enter-room" ? 1 : kind === "leave-room" ? -1 : 0;
          const isInRoom = state.kind === "meeting" || state.kind === "talking" || state.kind === "parting";
          expect(rooms).toBe(isInRoom ? 1 : 0);
          const needsTimer = isInRoom || state.kind === "resting";
          if (needsTimer && state.kind !== before.kind) expect(effects.some(({ kind }) => kind === "wait")).toBe(true);
        }
        expect(state.kind).toBe("gone");
      }),
    );
  });
});
