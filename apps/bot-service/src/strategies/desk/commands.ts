import { isUuid } from "@shoal/kernel";
import { type Database, type SqlValue, type Statement, statement } from "@shoal/store";
import type { JsonObject } from "@shoal/strategy-runner";
import { orConfigRefused, requireConfig } from "./config.ts";
import { changedTooOften, invalid, ownerGone, StrategyDeskError, unknown, versionUnknown } from "./errors.ts";
import { OWN } from "./sql.ts";
import type { Asker } from "./strategy-desk.types.ts";
import { firstTick } from "./timing.ts";

/** What a strategy can be told, besides a deploy. */
export type StrategyCommand = "start" | "stop" | "pause" | "resume" | "restart" | "execute";

type Sql = Pick<Database, "query">;

/** What the functions of the migration answer. */
export type Answer = "done" | "unknown" | "gone" | "wrong_status" | "changed" | "version_unknown" | "orders_open";

const COMMAND_SQL = statement(
  "strategy_command",
  "select shoal.strategy_command($1::uuid, $2::uuid, $3, $4, $5, $6::timestamptz, to_timestamp($7::float8 / 1000)) as answer",
);

/** Changes by others that may come in between; each try reads anew. */
const MOST_TRIES = 5;

/** Tells a strategy. Idempotent, but for `restart` and `execute`. `askedAtMs`: see `StrategyDesk.execute`. */
export async function command(
  database: Sql,
  asker: Asker,
  id: string,
  name: StrategyCommand,
  askedAtMs?: number,
): Promise<void> {
  if (!isUuid(id)) throw unknown("strategy");
  await untilDone(async () => {
    const tick = name === "start" || name === "resume" || name === "restart" ? await nextTick(database, id) : NO_TICK;
    return ask(database, COMMAND_SQL, [id, asker.userId, name, tick.cron, tick.zone, tick.at, askedAtMs ?? null]);
  }, name);
}

const CONFIG_SQL = statement(
  "strategy_config",
  `
select s.version, k.checked -> 'config' as defaults
from shoal.strategies s join shoal.strategy_code k on k.id = s.code_id where ${OWN}`,
);
const CONFIGURE_SQL = statement(
  "strategy_configure",
  "select shoal.strategy_configure($1::uuid, $2::uuid, $3::int, ($4::text)::jsonb) as answer",
);

/** Puts settings in the place of those that a strategy has. Idempotent. */
export async function configure(database: Sql, asker: Asker, id: string, config: JsonObject): Promise<void> {
  if (!isUuid(id)) throw unknown("strategy");
  await untilDone(async () => {
    const [held] = await database.query<{ version: number; defaults: JsonObject }>(CONFIG_SQL, [id, asker.userId]);
    if (!held) throw unknown("strategy");
    requireConfig(config, { config: held.defaults });
    const params = [id, asker.userId, held.version, JSON.stringify(config)];
    return ask(database, CONFIGURE_SQL, params).catch(orConfigRefused);
  });
}

const ROLLBACK_SQL = statement(
  "strategy_rollback",
  "select shoal.strategy_rollback($1::uuid, $2::uuid, $3::int, $4::uuid) as answer",
);
/** Of its column. */
const MOST_VERSION = 2 ** 31 - 1;

export async function rollback(database: Sql, asker: Asker, id: string, version?: number): Promise<void> {
  if (!isUuid(id)) throw unknown("strategy");
  if (version !== undefined && !(Number.isInteger(version) && version >= 1 && version <= MOST_VERSION)) {
    throw invalid("version", "must be a whole number above 0");
  }
  await untilDone(() => ask(database, ROLLBACK_SQL, [id, asker.userId, version ?? null, asker.userId]));
}

const REMOVE_SQL = statement("strategy_remove", "select shoal.strategy_remove($1::uuid, $2::uuid) as answer");

export async function remove(database: Sql, asker: Asker, id: string): Promise<void> {
  if (!isUuid(id)) throw unknown("strategy");
  await untilDone(() => ask(database, REMOVE_SQL, [id, asker.userId]));
}

const NO_TICK = { cron: null, zone: null, at: null };

/** Reads the schedule, and when cron ticks next: only the daemon knows cron. */
async function nextTick(database: Sql, id: string) {
  const [row] = await database.query<{ cron: string | null; zone: string; now_ms: number }>(
    statement(
      "strategy_schedule",
      `select cron, zone, extract(epoch from clock_timestamp())::float8 * 1000 as now_ms from shoal.strategies where id = $1::uuid`,
    ),
    [id],
  );
  if (!row || row.cron === null) return NO_TICK;
  const { cron, zone } = row;
  return { cron, zone, at: firstTick({ kind: "cron", cron, zone }, row.now_ms) };
}

/** Makes an attempt, and others where somebody has changed the strategy since it read. @throws what the answer refuses by */
export async function untilDone(attempt: () => Promise<Answer>, name?: StrategyCommand): Promise<void> {
  for (let count = 1; count <= MOST_TRIES; count += 1) {
    const answer = await attempt();
    if (answer === "done") return;
    if (answer !== "changed") throw refusal(answer, name);
  }
  throw changedTooOften();
}

export async function ask(database: Sql, text: Statement, params: readonly SqlValue[]): Promise<Answer> {
  const [row] = await database.query<{ answer: Answer }>(text, params);
  return row?.answer ?? "unknown";
}

function refusal(answer: Exclude<Answer, "done" | "changed">, name?: StrategyCommand): StrategyDeskError {
  switch (answer) {
    case "unknown":
      return unknown("strategy");
    case "gone":
      return ownerGone();
    case "version_unknown":
      return versionUnknown();
    case "wrong_status": {
      const why = name === "execute" ? "is quarantined: resume it, or deploy it anew" : "is stopped: start it";
      return new StrategyDeskError("STRATEGY_WRONG_STATUS", `The strategy ${why}.`, { details: { field: "id" } });
    }
    case "orders_open":
      return new StrategyDeskError(
        "STRATEGY_ORDERS_OPEN",
        "The exchange may still fill orders of this strategy. Stop it, cancel them by DELETE /strategies/orders/:id, and delete it when they are over; GET /strategies/:id/orders lists them.",
        { details: { field: "id" } },
      );
  }
}
