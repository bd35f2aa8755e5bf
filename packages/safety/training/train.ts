import { gzipSync } from "node:zlib";
import { PLACES, shareOf } from "../src/learned/features.ts";
import type { About } from "./lines.ts";

/** A message as its windows, and what it is an example of. */
export interface Example {
  readonly windows: readonly Int32Array[];
  readonly about: About;
}

/** What one set of weights tells apart. Lines about anything else are left out. */
export interface Question {
  readonly yes: readonly About[];
  readonly no: readonly About[];
}

export const QUESTIONS = {
  danger: { yes: ["self", "other"], no: ["none", "age", "grown", "contact", "intimate"] },
  other: { yes: ["other"], no: ["self"] },
} as const satisfies Readonly<Record<string, Question>>;

const PASSES = 6;
const LEARNING_RATE = 0.1;
/** Pulls each weight to zero at each step, so that a feature of one line weighs little. */
const DECAY = 0.01;

export interface Weights {
  readonly bias: number;
  readonly places: Float32Array;
}

/**
 * Logistic regression by AdaGrad. A message is what its worst window is, and only that one is learned from. The same lines give the same
 * weights, to the bit.
 */
export function train(examples: readonly Example[], { yes, no }: Question): Weights {
  const used = examples.filter(({ about }) => yes.includes(about) || no.includes(about));
  const places = new Float32Array(PLACES);
  const squares = new Float32Array(PLACES).fill(1e-6);
  let bias = 0;
  let biasSquares = 1e-6;
  const order = used.map((_, index) => index);
  const next = randomNumbers();
  for (let pass = 0; pass < PASSES; pass += 1) {
    shuffle(order, next);
    for (const index of order) {
      const example = used[index];
      if (!example) continue;
      const { window, score } = worst(example.windows, places, bias);
      const wrong = 1 / (1 + Math.exp(-score)) - (yes.includes(example.about) ? 1 : 0);
      const share = shareOf(window.length);
      for (const place of window) {
        const weight = places[place] ?? 0;
        const slope = wrong * share + DECAY * weight;
        const square = (squares[place] ?? 0) + slope * slope;
        squares[place] = square;
        places[place] = weight - (LEARNING_RATE * slope) / Math.sqrt(square);
      }
      biasSquares += wrong * wrong;
      bias -= (LEARNING_RATE * wrong) / Math.sqrt(biasSquares);
    }
  }
  return { bias, places };
}

/** The window with the highest score, and that score; without a window nothing is learned from it. */
export function worst(windows: readonly Int32Array[], places: Float32Array, bias: number) {
  let found: { window: Int32Array; score: number } | undefined;
  for (const window of windows) {
    let sum = 0;
    for (const place of window) sum += places[place] ?? 0;
    const score = bias + sum * shareOf(window.length);
    if (!found || score > found.score) found = { window, score };
  }
  return found ?? { window: new Int32Array(), score: bias };
}

/** Weights are kept in 15 steps to each side; what is less than a fifth of the largest says next to nothing. */
const STEPS = 15;
const PRUNED_RATIO = 0.2;

/** The weights in whole steps, deflated, in base64. */
export function packed({ bias, places }: Weights) {
  let largest = 0;
  // The few largest belong to single words; beyond them a step would be too wide for all others.
  const sizes = places
    .filter((weight) => weight !== 0)
    .map(Math.abs)
    .toSorted();
  largest = sizes[Math.floor(sizes.length * 0.9995)] ?? 0;
  const unit = largest / STEPS;
  const steps = Int8Array.from(places, (weight) =>
    Math.abs(weight) < PRUNED_RATIO * largest ? 0 : Math.round(Math.max(-127, Math.min(127, weight / unit))),
  );
  return {
    bias: Number(bias.toFixed(4)),
    unit: Number(unit.toFixed(6)),
    steps: gzipSync(steps, { level: 9 }).toString("base64"),
  };
}

/** A generator with a fixed beginning, @source Numerical Recipes, "An even quicker generator". */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffle(order: number[], next: () => number): void {
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(next() * (at + 1));
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
}
