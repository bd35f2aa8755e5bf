import type { MemoryAccess } from "../engine/linear-memory.ts";
import { findClearMemory } from "./clear-memory.ts";
import { findTouchedPages } from "./touched-pages.ts";

/** What this system can do with the memory of an engine. What was touched is only known of memory that is given back: that shows that it is the process's own. */
export function findMemoryAccess(): MemoryAccess {
  const clear = findClearMemory();
  return { clear, touchedPages: clear && findTouchedPages() };
}
