import { dlopen, FFIType, ptr } from "bun:ffi";
import { openSync, readSync } from "node:fs";
import { PAGE_BYTES, type TouchedPages } from "../engine/linear-memory.ts";

/** What the system says of each page of a process: 64 bits, of which the upper two tell that it is in memory or in the swap. @source man 5 proc_pid_pagemap */
const PAGEMAP = "/proc/self/pagemap";
const WORDS_PER_PAGE = 2;
const ENTRY_BYTES = WORDS_PER_PAGE * Uint32Array.BYTES_PER_ELEMENT;
const IN_USE_SHIFT = 30;
const TRIAL_PAGES = 16;

/**
 * Asks the system which pages of a memory were touched since they were given back. Undefined where it does not say, as tried on a memory made for it; and it says
 * nothing of memory that is not the process's own.
 */
export function findTouchedPages(): TouchedPages | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const { symbols } = dlopen("libc.so.6", { getpagesize: { args: [], returns: FFIType.i32 } });
    if (symbols.getpagesize() !== PAGE_BYTES) return undefined;
    const touchedPages = readPagemap(openSync(PAGEMAP, "r"));
    return isTold(touchedPages) ? touchedPages : undefined;
  } catch {
    // Another C library, or no /proc.
    return undefined;
  }
}

function readPagemap(file: number): TouchedPages {
  let words = new Uint32Array(0);
  return (bytes) => {
    const wordCount = (bytes.length / PAGE_BYTES) * WORDS_PER_PAGE;
    if (words.length < wordCount) words = new Uint32Array(wordCount);
    const length = wordCount * Uint32Array.BYTES_PER_ELEMENT;
    const gotBytes = readSync(file, words, 0, length, (ptr(bytes) / PAGE_BYTES) * ENTRY_BYTES);
    if (gotBytes !== length) return () => true;
    return (page) => (words[WORDS_PER_PAGE * page + 1] as number) >>> IN_USE_SHIFT !== 0;
  };
}

function isTold(touchedPages: TouchedPages): boolean {
  const memory = new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer);
  const written = TRIAL_PAGES / 2;
  memory[written * PAGE_BYTES] = 1;
  const isTouched = touchedPages(memory);
  return Array.from({ length: TRIAL_PAGES }, (_, page) => isTouched(page) === (page === written)).every(Boolean);
}
