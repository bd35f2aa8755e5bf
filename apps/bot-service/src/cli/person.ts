import { type AnyCommand, createCommand, UsageError } from "@shoal/command-line";
import { MINUTE_MS, printable } from "@shoal/kernel";
import { z } from "zod";
import { isAlive } from "../backend/adapters/is-alive.ts";
import { processEnvironment } from "../config.ts";
import { type Answer, giveAnswer } from "./answer.ts";
import { askDaemon, type FoundDaemon, findDaemon, notADaemon, refusalOf } from "./daemon.ts";
import type { Exit } from "./exit-code.ts";
import { table } from "./table.ts";

const DESCRIPTION = `Shows and erases everything that is kept of a person, by the id that the app knows the person by. Asks the daemon at SHOAL_URL, or
without that the one running on SHOAL_DIRECTORY (.shoal). Needs its SHOAL_API_TOKEN. What is not covered: docs/security.md.`;
const HELP = "bun run shoal person --help";
/** Erasing reads some tables from end to end. */
const LIMIT_MS = 5 * MINUTE_MS;
const LIMIT_BYTES = 32 * 1024 * 1024;
const REFUSED = { HTTP_UNAUTHORIZED: "does not take the token; set SHOAL_API_TOKEN to the daemon's" };
const FATES = { delete: "is deleted", anonymise: "stays without the id", keep: "stays" } as const;

const place = { table: z.string(), column: z.string(), fate: z.enum(["delete", "anonymise", "keep"]), count: z.int() };
const shown = z.object({ kept: z.array(z.object({ ...place, why: z.string() })) });
const erased = z.object({ erased: z.array(z.object(place)) });

/** Makes `shoal person`. */
export function personCommand(exit: Exit): AnyCommand {
  const command = createCommand("person")
    .summary("show or erase everything that is kept of a person")
    .description(DESCRIPTION);
  command
    .command("show")
    .summary("list what is kept, and what becomes of it when the person is erased")
    .argument("<id>", "id of the person")
    .option("--json", "one line of JSON, with the first 100 rows of each place")
    .action(async (id: string, { json }: { readonly json?: true }) =>
      giveAnswer(await show(daemon(), id), json === true, exit),
    );
  command
    .command("erase")
    .summary("erase it all, for good: match and wait end, bots stop, strategies go")
    .argument("<id>", "id of the person")
    .option("--yes", "needed: there is no way back")
    .option("--json", "one line of JSON")
    .action(async (id: string, { yes, json }: { readonly yes?: true; readonly json?: true }) => {
      if (!yes) throw new UsageError("erasing a person has no way back; look with `person show`, and give --yes", HELP);
      giveAnswer(await erase(daemon(), id), json === true, exit);
    });
  return command;
}

const daemon = () => findDaemon(processEnvironment(), isAlive, HELP);

async function ask<Body>(found: FoundDaemon, method: "GET" | "DELETE", id: string, schema: z.ZodType<Body>) {
  const path = `/api/people/${encodeURIComponent(id)}`;
  const { status, body } = await askDaemon(found, { method, path, limitMs: LIMIT_MS, limitBytes: LIMIT_BYTES });
  if (status !== 200) throw refusalOf(status, body, found, REFUSED);
  const read = schema.safeParse(body);
  if (!read.success) throw notADaemon(found.url);
  return { body, read: read.data };
}

async function show(found: FoundDaemon, id: string): Promise<Answer> {
  const { body, read } = await ask(found, "GET", id, shown);
  const rows = read.kept.map(({ table, column, fate, count, why }) => [`${table}.${column}`, count, FATES[fate], why]);
  const text =
    rows.length === 0
      ? `Nothing is kept of ${printable(id)}.\n`
      : table(["place", "rows", "when erased", "what it is"], rows);
  return { text, json: body };
}

async function erase(found: FoundDaemon, id: string): Promise<Answer> {
  const { body, read } = await ask(found, "DELETE", id, erased);
  const rows = read.erased.map(({ table, column, fate, count }) => [
    `${table}.${column}`,
    count,
    fate === "delete" ? "deleted" : "without the id",
  ]);
  const text = rows.length === 0 ? `Nothing was kept of ${printable(id)}.\n` : table(["place", "rows", "now"], rows);
  return { text, json: body };
}
