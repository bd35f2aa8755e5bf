import { integer, type Rng, SECOND_MS } from "@shoal/kernel";
import type { FaultKind } from "@shoal/local-supabase";

/** Faults of the embedded server; a restart is two of them. */
export type ChaosKind = Exclude<FaultKind, "restart"> | "cleanRestart" | "crash";

/** One fault and the pause after it. */
export interface ChaosStep {
  readonly kind: ChaosKind;
  /** Length of the fault, in ms; 0 for one that is over at once. */
  readonly holdMs: number;
  /** The least pause before the next fault, in ms. It lasts longer while a channel or person is not back. */
  readonly pauseMs: number;
}

interface Terms {
  readonly holdSeconds: readonly [least: number, most: number];
  readonly pauseSeconds: number;
}

/**
 * Terms of a fault by a limit. The server checks its limits every 5 s: a burst must last longer to be noticed, and is
 * forgotten no sooner.
 * @source REALTIME.md 2.2
 */
const OVER_LIMIT: Terms = { holdSeconds: [6, 8], pauseSeconds: 7 };

const TERMS: Readonly<Record<ChaosKind, Terms>> = {
  dropSockets: { holdSeconds: [0, 0], pauseSeconds: 5 },
  cleanRestart: { holdSeconds: [1, 2], pauseSeconds: 4 },
  crash: { holdSeconds: [3, 5], pauseSeconds: 4 },
  requestDisconnect: { holdSeconds: [0, 0], pauseSeconds: 5 },
  refuseUpgrades: { holdSeconds: [3, 5], pauseSeconds: 4 },
  refuseJoins: { holdSeconds: [2, 4], pauseSeconds: 4 },
  halfOpen: { holdSeconds: [3, 6], pauseSeconds: 4 },
  delay: { holdSeconds: [2, 4], pauseSeconds: 2 },
  crashChannel: { holdSeconds: [0, 0], pauseSeconds: 4 },
  closeChannel: { holdSeconds: [0, 0], pauseSeconds: 4 },
  losePresence: { holdSeconds: [0, 0], pauseSeconds: 5 },
  muteChanges: { holdSeconds: [1, 2], pauseSeconds: 1 },
  delayChanges: { holdSeconds: [1, 2], pauseSeconds: 1 },
  silenceChanges: { holdSeconds: [0, 0], pauseSeconds: 1 },
  exceedEvents: OVER_LIMIT,
  exceedJoins: OVER_LIMIT,
};

/**
 * Groups of faults that follow each other. After a restart the server's counters are cold and forget another client's burst
 * within one tick. Warm ones would refuse everything for a minute, which shows the limit but not the pool.
 */
const GROUPS: readonly (readonly ChaosKind[])[] = [
  ["cleanRestart", "exceedJoins"],
  ["crash", "exceedEvents"],
  ["dropSockets"],
  ["requestDisconnect"],
  ["refuseUpgrades"],
  ["refuseJoins"],
  ["halfOpen"],
  ["delay"],
  ["crashChannel"],
  ["closeChannel"],
  ["losePresence"],
  ["muteChanges"],
  ["delayChanges"],
  ["silenceChanges"],
];

/** Plans faults in random order, each once before any comes again, until they fill `durationMs`. At least one. */
export function planChaos(durationMs: number, rng: Rng): ChaosStep[] {
  const steps: ChaosStep[] = [];
  let filledMs = 0;
  for (;;) {
    for (const kind of shuffled(GROUPS, rng).flat()) {
      const step = makeStep(kind, rng);
      const lengthMs = step.holdMs + step.pauseMs;
      if (steps.length > 0 && filledMs + lengthMs > durationMs) return steps;
      steps.push(step);
      filledMs += lengthMs;
    }
  }
}

function makeStep(kind: ChaosKind, rng: Rng): ChaosStep {
  const { holdSeconds, pauseSeconds } = TERMS[kind];
  const [least, most] = holdSeconds;
  return { kind, holdMs: integer(rng, least * SECOND_MS, most * SECOND_MS), pauseMs: pauseSeconds * SECOND_MS };
}

/** Shuffles by Fisher and Yates. */
function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const chosen = integer(rng, 0, last);
    const [kept, taken] = [order[last], order[chosen]];
    if (kept === undefined || taken === undefined) continue;
    order[last] = taken;
    order[chosen] = kept;
  }
  return order;
}

const WORDS: Readonly<Record<ChaosKind, string>> = {
  dropSockets: "every socket breaks off",
  cleanRestart: "the server restarts",
  crash: "the server crashes and stays down",
  requestDisconnect: "the project's settings change: everybody is disconnected",
  refuseUpgrades: "every socket breaks off, and none may open",
  refuseJoins: "every socket breaks off, and no channel may be joined",
  halfOpen: "nothing is answered and nothing delivered",
  delay: "every frame is late",
  crashChannel: "the channel of a live room crashes",
  closeChannel: "the server closes the channel of a live room",
  losePresence: "all presence is lost without a word",
  muteChanges: "database changes are not delivered",
  delayChanges: "database changes are late",
  silenceChanges: "no channel of now hears of database changes again",
  exceedEvents: "another client sends more than the project may",
  exceedJoins: "another client joins more than the project may",
};

export function describeFault(kind: ChaosKind): string {
  return WORDS[kind];
}

/** Draws the plan as lines of text; the times are the earliest ones. */
export function drawPlan(steps: readonly ChaosStep[], seed: number): string[] {
  let atMs = 0;
  const lines = steps.map(({ kind, holdMs, pauseMs }) => {
    const at = Math.round(atMs / SECOND_MS);
    atMs += holdMs + pauseMs;
    const lasting = holdMs > 0 ? ` for ${(holdMs / SECOND_MS).toFixed(1)} s` : "";
    return `  ${String(at).padStart(4)} s  ${kind.padEnd(18)}${describeFault(kind)}${lasting}`;
  });
  return [`chaos: ${steps.length} faults, seed ${seed} (--seed ${seed} plans the same again)`, ...lines, ""];
}
