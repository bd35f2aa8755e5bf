import { z } from "zod";
import type { SlowestStatements } from "../database/statement-figures.ts";
import { type Route, route } from "./route.ts";

const slowestStatements = z.object({
  source: z
    .enum(["pg_stat_statements", "daemon"])
    .describe("Who counted: the server, for all daemons since its figures were reset, or this process since its start"),
  statements: z.array(
    z.object({
      name: z.string(),
      calls: z.number(),
      mean_ms: z.number(),
      max_ms: z.number(),
      total_ms: z.number(),
    }),
  ),
  other_count: z
    .int()
    .nullable()
    .describe("Statements of others in this database, never shown; null where the server does not count"),
});

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;

/** `/api/database/statements`: which statements take long. Only names of the daemon's own leave the database. */
export function statementRoutes(read: () => Promise<SlowestStatements>): Route[] {
  return [
    route({
      method: "get",
      path: "/api/database/statements",
      summary: "The daemon's statements by name, the slowest on average first",
      access: "token",
      answers: { 200: slowestStatements },
      async answer(context) {
        const { source, statements, otherCount } = await read();
        return context.json({
          source,
          statements: statements.map(({ name, calls, meanMs, maxMs, totalMs }) => ({
            ...{ name, calls },
            ...{ mean_ms: rounded(meanMs), max_ms: rounded(maxMs), total_ms: rounded(totalMs) },
          })),
          other_count: otherCount,
        });
      },
    }),
  ];
}
