import { describe, expect, it } from "vitest";
import { type MoveEvent, type MoveState, moveTransition } from "./move.state.ts";

const STATES = {
  placed: { status: "placed" },
  joining: { status: "joining" },
  "settling, lacks the entry": { status: "settling", missing: { entry: true, rows: false } },
  "settling, lacks both": { status: "settling", missing: { entry: true, rows: true } },
  leaving: { status: "leaving" },
  fading: { status: "fading" },
  over: { status: "over" },
} as const satisfies Record<string, MoveState>;

const EVENTS = {
  turn: { kind: "turn" },
  unreachable: { kind: "unreachable" },
  "joined, nothing is missing": { kind: "joined", missing: { entry: false, rows: false } },
  "joined, something is missing": { kind: "joined", missing: { entry: true, rows: false } },
  "has the entry": { kind: "has", what: "entry" },
  "has the rows": { kind: "has", what: "rows" },
  lacks: { kind: "lacks", what: "entry" },
  late: { kind: "late" },
  down: { kind: "down" },
  succeed: { kind: "succeed" },
  left: { kind: "left" },
  faded: { kind: "faded" },
  release: { kind: "release" },
} as const satisfies Record<string, MoveEvent>;

type Cell = readonly [status: MoveState["status"], ...effects: string[]];
const STAYS = "stays" as const;

const SWAPPED: Cell = ["leaving", "swap", "report-moved", "leave"];
const ABANDONED: Cell = ["leaving", "leave"];
const GONE: Cell = ["fading", "vacate", "fade"];
const SUCCEEDED: Cell = ["fading", "swap", "vacate", "fade"];
const WITHDRAWN: Cell = ["over", "vacate", "end"];
const ENDED: Cell = ["over", "end"];

const ALL_STAY = {
  turn: STAYS,
  unreachable: STAYS,
  "joined, nothing is missing": STAYS,
  "joined, something is missing": STAYS,
  "has the entry": STAYS,
  "has the rows": STAYS,
  lacks: STAYS,
  late: STAYS,
  down: STAYS,
  succeed: STAYS,
  left: STAYS,
  faded: STAYS,
  release: STAYS,
} as const satisfies Record<keyof typeof EVENTS, typeof STAYS>;

const SETTLING = { ...ALL_STAY, lacks: ABANDONED, late: ABANDONED, down: GONE, succeed: SUCCEEDED, release: ABANDONED };

const TABLE: Readonly<Record<keyof typeof STATES, Readonly<Record<keyof typeof EVENTS, Cell | typeof STAYS>>>> = {
  placed: { ...ALL_STAY, turn: ["joining", "join"], unreachable: WITHDRAWN, down: WITHDRAWN, release: WITHDRAWN },
  joining: {
    ...ALL_STAY,
    "joined, nothing is missing": SWAPPED,
    "joined, something is missing": ["settling", "equip"],
    down: GONE,
    succeed: SUCCEEDED,
    release: ABANDONED,
  },
  "settling, lacks the entry": { ...SETTLING, "has the entry": SWAPPED, "has the rows": ["settling"] },
  "settling, lacks both": { ...SETTLING, "has the entry": ["settling"], "has the rows": ["settling"] },
  leaving: { ...ALL_STAY, left: GONE, down: GONE },
  fading: { ...ALL_STAY, faded: ENDED, release: ENDED },
  over: ALL_STAY,
};

const cells = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.entries(row).map(([event, cell]) => ({
    state: state as keyof typeof STATES,
    event: event as keyof typeof EVENTS,
    cell,
  })),
);

describe("the move's transitions", () => {
  it.each(cells)("$state on $event", ({ state, event, cell }) => {
    const before = STATES[state];
    const step = moveTransition(before, EVENTS[event]);
    if (cell === STAYS) return expect(step).toEqual({ state: before, effects: [] });
    const [status, ...effects] = cell;
    expect([step.state.status, ...step.effects]).toEqual([status, ...effects]);
  });

  it("waits until nothing is missing", () => {
    const joined = moveTransition(STATES.joining, { kind: "joined", missing: { entry: true, rows: true } });
    const withRows = moveTransition(joined.state, { kind: "has", what: "rows" });
    expect(withRows.state).toEqual({ status: "settling", missing: { entry: true, rows: false } });
    expect(moveTransition(withRows.state, { kind: "has", what: "entry" }).effects).toContain("swap");
  });
});

describe("every history of a move", () => {
  /** All states that can be reached, each with the effects on the way there. */
  function histories(depth: number): { state: MoveState; effects: readonly string[] }[] {
    let reached: { state: MoveState; effects: readonly string[] }[] = [{ state: STATES.placed, effects: [] }];
    const all = [...reached];
    for (let length = 0; length < depth; length += 1) {
      reached = reached.flatMap(({ state, effects }) =>
        Object.values(EVENTS).flatMap((event) => {
          const step = moveTransition(state, event);
          return step.state === state ? [] : [{ state: step.state, effects: [...effects, ...step.effects] }];
        }),
      );
      all.push(...reached);
    }
    return all;
  }

  it("gives the mover's slot back once, and ends once and last", () => {
    for (const { state, effects } of histories(7)) {
      const isOver = state.status === "over";
      expect(effects.filter((effect) => effect === "end").length).toBe(isOver ? 1 : 0);
      const hasVacated = isOver || state.status === "fading";
      expect(effects.filter((effect) => effect === "vacate").length).toBe(hasVacated ? 1 : 0);
      if (isOver) expect(effects.at(-1)).toBe("end");
    }
  });

  it("swaps at most once, and never after it has begun to leave", () => {
    for (const { effects } of histories(7)) {
      const swaps = effects.filter((effect) => effect === "swap").length;
      expect(swaps).toBeLessThanOrEqual(1);
      const leftAt = effects.indexOf("leave");
      if (swaps > 0 && leftAt !== -1) expect(effects.indexOf("swap")).toBeLessThan(leftAt);
    }
  });
});
