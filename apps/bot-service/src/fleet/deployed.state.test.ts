import { describe, expect, it } from "vitest";
import type { DeployedBot } from "../control/runner.ts";
import { type DeployedEvent, type DeployedState, statusOf, transition } from "./deployed.state.ts";
import { afterCrash, type Place, QUARANTINE } from "./roster.ts";

const NOW = 5000;
const world = { nowMs: NOW, rng: { next: () => 0.5 } };
const place: Place = { crashesAtMs: [], status: { kind: "taken" } };
const bot = (over: Partial<DeployedBot> = {}): DeployedBot => ({
  botId: "b1",
  kind: "echo",
  name: "Echo",
  config: {},
  generation: 2,
  isPaused: false,
  isOperators: true,
  ...over,
});
const newer = bot({ generation: 3 });

const states = {
  gone: { kind: "gone" },
  begun: { kind: "running", bot: bot(), place, isSettled: false },
  running: { kind: "running", bot: bot(), place, isSettled: true },
  paused: { kind: "running", bot: bot({ isPaused: true }), place, isSettled: true },
  stopping: { kind: "ending", generation: 2, next: null },
  renewing: { kind: "ending", generation: 2, next: newer },
  waiting: { kind: "waiting", bot: bot(), place: afterCrash(place, NOW - 100, world.rng) },
} as const satisfies Record<string, DeployedState>;

const events = {
  run: { kind: "run", bot: bot() },
  pause: { kind: "run", bot: bot({ isPaused: true }) },
  renew: { kind: "run", bot: newer },
  stop: { kind: "stop", isGraceful: false },
  finish: { kind: "stop", isGraceful: true },
  drop: { kind: "drop" },
  settled: { kind: "settled" },
  stopped: { kind: "ended", how: "stopped", errorCode: null },
  crashed: { kind: "ended", how: "crashed", errorCode: "Error" },
  due: { kind: "due" },
} as const satisfies Record<string, DeployedEvent>;

/** The state's kind with its main data, and the effects in order. */
const ignored = "ignored";
type Cell = readonly [to: string, ...effects: string[]] | typeof ignored;

const table: Record<keyof typeof states, Record<keyof typeof events, Cell>> = {
  gone: {
    run: ["running 2", "launch 2"],
    pause: ["running 2 paused", "launch 2"],
    renew: ["running 3", "launch 3"],
    stop: ["gone", "stopped"],
    finish: ["gone", "stopped"],
    drop: ignored,
    settled: ignored,
    stopped: ignored,
    crashed: ignored,
    due: ignored,
  },
  begun: {
    run: ignored,
    pause: ["running 2 paused", "offer no"],
    renew: ["ending for 3", "retire"],
    stop: ["ending", "stopping", "drain"],
    finish: ["ending", "stopping", "retire"],
    drop: ["gone", "crash"],
    settled: ["running 2", "running"],
    stopped: ["gone"],
    crashed: ["waiting 2", "crashed Error", "wait 500"],
    due: ignored,
  },
  running: {
    run: ignored,
    pause: ["running 2 paused", "offer no", "paused"],
    renew: ["ending for 3", "retire"],
    stop: ["ending", "stopping", "drain"],
    finish: ["ending", "stopping", "retire"],
    drop: ["gone", "crash"],
    settled: ignored,
    stopped: ["gone"],
    crashed: ["waiting 2", "crashed Error", "wait 500"],
    due: ignored,
  },
  paused: {
    run: ["running 2", "offer yes", "running"],
    pause: ignored,
    renew: ["ending for 3", "retire"],
    stop: ["ending", "stopping", "drain"],
    finish: ["ending", "stopping", "retire"],
    drop: ["gone", "crash"],
    settled: ignored,
    stopped: ["gone"],
    crashed: ["waiting 2 paused", "crashed Error", "wait 500"],
    due: ignored,
  },
  stopping: {
    run: ["ending for 2"],
    pause: ["ending for 2 paused"],
    renew: ["ending for 3"],
    stop: ["ending", "stopping", "drain"],
    finish: ["ending", "stopping"],
    drop: ["gone", "crash"],
    settled: ignored,
    stopped: ["gone", "stopped"],
    crashed: ["gone", "stopped"],
    due: ignored,
  },
  renewing: {
    run: ["ending for 2"],
    pause: ["ending for 2 paused"],
    renew: ignored,
    stop: ["ending", "stopping", "drain"],
    finish: ["ending", "stopping"],
    drop: ["gone", "crash"],
    settled: ignored,
    stopped: ["running 3", "starting", "launch 3"],
    crashed: ["running 3", "starting", "launch 3"],
    due: ignored,
  },
  waiting: {
    run: ignored,
    pause: ["waiting 2 paused"],
    renew: ["running 3", "stop-waiting", "starting", "launch 3"],
    stop: ["gone", "stop-waiting", "stopped"],
    finish: ["gone", "stop-waiting", "stopped"],
    drop: ["gone", "stop-waiting"],
    settled: ignored,
    stopped: ignored,
    crashed: ignored,
    due: ["running 2", "starting", "launch 2"],
  },
};

