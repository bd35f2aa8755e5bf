import { errorFields, isStorableText, logOutage, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";

export interface MemoriesOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Runtime;
}

/** A greeting waits for what is remembered, and no longer. */
const LOAD_LIMIT_MS = 500;
/** A save that takes longer is left to itself: what it would have kept is lost or not. */
const SAVE_LIMIT_MS = 10 * SECOND_MS;

const LOAD = statement("memory_load", "select shoal.memory_load($1::text, $2::text) as facts");
const SAVE = statement("memory_save", "select shoal.memory_save($1::text, $2::text, ($3::text)::jsonb) as is_kept");

/**
 * What bots remember of people, in the database: only of those who have allowed it (`bot_memory_allow`) and wait as themselves, 12 texts and 4 kB for each
 * bot, until 30 days after the last talk. A conversation goes on without it: nothing here rejects.
 */
export class SqlMemories {
  readonly #options: MemoriesOptions;
  readonly #outage;

  constructor(options: MemoriesOptions) {
    this.#options = options;
    this.#outage = logOutage({
      log: options.runtime.log.child({ part: "people" }),
      level: "warn",
      failing: "what bots remember of people cannot be read or kept: they talk without it until the database answers",
      over: "what bots remember of people can be read and kept again",
    });
  }

  /** Returns what the bot remembers of the person, the oldest first; nothing where that is not known within 500 ms. */
  async load(personId: string, botKey: string): Promise<readonly string[]> {
    if (!isStorableText(personId)) return [];
    const rows = await this.#ask<{ facts: readonly string[] }>(LOAD, [personId, botKey], LOAD_LIMIT_MS);
    return rows[0]?.facts ?? [];
  }

  /** Adds texts to what the bot remembers of the person, whose 30 days begin anew, also without any. */
  async save(personId: string, botKey: string, facts: readonly string[]): Promise<void> {
    if (!isStorableText(personId)) return;
    await this.#ask(SAVE, [personId, botKey, JSON.stringify(facts.filter(isStorableText))], SAVE_LIMIT_MS);
  }

  async #ask<Row extends object>(text: typeof LOAD, params: readonly string[], limitMs: number): Promise<Row[]> {
    const { database, runtime } = this.#options;
    try {
      const timed = await withTimeout(runtime.clock, limitMs, database.query<Row>(text, params));
      if (timed.kind === "value") {
        this.#outage.worked();
        return timed.value;
      }
      this.#outage.failed({ waited_ms: limitMs });
    } catch (thrown) {
      this.#outage.failed(errorFields(thrown));
    }
    return [];
  }
}
