import { type Database, type SqlValue, statement } from "@shoal/store";
import { COMMAND_SUMMARY_COLUMNS, type CommandSummaryRow } from "./rows.ts";

/** The commands of one bot, the latest first, or those with these ids, in no order. */
export type CommandFilter =
  | {
      readonly botId: string;
      /** Most rows of a page, 1 to 1,000. */
      readonly limit: number;
      /** The id of the last one seen. */
      readonly before?: string;
    }
  | { readonly ids: readonly string[] };

/** Lists commands without their payloads, of which each may have 64 KB. */
export function listCommands(
  database: Pick<Database, "query">,
  filter: CommandFilter,
): Promise<readonly CommandSummaryRow[]> {
  if ("ids" in filter) return database.query<CommandSummaryRow>(BY_ID_SQL, [[...filter.ids]]);
  const { botId, limit, before } = filter;
  const params: SqlValue[] = [botId, limit, ...(before === undefined ? [] : [before])];
  return database.query<CommandSummaryRow>(before === undefined ? OF_BOT_SQL : OF_BOT_BEFORE_SQL, params);
}

const BY_ID_SQL = statement(
  "control_commands",
  `select ${COMMAND_SUMMARY_COLUMNS} from public.bot_control where id = any ($1::uuid[])`,
);

const ofBot = (condition: string) => `
select ${COMMAND_SUMMARY_COLUMNS} from public.bot_control where bot_id = $1 ${condition} order by seq desc limit $2::int`;
const OF_BOT_SQL = statement("control_commands_of_bot", ofBot(""));
const OF_BOT_BEFORE_SQL = statement(
  "control_commands_before",
  ofBot("and seq < (select seen.seq from public.bot_control seen where seen.id = $3::uuid)"),
);
