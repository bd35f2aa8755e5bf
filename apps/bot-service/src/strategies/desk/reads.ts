import { isInstant, isUuid } from "@shoal/kernel";
import { type Database, type SqlValue, type Statement, statement } from "@shoal/store";
import { unpackJournal } from "../packed-journal.ts";
import type {
  CodeBody,
  EquityPointBody,
  FillBody,
  HoldingsBody,
  LogLineBody,
  OrderBody,
  RunBody,
  StatusBody,
  StrategyBody,
  VersionBody,
  WholeRunBody,
} from "./bodies.ts";
import { invalid, unknown, versionUnknown } from "./errors.ts";
import {
  BALANCE_COLUMNS,
  EQUITY_COLUMNS,
  FILL_COLUMNS,
  idBefore,
  iso,
  ORDER_COLUMNS,
  OWN,
  POSITION_COLUMNS,
  RUN_COLUMNS,
  STATUS_COLUMNS,
  STRATEGIES,
  STRATEGY_COLUMNS,
  VERSION_COLUMNS,
} from "./sql.ts";
import type { Asker, LogPlace, StrategyDesk } from "./strategy-desk.types.ts";

export type StrategyReads = Pick<
  StrategyDesk,
  | ("list" | "get" | "status" | "versions" | "code" | "runs" | "run" | "logs")
  | ("orders" | "fills" | "positions" | "equity" | "activeCount")
>;

type Sql = Pick<Database, "query">;

/** Shows strategies and what they did. */
export function createStrategyReads(database: Sql): StrategyReads {
  return { ...readsOfStrategies(database), ...readsOfRuns(database), ...readsOfMoney(database) };
}

/** Reads what has an id; `text` takes that and the asker. @throws STRATEGY_UNKNOWN */
export async function one<Row extends object>(
  database: Sql,
  text: Statement,
  asker: Asker,
  id: string,
  what: "strategy" | "run" | "order" = "strategy",
): Promise<Row> {
  const [row] = isUuid(id) ? await database.query<Row>(text, [id, asker.userId]) : [];
  if (!row) throw unknown(what);
  return row;
}

/** Reads rows that belong to a strategy; `text` takes its id, the limit, and then `more`. */
async function many<Row extends object>(
  database: Sql,
  asker: Asker,
  id: string,
  text: Statement,
  limit: number,
  ...more: SqlValue[]
): Promise<Row[]> {
  await one(database, OWNED_SQL, asker, id);
  return database.query<Row>(text, [id, limit, ...more]);
}

function readsOfStrategies(database: Sql) {
  return {
    async list(asker, { limit, before, ownerId, name, search, status }) {
      const ids = { before, owner_id: ownerId };
      for (const [field, id] of Object.entries(ids)) {
        if (id !== undefined && !isUuid(id)) throw invalid(field, "must be a UUID");
      }
      // Somebody else's are none.
      if (asker.userId !== null && ownerId !== undefined && ownerId !== asker.userId) return [];
      const owner = asker.userId ?? ownerId ?? null;
      const params = [owner, before ?? null, name ?? null, status ?? null, search ?? null, limit];
      const all = status === undefined ? LIST_ALL_SQL : LIST_ALL_OF_STATUS_SQL;
      return database.query<StatusBody>(owner === null ? all : LIST_SQL, params);
    },
    get: (asker, id) => one<StrategyBody>(database, GET_SQL, asker, id),
    status: (asker, id) => one<StatusBody>(database, STATUS_SQL, asker, id),
    versions: (asker, id, page) =>
      many<VersionBody>(database, asker, id, VERSIONS_SQL, page.limit, page.before ?? null),
    async code(asker, id, version) {
      const [row] = await many<CodeBody>(database, asker, id, CODE_SQL, 1, version ?? null);
      if (!row) throw versionUnknown();
      return row;
    },
    async activeCount() {
      const [row] = await database.query<{ count: number }>(ACTIVE_SQL);
      return row?.count ?? 0;
    },
  } satisfies Partial<StrategyReads>;
}

type RunRow = Omit<WholeRunBody, "journal"> & { readonly journal: Uint8Array | null };

