import type { Runtime } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import { PeopleError } from "./errors.ts";
import { type Fate, KEPT, type Kept } from "./kept.ts";
import { stopBots } from "./own-bots.ts";
import { refuseOpenOrders, removeStrategies } from "./own-strategies.ts";
import {
  countEntry,
  entriesThere,
  eraseEntry,
  keyOf,
  type PersonKey,
  type RowPage,
  rowsOfEntry,
} from "./statements.ts";

export interface PeopleOptions {
  readonly database: Pick<Database, "query" | "transaction">;
  readonly runtime: Pick<Runtime, "clock">;
  /** Closes the ticket of a person, which ends the match it is in; whoever is in it is told. */
  readonly closeUser: (userId: string, reason: string) => Promise<void>;
}

/** What the database keeps of a person in one place. */
export interface KeptOfPerson extends RowPage {
  readonly table: string;
  readonly column: string;
  readonly fate: Fate;
  readonly why: string;
  readonly count: number;
}

export interface ErasedOfPerson {
  readonly table: string;
  readonly column: string;
  readonly fate: Fate;
  readonly count: number;
}

export interface KeptQuery {
  /** Of one place of the list alone. */
  readonly table?: string;
  readonly column?: string;
  readonly after?: string;
  readonly limit: number;
  /** The person asks: rows of others are counted, and not shown. */
  readonly isOwn: boolean;
}

/** A person who is in the lobby comes back at once. */
const MOST_ROUNDS = 3;
const IS_HERE = statement(
  "people_is_here",
  `select exists (select from shoal.match_tickets t where t.user_id = any ($1::text[]) and t.status <> 'closed')
     or exists (select from shoal.strategies s where s.owner_id = $2::uuid) as is`,
);
// A hash says whether somebody of a given id was erased, and not who was.
const AUDIT = statement(
  "people_audit",
  `insert into shoal.job_audit (actor, action, outcome, message)
   values ($1, 'erase_person', 'done', 'person sha256:' || encode(sha256(convert_to($2, 'UTF8')), 'hex'))`,
);

/** Shows and erases everything that the database keeps of a person, by the list in kept.ts. Everything rejects as `Sql.query` does, too. */
export function createPeople({ database, runtime, closeUser }: PeopleOptions) {
  const eraseOnce = async (key: PersonKey, entries: readonly Kept[], erased: Map<Kept, number>) => {
    const [ids, uuid] = key;
    const add = (entry: Kept | undefined, count: number) =>
      entry && erased.set(entry, (erased.get(entry) ?? 0) + count);
    if (uuid !== null) {
      add(
        entries.find(({ table }) => table === "shoal.strategies"),
        await removeStrategies(database, uuid),
      );
      await stopBots(database, runtime, uuid);
    }
    for (const id of ids) await closeUser(id, "erased");
    for (const entry of entries) if (!entry.goesWithStrategies) add(entry, await eraseEntry(database, entry, key));
    const [row] = await database.query<{ is: boolean }>(IS_HERE, [...key]);
    return row?.is !== true;
  };
  return {
    /** Returns what is kept, without places where there is nothing; of each the first rows, or those after `after`. */
    async show(id: string, { table, column, after, limit, isOwn }: KeptQuery): Promise<readonly KeptOfPerson[]> {
      const key = keyOf(id);
      const asked = KEPT.filter(
        (entry) => (table ?? entry.table) === entry.table && (column ?? entry.column) === entry.column,
      );
      const kept: KeptOfPerson[] = [];
      for (const entry of await entriesThere(database, asked)) {
        const count = await countEntry(database, entry, key);
        if (count === 0) continue;
        const isHidden = isOwn && entry.isOfOthers === true;
        const page = isHidden
          ? { rows: [], next: null }
          : await rowsOfEntry(database, entry, key, { after: after ?? null, limit });
        kept.push({ table: entry.table, column: entry.column, fate: entry.fate, why: entry.why, count, ...page });
      }
      return kept;
    },

    /**
     * Erases everything, and returns what. Ends the person's match and wait, stops their bots and deletes their strategies first. Idempotent; what a
     * failure has left is erased by the next call.
     *
     * @throws PEOPLE_OPEN_ORDERS an exchange may still fill orders of the person: nothing was changed
     * @throws PEOPLE_STILL_HERE the person waits or talks again; what was kept before is erased
     */
    async erase(id: string, actor: string): Promise<readonly ErasedOfPerson[]> {
      const key = keyOf(id);
      if (key[1] !== null) await refuseOpenOrders(database, key[1]);
      const entries = await entriesThere(database, KEPT);
      const erased = new Map<Kept, number>();
      let isGone = false;
      for (let round = 0; round < MOST_ROUNDS && !isGone; round += 1) isGone = await eraseOnce(key, entries, erased);
      const found = [...erased].filter(([, count]) => count > 0);
      if (found.length > 0) await database.query(AUDIT, [actor, key[1] ?? id]);
      if (!isGone) {
        const message =
          "This person waits, talks or deploys again: have them leave first, and call again. What was kept before is erased.";
        throw new PeopleError("PEOPLE_STILL_HERE", message);
      }
      return found.map(([{ table, column, fate }, count]) => ({ table, column, fate, count }));
    },
  };
}

export type People = ReturnType<typeof createPeople>;