const shownBot = ({ generation, isPaused }: DeployedBot) => `${generation}${isPaused ? " paused" : ""}`;

function shown(state: DeployedState): string {
  switch (state.kind) {
    case "gone":
      return "gone";
    case "ending":
      return state.next ? `ending for ${shownBot(state.next)}` : "ending";
    default:
      return `${state.kind} ${shownBot(state.bot)}`;
  }
}

function cellOf(state: DeployedState, event: DeployedEvent): Cell {
  const step = transition(state, event, world);
  const effects = step.effects.map((effect) => {
    switch (effect.kind) {
      case "launch":
        return `launch ${effect.bot.generation}`;
      case "end":
        return effect.how;
      case "offer":
        return `offer ${effect.isPaused ? "no" : "yes"}`;
      case "wait":
        return `wait ${effect.untilMs - NOW}`;
      case "report":
        return [effect.status, effect.errorCode].filter(Boolean).join(" ");
      default:
        return effect.kind;
    }
  });
  const isSame = JSON.stringify(step.state) === JSON.stringify(state);
  return isSame && effects.length === 0 ? ignored : [shown(step.state), ...effects];
}

describe("a deployed bot", () => {
  it.each(
    Object.entries(table).flatMap(([state, row]) =>
      Object.entries(row).map(([event, cell]) => [state, event, cell] as const),
    ),
  )("that is %s, at %s", (state, event, cell) => {
    expect(cellOf(states[state as keyof typeof states], events[event as keyof typeof events])).toEqual(cell);
  });

  it.each([
    ["gone", "stopped"],
    ["begun", "starting"],
    ["running", "running"],
    ["paused", "paused"],
    ["stopping", "stopping"],
    ["renewing", "running"],
    ["waiting", "crashed"],
  ] as const)("that is %s counts as %s", (state, status) => {
    expect(statusOf(states[state])).toBe(status);
  });

  it("that keeps crashing is quarantined, and given another chance by its next generation at once", () => {
    let state: DeployedState = states.running;
    for (let crash = 1; crash < QUARANTINE.crashes; crash += 1) {
      state = transition(state, events.crashed, world).state;
      state = transition(state, events.due, world).state;
    }
    const { state: quarantined, effects } = transition(state, events.crashed, world);
    expect(effects).toEqual([
      { kind: "report", generation: 2, status: "quarantined", errorCode: "Error" },
      { kind: "wait", untilMs: NOW + QUARANTINE.lengthMs },
    ]);
    expect(statusOf(quarantined)).toBe("quarantined");
    const { state: again } = transition(quarantined, events.renew, world);
    expect(again).toMatchObject({ kind: "running", place: { crashesAtMs: [] } });
  });
});