function readsOfRuns(database: Sql) {
  return {
    runs: (asker, id, page) => many<RunBody>(database, asker, id, RUNS_SQL, page.limit, page.before ?? null),
    async run(asker, runId) {
      const row = await one<RunRow>(database, RUN_SQL, asker, runId, "run");
      return { ...row, journal: row.journal && JSON.parse(unpackJournal(row.journal)) };
    },
    async logs(asker, id, { limit, after, before, level }) {
      const text = after ? LOGS_AFTER_SQL : LOGS_BEFORE_SQL;
      const levels = level === "error" ? ["error"] : level === "warn" ? ["warn", "error"] : null;
      const lines = await many<LogLineBody>(database, asker, id, text, limit, ...placeOf(after ?? before), levels);
      return after ? lines : lines.toReversed();
    },
  } satisfies Partial<StrategyReads>;
}

function readsOfMoney(database: Sql) {
  return {
    async orders(asker, id, { limit, before = null, isLive = false }) {
      if (before !== null && !isUuid(before)) throw invalid("before", "must be the id of an order");
      return many<OrderBody>(database, asker, id, isLive ? LIVE_ORDERS_SQL : ORDERS_SQL, limit, before);
    },
    fills: (asker, id, page) => many<FillBody>(database, asker, id, FILLS_SQL, page.limit, page.before ?? null),
    async positions(asker, id): Promise<HoldingsBody> {
      const positions = await many<HoldingsBody["positions"][number]>(
        database,
        asker,
        id,
        POSITIONS_SQL,
        MOST_POSITIONS,
      );
      const balances = await database.query<HoldingsBody["balances"][number]>(BALANCES_SQL, [id, MOST_POSITIONS]);
      const [latest] = await database.query<EquityPointBody>(EQUITY_SQL, [id, 1, null]);
      return { positions, balances, equity: latest?.equity ?? null };
    },
    async equity(asker, id, { limit, before = null }) {
      if (before !== null && !isInstant(before)) throw invalid("before", "must be a time with its zone");
      return many<EquityPointBody>(database, asker, id, EQUITY_SQL, limit, before);
    },
  } satisfies Partial<StrategyReads>;
}

/** A book has at most a thousand instruments. */
const MOST_POSITIONS = 2000;

const placeOf = (place: LogPlace | undefined) => [place?.epoch ?? null, place?.number ?? null];

const OWNED_SQL = statement("strategy_owned", `select s.id from shoal.strategies s where ${OWN}`);
const GET_SQL = statement("strategy_show", `select ${STRATEGY_COLUMNS} from ${STRATEGIES} where ${OWN}`);
const STATUS_SQL = statement("strategy_status", `select ${STATUS_COLUMNS} from ${STRATEGIES} where ${OWN}`);

/** Several statements: one plan for all would read the strategies of all owners for those of one, and running ones for the few that are halted. */
const listSql = (name: string, condition: string) =>
  statement(
    name,
    `
select ${STATUS_COLUMNS} from ${STRATEGIES}
where ${condition} and s.id < ${idBefore("$2")} and ($3::text is null or s.name = $3::text)
  and ($5::text is null or position(lower($5::text) in lower(s.name)) > 0
    or starts_with(s.id::text, lower($5::text)) or starts_with(s.owner_id::text, lower($5::text)))
order by s.id desc limit $6::int`,
  );
const IF_OF_STATUS = "($4::text is null or s.status = $4::text)";
const LIST_SQL = listSql("strategy_list", `s.owner_id = $1::uuid and ${IF_OF_STATUS}`);
const LIST_ALL_SQL = listSql("strategy_list_all", `$1::uuid is null and ${IF_OF_STATUS}`);
const LIST_ALL_OF_STATUS_SQL = listSql("strategy_list_of_status", "$1::uuid is null and s.status = $4::text");

const VERSIONS_SQL = statement(
  "strategy_versions",
  `
select ${VERSION_COLUMNS} from shoal.strategy_versions v
where v.strategy_id = $1::uuid and ($3::bigint is null or v.version < $3::bigint) order by v.version desc limit $2::int`,
);

