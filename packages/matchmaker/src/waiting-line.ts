import type { LineRead, LineTicket } from "./line-read.ts";
import type { Statements } from "./statements.ts";
import { oldestFirst } from "./waiting-ticket.ts";

/** Tickets of one statement: small enough that it takes well under a second. */
export const PAGE_SIZE = 2_000;
/** Up to here the line is read whole each time: that is one short statement, and most lines are empty when a cycle is over. */
const SHORT_LINE = 500;
/** Changes that are read at most. With more, a read of the whole line costs less. */
const MAX_CHANGES = 2 * PAGE_SIZE;
/** Those behind stay in the database, and come up as others go. */
const MAX_TICKETS = 100_000;

/** What a read brought. */
export interface LineNews extends Pick<LineRead, "nowMs" | "takenIds"> {
  /** Whether the line is another than before. */
  readonly hasChanged: boolean;
  /** There is more of it to read. */
  readonly isCut: boolean;
}

/**
 * The people who wait, as this process has read them. A long line, of people whom rules keep apart, is read once; from then on only what changed in
 * it is.
 */
export interface WaitingLine {
  /** Reads on. Errors as `Sql.query`; the line is forgotten then. */
  read(chosenIds: readonly string[]): Promise<LineNews>;
  /** In their order. A new array where something changed. */
  readonly tickets: readonly LineTicket[];
  ticket(ticketId: string): LineTicket | undefined;
  /** Takes out who is in a match. */
  remove(ticketIds: readonly string[]): void;
  /** Has these read anew: a decision about them was out of date. */
  doubt(ticketIds: readonly string[]): void;
  forget(): void;
}

export function createWaitingLine(statements: Pick<Statements, "line">, avoidsBlocks: boolean): WaitingLine {
  const known = new Map<string, LineTicket>();
  let sorted: readonly LineTicket[] | undefined;
  let doubted: string[] = [];
  /** From when changes are to be read; null: the whole line is. */
  let mark: string | null = null;
  /** The last ticket of the page before, while the whole line is read. */
  let after: string | null = null;
  /** There are more than this process keeps. */
  let isPartial = false;

  const forget = () => {
    known.clear();
    sorted = undefined;
    doubted = [];
    mark = null;
    after = null;
    isPartial = false;
  };

  const take = ({ tickets, gone }: LineRead, again: readonly string[]): boolean => {
    const before = known.size;
    for (const id of again) known.delete(id);
    for (const id of gone) known.delete(id);
    for (const ticket of tickets) {
      if (known.size < MAX_TICKETS || known.has(ticket.id)) known.set(ticket.id, ticket);
      else isPartial = true;
    }
    const hasChanged = tickets.length > 0 || known.size !== before;
    if (hasChanged) sorted = undefined;
    return hasChanged;
  };

  /** Reads the next page of the whole line. What changes meanwhile is read as a change. */
  const readPage = async (chosenIds: readonly string[]): Promise<LineNews> => {
    const again = doubted;
    const read = await statements.line({ limit: PAGE_SIZE, after, since: null, again, chosenIds, avoidsBlocks });
    doubted = [];
    take(read, again);
    mark ??= read.mark;
    const isCut = read.isCut && !isPartial;
    after = isCut ? read.last : null;
    return { ...read, hasChanged: true, isCut };
  };

  const readChanges = async (since: string, chosenIds: readonly string[]): Promise<LineNews | undefined> => {
    const again = doubted;
    const read = await statements.line({ limit: MAX_CHANGES, after: null, since, again, chosenIds, avoidsBlocks });
    if (read.isCut) return undefined;
    doubted = [];
    mark = read.mark;
    return { ...read, hasChanged: take(read, again) };
  };

  return {
    async read(chosenIds) {
      try {
        const isLong = known.size > SHORT_LINE && !(isPartial && known.size < MAX_TICKETS - PAGE_SIZE);
        const since = after === null && isLong ? mark : null;
        const changes = since === null ? undefined : await readChanges(since, chosenIds);
        if (changes) return changes;
        if (after === null) forget();
        return await readPage(chosenIds);
      } catch (thrown) {
        forget();
        throw thrown;
      }
    },
    get tickets() {
      sorted ??= oldestFirst([...known.values()]);
      return sorted;
    },
    ticket: (ticketId) => known.get(ticketId),
    remove(ticketIds) {
      for (const id of ticketIds) known.delete(id);
      if (ticketIds.length > 0) sorted = undefined;
    },
    doubt: (ticketIds) => void doubted.push(...ticketIds),
    forget,
  };
}
