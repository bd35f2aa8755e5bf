import { pick, type Rng } from "@shoal/kernel";

/** The longest line, quotes included. `VOICE_ROOM` of it is left for what a voice adds at both ends. */
export const MAX_LINE_LENGTH = 280;
const VOICE_ROOM = 20;

/** Values that a template may hold. A template with an unknown one cannot be used. */
export type Values = Readonly<
  Partial<Record<"me" | "name" | "object" | "said" | "feeling" | "number" | "reflection" | "sum", string | null>>
>;

/** Returns the templates that `values` can fill, filled. */
export function fill(templates: readonly string[], values: Values): string[] {
  return templates.flatMap((template) => {
    let isKnown = true;
    const line = template.replace(/\{([a-z]+)\}/g, (_, key: string) => {
      const value = values[key as keyof Values];
      if (value === null || value === undefined) isKnown = false;
      return value ?? "";
    });
    return isKnown && line.length <= MAX_LINE_LENGTH - VOICE_ROOM ? [line] : [];
  });
}

export interface Choice {
  readonly said: readonly string[];
  readonly rng: Rng;
  /** Prefer a line that asks nothing back. */
  readonly quietly?: boolean;
  /** Say nothing rather than repeat a line. */
  readonly freshOnly?: boolean;
}

/**
 * Chooses a line that was not said yet, from the first pool that has one; if all were said, the one said longest ago.
 * Undefined when the pools are empty.
 */
export function choose(
  pools: readonly (readonly string[])[],
  { said, rng, quietly = false, freshOnly = false }: Choice,
): string | undefined {
  const saidAt = new Map(said.map((line, at) => [line, at]));
  for (const pool of pools) {
    const fresh = pool.filter((line) => !saidAt.has(line));
    const quiet = quietly ? fresh.filter((line) => !line.includes("?")) : fresh;
    if (fresh.length > 0) return pick(rng, quiet.length > 0 ? quiet : fresh);
  }
  if (freshOnly) return undefined;
  const all = pools.flat();
  return all.toSorted((left, right) => (saidAt.get(left) ?? -1) - (saidAt.get(right) ?? -1))[0];
}
