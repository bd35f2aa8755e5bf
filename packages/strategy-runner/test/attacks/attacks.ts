import type { Attack } from "./attack.types.ts";
import { floods } from "./floods.ts";
import { loops } from "./loops.ts";
import { memoryAndStack } from "./memory-and-stack.ts";
import { reach } from "./reach.ts";

/** The suite, by what it is after. */
export const attackGroups: Readonly<Record<string, readonly Attack[]>> = {
  Time: loops,
  "Memory and stack": memoryAndStack,
  Reach: reach,
  "Floods and rubbish": floods,
};

export const attacks: readonly Attack[] = Object.values(attackGroups).flat();
