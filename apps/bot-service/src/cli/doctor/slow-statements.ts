import type { Database } from "@shoal/store";
import {
  readServerStatements,
  type SlowestStatements,
  type StatementFigures,
} from "../../database/statement-figures.ts";
import type { Examination } from "./examination.ts";
import { type Finding, inMs, inNumber, ok, skipped, warn } from "./finding.ts";

const LISTED = 5;
const CHECK_LIMIT_MS = 12_000;
const SLOW_TODO =
  "read docs/operation.md, Slow statements: a table that grew without VACUUM, a server short of processor or disk, or a lock";

export async function checkStatements(examination: Examination, database: Database, slowMs: number): Promise<void> {
  await examination.check("slow statements", { limitMs: CHECK_LIMIT_MS, todo: "see the error" }, async () =>
    judgeStatements(await readServerStatements(database), slowMs),
  );
}

/** Lists the slowest statements. `slowMs`: a mean from which on one is slow, 0: none is. */
export function judgeStatements(slowest: SlowestStatements | null, slowMs: number): Finding {
  if (!slowest) {
    return skipped(
      "the server keeps no pg_stat_statements that this role may read: GET /api/database/statements shows what a daemon has measured itself",
    );
  }
  const [first] = slowest.statements;
  if (!first) return ok("the server has counted no statement of a daemon yet");
  const slow = slowMs === 0 ? [] : slowest.statements.filter(({ meanMs }) => meanMs >= slowMs);
  const figures = { slowest_mean_ms: first.meanMs, slow_count: slow.length };
  if (slow.length === 0) return ok(`the slowest: ${listed(slowest.statements)}`, figures);
  return warn(`${inNumber(slow.length)} take ${inMs(slowMs)} and more: ${listed(slow)}`, SLOW_TODO, figures);
}

function listed(statements: readonly StatementFigures[]): string {
  const one = ({ name, meanMs, maxMs, calls }: StatementFigures) =>
    `${name} ${inMs(meanMs)} (at most ${inMs(maxMs)}, ${inNumber(calls)} times)`;
  return statements.slice(0, LISTED).map(one).join(", ");
}
