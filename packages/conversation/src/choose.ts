import { pick, type Rng } from "@shoal/kernel";

/** The longest line, quotes included. `VOICE_ROOM` of it is left for what a voice adds at both ends. */
export const MAX_LINE_LENGTH = 280;
const VOICE_ROOM = 20;

/** Values that a template may hold. A template with an unknown one cannot be used. */
export type Values = Readonly<Partial<Record<"me" | "name" | "object" | "said" | "feeling" | "sum", string | null>>>;

/** Returns the template with its values, or null if one of them is not known. */
export function fill(template: string, values: Values): string | null {
  let isKnown = true;
  const line = template.replace(/\{([a-z]+)\}/g, (_, key: string) => {
    const value = values[key as keyof Values];
    if (value === null || value === undefined) isKnown = false;
    return value ?? "";
  });
  return isKnown && line.length <= MAX_LINE_LENGTH - VOICE_ROOM ? line : null;
}

/** `quietly`: prefer a line that asks nothing back. `freshOnly`: say nothing rather than repeat a line. */
export interface How {
  readonly quietly?: boolean;
  readonly freshOnly?: boolean;
}

/** Chooses a line that was not said yet, from the first pool that has one; if all were, the one said longest ago. Undefined when the pools are empty. */
export function choose(
  pools: readonly (readonly string[])[],
  said: readonly string[],
  rng: Rng,
  how: How = {},
): string | undefined {
  const saidAt = new Map(said.map((line, at) => [line, at]));
  const fresh = pools.map((pool) => pool.filter((line) => !saidAt.has(line)));
  const quiet = how.quietly ? fresh.map((pool) => pool.filter((line) => !line.includes("?"))) : [];
  const pool = [...quiet, ...fresh].find((lines) => lines.length > 0);
  if (pool || how.freshOnly) return pool && pick(rng, pool);
  return pools.flat().toSorted((left, right) => (saidAt.get(left) ?? -1) - (saidAt.get(right) ?? -1))[0];
}
