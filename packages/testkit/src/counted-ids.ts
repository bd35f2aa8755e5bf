import type { Ids } from "@shoal/kernel";

/** Makes ids in the form of UUIDs that count up from 1, so that a failure reads the same each time. */
export function countedIds(): Ids {
  let count = 0;
  return {
    uuid() {
      count += 1;
      return `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
    },
  };
}
