import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type Journal, journalToText } from "@shoal/strategy-runner";

/** Fast, and a journal is mostly names of fields. */
const LEVEL = { params: { 100: 1 } } as const;

/** The largest journal that can be read. @source packages/strategy-runner/src/journal/journal.ts */
const MOST_BYTES = 4 * 16 * 1024 * 1024;

/** Packs the journal of a run as the database keeps it, in base64. */
export function packJournal(journal: Journal): string {
  return zstdCompressSync(Buffer.from(journalToText(journal)), LEVEL).toString("base64");
}

/** Returns the text of a journal that the database keeps. Throws what the platform does for one that is none, or too large to be read. */
export function unpackJournal(packed: Uint8Array): string {
  return zstdDecompressSync(packed, { maxOutputLength: MOST_BYTES }).toString();
}
