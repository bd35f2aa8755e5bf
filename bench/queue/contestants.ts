import type { ContestantKind } from "./contestant.ts";
import { floor } from "./contestants/floor.ts";
import { graphileWorker } from "./contestants/graphile-worker.ts";
import { pgBoss } from "./contestants/pg-boss.ts";
import { barePgmq, pgmq } from "./contestants/pgmq.ts";
import { shoal } from "./contestants/shoal.ts";

/**
 * The contestants. `-25`: the daemon's default, and the floor with the same batches. The other floor has the batches that
 * suit it best: larger ones make it slower.
 */
export const CONTESTANTS = {
  shoal: shoal(1000, 1300),
  "shoal-25": shoal(25),
  floor: floor(100),
  "floor-25": floor(25),
  "pg-boss": pgBoss,
  "graphile-worker": graphileWorker,
  "pgmq-1": pgmq(1),
  "pgmq-4": pgmq(4),
  "pgmq-16": pgmq(16),
  "pgmq-64": pgmq(64),
  "bare-pgmq": barePgmq,
} as const satisfies Readonly<Record<string, ContestantKind>>;

export type ContestantName = keyof typeof CONTESTANTS;
