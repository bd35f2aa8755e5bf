import { errorFields, isFleetError, type Unsubscribe } from "@shoal/kernel";
import type { EventSubscriber } from "@shoal/monitor";
import { type Database, type StoreEvents, statement } from "@shoal/store";

/** How long the statement of one name took. */
export interface StatementFigures {
  readonly name: string;
  readonly calls: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly totalMs: number;
}

/** Statements by name, the slowest on average first. */
export interface SlowestStatements {
  /** `pg_stat_statements`: of all daemons, by the server, since its figures were reset. `daemon`: by this process, since its start. */
  readonly source: "pg_stat_statements" | "daemon";
  readonly statements: readonly StatementFigures[];
  /** Statements of others in this database, which have no name of ours; null where only the server would know. */
  readonly otherCount: number | null;
}

const SHOWN = 20;
/** More than there are names; those of an operator's own texts are few. */
const NAMES = 512;

const bySlowest = (a: StatementFigures, b: StatementFigures) => b.meanMs - a.meanMs || (a.name < b.name ? -1 : 1);

/** Adds up the statements of this process by name. */
export function countStatements(sources: readonly EventSubscriber<StoreEvents>[]) {
  const sums = new Map<string, { calls: number; totalMs: number; maxMs: number }>();
  const count = ({ name, durationMs }: StoreEvents["statement:ended"]) => {
    const sum = sums.get(name) ?? { calls: 0, totalMs: 0, maxMs: 0 };
    if (sum.calls === 0 && sums.size >= NAMES) return;
    sums.set(name, sum);
    sum.calls += 1;
    sum.totalMs += durationMs;
    sum.maxMs = Math.max(sum.maxMs, durationMs);
  };
  const offs: Unsubscribe[] = sources.map((events) => events.on("statement:ended", count));
  return {
    slowest: (): SlowestStatements => ({
      source: "daemon",
      statements: [...sums]
        .map(([name, sum]) => ({ name, ...sum, meanMs: sum.totalMs / sum.calls }))
        .toSorted(bySlowest)
        .slice(0, SHOWN),
      otherCount: null,
    }),
    close() {
      for (const off of offs) off();
    },
  };
}

/** The schema of the extension, which is `extensions` in a project of Supabase. */
const SCHEMA = statement(
  "stat_statements_schema",
  `select quote_ident(space.nspname) as schema from pg_extension extension
   join pg_namespace space on space.oid = extension.extnamespace where extension.extname = 'pg_stat_statements'`,
);

/** A text is read by the server alone: only names leave it. */
const slowestSql = (schema: string) =>
  statement(
    "stat_statements_slowest",
    `with named as materialized (
       select substring(query from '^[\\s(]*(?:[a-zA-Z]+ )?/\\* ([a-z][a-z0-9_]{0,62}) \\*/') as name, calls, total_exec_time, max_exec_time
       from ${schema}.pg_stat_statements
       where dbid = (select oid from pg_database where datname = current_database())
     )
     select name, sum(calls)::float8 as calls, (sum(total_exec_time) / sum(calls))::float8 as "meanMs",
       max(max_exec_time)::float8 as "maxMs", sum(total_exec_time)::float8 as "totalMs",
       (select count(*)::int from named where name is null) as "otherCount"
     from named where name is not null and calls > 0 and name not like 'doctor\\_%' and name not like 'stat\\_statements\\_%'
     group by name order by 3 desc, 1 limit ${SHOWN}`,
  );

interface ServerRow extends StatementFigures {
  readonly otherCount: number;
}

/**
 * Reads the slowest statements by name, as the server has counted them. Null where it does not: the extension is not there, not
 * loaded, or not readable by this role. Otherwise errors as `Sql.query`.
 */
export async function readServerStatements(database: Pick<Database, "query">): Promise<SlowestStatements | null> {
  const [extension] = await database.query<{ schema: string }>(SCHEMA);
  if (!extension) return null;
  try {
    const rows = await database.query<ServerRow>(slowestSql(extension.schema));
    const statements = rows.map(({ otherCount: _, ...figures }) => figures);
    return { source: "pg_stat_statements", statements, otherCount: rows[0]?.otherCount ?? 0 };
  } catch (thrown) {
    const { error_code: code } = errorFields(thrown);
    if (isFleetError(thrown) && !thrown.retryable && /^STORE_(QUERY|ACCESS_DENIED)$/.test(code)) return null;
    throw thrown;
  }
}
