import type { WaitingTicket } from "./pair.ts";

/** A ticket as it was read. */
export interface LineTicket extends WaitingTicket {
  /** Of the row. A decision holds for this version only. */
  readonly version: string | null;
}

/** What is read of the line: a page of it, or what has changed in it. */
export interface LineRequest {
  /** Tickets at most, besides `again`. */
  readonly limit: number;
  /** For a page: the last ticket of the page before; null: the first page. */
  readonly after: string | null;
  /** For changes: the `mark` of an earlier answer. */
  readonly since: string | null;
  /** Tickets to be read besides. */
  readonly again: readonly string[];
  /** Ids of bots that operators chose. */
  readonly chosenIds: readonly string[];
  readonly avoidsBlocks: boolean;
}

export interface LineRead {
  /** The database's clock, epoch ms. */
  readonly nowMs: number;
  /** A snapshot of the database: whatever this read could not see is found by it as `since`, and nothing else. */
  readonly mark: string;
  /** There may be more, after `last`. */
  readonly isCut: boolean;
  readonly last: string | null;
  /** Those of `chosenIds` that are ids of people with an open ticket of an authenticated source. */
  readonly takenIds: readonly string[];
  /** Who waits. */
  readonly tickets: readonly LineTicket[];
  /** Tickets that wait no more. */
  readonly gone: readonly string[];
}
