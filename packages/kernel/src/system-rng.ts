import type { Rng } from "./rng.ts";

/** The platform's generator; not for secrets. */
export const systemRng: Rng = { next: () => Math.random() };
