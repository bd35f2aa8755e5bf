import { gunzipSync } from "node:zlib";
import { featuresOf, shareOf } from "./features.ts";
import { DANGER, OTHER } from "./weights.ts";

/** Log odds from which on danger is heard: higher, and half of what is only hinted at is missed; lower, and ordinary talk is taken for it. */
const DANGER_FROM = 0.4;

interface Packed {
  readonly bias: number;
  readonly unit: number;
  readonly steps: string;
}

const NOTHING = Number.NEGATIVE_INFINITY;
/** "ok", "sì sì": too little to learn from. What such a message can say for certain is known by the patterns. */
const MIN_FEATURES = 20;

const danger = scorer(DANGER);
const other = scorer(OTHER);

/**
 * Returns whose danger the learned weights hear in one message, if any: a linear model over hashed features, trained on lines that were
 * written for it in training/lines. What was measured, and why not patterns alone, is in docs/adr/0034. Pure, linear in at most 4,000
 * characters; the first call unpacks the weights.
 */
export function hearDanger(text: string): "self" | "other" | null {
  const windows = featuresOf(text);
  if (danger(windows) <= DANGER_FROM) return null;
  return other(windows) > 0 ? "other" : "self";
}

function scorer({ bias, unit, steps }: Packed): (windows: readonly Int32Array[]) => number {
  let places: Int8Array | undefined;
  return (windows) => {
    places ??= new Int8Array(gunzipSync(Buffer.from(steps, "base64")));
    let highest = NOTHING;
    for (const window of windows) {
      if (window.length < MIN_FEATURES) continue;
      let sum = 0;
      for (const place of window) sum += places[place] ?? 0;
      highest = Math.max(highest, bias + sum * unit * shareOf(window.length));
    }
    return highest;
  };
}
