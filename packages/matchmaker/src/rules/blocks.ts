import type { WaitingTicket } from "../waiting-ticket.ts";
import { digest } from "./digest.ts";

/** Who must not meet whom, by their places in line. */
export interface Blocks {
  readonly any: boolean;
  /** Returns the places of those who name this person. */
  blockersOf(userId: string): readonly number[];
  keepApart(one: number, two: number): boolean;
}

/** Up to here, looking through the list costs less than making a set of it. */
const SHORT_LIST = 8;

/** Reads who blocked whom. Compares only where somebody has blocked, because most have not. Of no tickets: nobody. */
export function readBlocks(tickets: readonly WaitingTicket[]): Blocks {
  const has = new Uint8Array(tickets.length);
  const blockers: number[] = [];
  for (let at = 0; at < tickets.length; at += 1) {
    if (!(tickets[at] as WaitingTicket).blockedIds?.length) continue;
    has[at] = 1;
    blockers.push(at);
  }
  const any = blockers.length > 0;
  if (!any) return { any, blockersOf: () => [], keepApart: () => false };
  const sets = new Map<number, ReadonlySet<string>>();
  const setOf = (at: number, ids: readonly string[]): ReadonlySet<string> => {
    const known = sets.get(at) ?? new Set(ids);
    sets.set(at, known);
    return known;
  };
  const blocks = (one: number, two: number): boolean => {
    if (has[one] === 0) return false;
    const { blockedIds = [] } = tickets[one] as WaitingTicket;
    const { userId } = tickets[two] as WaitingTicket;
    return blockedIds.length <= SHORT_LIST ? blockedIds.includes(userId) : setOf(one, blockedIds).has(userId);
  };
  // Made when it is first asked for: pairing has no use for it.
  let named: NamedIds | undefined;
  return {
    any,
    blockersOf(userId) {
      named ??= namedBy(tickets, blockers);
      return named.blockersOf(userId);
    },
    keepApart: (one, two) => blocks(one, two) || blocks(two, one),
  };
}

type NamedIds = Pick<Blocks, "blockersOf">;

/** Lists whom they name by digests: a map of 20,000 texts takes ten times as long to make. */
function namedBy(tickets: readonly WaitingTicket[], blockers: readonly number[]): NamedIds {
  const idsOf = (at: number) => (tickets[at] as WaitingTicket).blockedIds ?? [];
  const count = blockers.reduce((sum, at) => sum + idsOf(at).length, 0);
  const digests = new Int32Array(count);
  const owners = new Uint32Array(count);
  let end = 0;
  for (const at of blockers) {
    for (const id of idsOf(at)) {
      digests[end] = digest(id);
      owners[end++] = at;
    }
  }
  return {
    blockersOf(userId) {
      const found: number[] = [];
      const own = digest(userId);
      for (let at = digests.indexOf(own); at >= 0; at = digests.indexOf(own, at + 1)) {
        const owner = owners[at] as number;
        if (idsOf(owner).includes(userId)) found.push(owner);
      }
      return found;
    },
  };
}
