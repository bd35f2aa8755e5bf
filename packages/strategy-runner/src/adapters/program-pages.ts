import { readFileSync } from "node:fs";
import { findGiveBack } from "./give-back.ts";

/**
 * Gives back the pages of the program's own files: of the 40 MB that a child's start reads of Bun, its runs need a quarter, which come again from the
 * system's cache when they are used. Only where the system says that a mapping is nothing but its file.
 */
export function giveBackProgramPages(): void {
  const giveBack = findGiveBack();
  if (giveBack === undefined) return;
  for (const { start, end } of programMappings()) giveBack(start, end - start);
}

interface Mapping {
  readonly start: number;
  readonly end: number;
}

function programMappings(): readonly Mapping[] {
  try {
    return readMappings(readFileSync("/proc/self/smaps", "utf8"));
  } catch {
    // A system without /proc, or one that does not tell.
    return [];
  }
}

/** Reads which mappings of a process are files of which nothing was written to, from its smaps. @source man 5 proc */
export function readMappings(smaps: string): readonly Mapping[] {
  return [...smaps.matchAll(READ_ONLY_FILE)].flatMap(([, start = "", end = "", fields = ""]) =>
    /^Anonymous:\s+0 kB$/m.test(fields) ? [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }] : [],
  );
}

/** Address from and to, rights without writing, of the file's place only the path, and the fields below it. */
const READ_ONLY_FILE = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ \d+ +\/.*\n((?:[A-Z]\w*:.*\n?)*)/gm;