const CODE_SQL = statement(
  "strategy_code",
  `
select ${VERSION_COLUMNS}, k.language, k.source
from shoal.strategy_versions v join shoal.strategy_code k on k.id = v.code_id
where v.strategy_id = $1::uuid and v.version = coalesce($3::bigint, (select s.version from shoal.strategies s where s.id = $1::uuid))
limit $2::int`,
);

const RUNS_SQL = statement(
  "strategy_runs",
  `
select ${RUN_COLUMNS} from shoal.strategy_runs r
where r.strategy_id = $1::uuid and ($3::bigint is null or r.epoch < $3::bigint) order by r.number desc limit $2::int`,
);

const RUN_SQL = statement(
  "strategy_run",
  `
select ${RUN_COLUMNS}, r.image_hash, r.logs, r.notifications, r.journal
from shoal.strategy_runs r join shoal.strategies s on s.id = r.strategy_id
where r.id = $1::uuid and ($2::uuid is null or s.owner_id = $2::uuid)`,
);

/** Reads runs, in their order, until it has enough lines; one that wrote none costs no more than its row. */
const logsSql = (name: string, condition: string, order: "asc" | "desc") =>
  statement(
    name,
    `
select r.id as run_id, r.epoch::float8 as epoch, l.number::int as number,
  ${iso("r.started_at")} as at, l.line ->> 'level' as level, l.line ->> 'text' as text
from shoal.strategy_runs r, jsonb_array_elements(r.logs) with ordinality as l (line, number)
where r.strategy_id = $1::uuid and ($3::bigint is null or ${condition}) and ($5::text[] is null or l.line ->> 'level' = any ($5::text[]))
order by r.number ${order}, l.number ${order} limit $2::int`,
  );
const LOGS_AFTER_SQL = logsSql(
  "strategy_logs_after",
  "r.epoch >= $3::bigint and (r.epoch, l.number) > ($3::bigint, $4::bigint)",
  "asc",
);
const LOGS_BEFORE_SQL = logsSql(
  "strategy_logs_before",
  "r.epoch <= $3::bigint and (r.epoch, l.number) < ($3::bigint, $4::bigint)",
  "desc",
);

const ordersSql = (name: string, condition: string) =>
  statement(
    name,
    `
select ${ORDER_COLUMNS} from shoal.strategy_orders o
where o.strategy_id = $1::uuid and ${condition} and ($3::uuid is null or (o.placed_at, o.id) < (
  select b.placed_at, b.id from shoal.strategy_orders b where b.strategy_id = $1::uuid and b.id = $3::uuid
)) order by o.placed_at desc, o.id desc limit $2::int`,
  );
const ORDERS_SQL = ordersSql("strategy_orders", "true");
const LIVE_ORDERS_SQL = ordersSql("strategy_orders_live", "o.status in ('intended', 'sent', 'unknown', 'open')");

const FILLS_SQL = statement(
  "strategy_fills",
  `
select ${FILL_COLUMNS} from shoal.strategy_fills f
where f.strategy_id = $1::uuid and ($3::text is null or (f.filled_at, f.id) < (
  select b.filled_at, b.id from shoal.strategy_fills b where b.strategy_id = $1::uuid and b.id = $3::text
)) order by f.filled_at desc, f.id desc limit $2::int`,
);

const POSITIONS_SQL = statement(
  "strategy_positions",
  `
select ${POSITION_COLUMNS} from shoal.strategy_positions p where p.strategy_id = $1::uuid order by p.symbol limit $2::int`,
);

const BALANCES_SQL = statement(
  "strategy_balances",
  `
select ${BALANCE_COLUMNS} from shoal.strategy_balances b where b.strategy_id = $1::uuid order by b.currency limit $2::int`,
);

const EQUITY_SQL = statement(
  "strategy_equity",
  `
select ${EQUITY_COLUMNS} from shoal.strategy_equity e
where e.strategy_id = $1::uuid and ($3::timestamptz is null or e.at < $3::timestamptz) order by e.at desc limit $2::int`,
);

const ACTIVE_SQL = statement(
  "strategy_count_running",
  "select count(*)::int as count from shoal.strategies where status = 'running'",
);
