import { isFleetError, isNestedDeeper, isStorableJson, isUuid, parseExactJson } from "@shoal/kernel";
import { type Database, type Statement, statement } from "@shoal/store";
import { type CommandFilter, listCommands } from "./command-list.ts";
import {
  type DeploymentFilter,
  type DeploymentPage,
  listDeployments,
  STRATEGY_DEPLOYMENTS,
} from "./deployment-list.ts";
import { ControlError } from "./errors.ts";
import { isCommandName, MAX_NESTING } from "./payloads.ts";
import {
  COMMAND_COLUMNS,
  type CommandRow,
  type CommandSummaryRow,
  DEPLOYMENT_COLUMNS,
  type DeploymentDetail,
} from "./rows.ts";
import { leaseOf } from "./statements.ts";
import type { NewCommand } from "./types.ts";

/** In characters. */
export const BOT_ID_MAX_LENGTH = 128;

export interface CommandApiOptions {
  /** With the control migration applied. */
  readonly database: Pick<Database, "query">;
  /** Called once commands are written, so that the control need not wait for the feed. */
  readonly onIssued: () => void;
}

/** Issues the commands of the operator and shows what became of them. Every call fails as `Sql.query` does. */
export interface CommandApi {
  /**
   * Writes commands, in this order and all or none, and returns their ids; the replica that holds the bot applies them.
   * @throws CONTROL_COMMAND_INVALID `details.field`: `botId`, `command` or `payload`; nothing was written
   */
  issue(commands: readonly NewCommand[]): Promise<string[]>;
  /** Writes START_BOT for the stopped bot of that id, or for all stopped ones, and returns the ids of the commands. */
  startStopped(botId?: string): Promise<string[]>;
  command(id: string): Promise<CommandRow | undefined>;
  commands(filter: CommandFilter): Promise<readonly CommandSummaryRow[]>;
  deployments(filter: DeploymentFilter): Promise<DeploymentPage>;
  deployment(botId: string): Promise<DeploymentDetail | undefined>;
  /** Stops the bot and then deletes its row. Returns the id of the command; undefined: there is no such bot. */
  remove(botId: string): Promise<string | undefined>;
}

const COMMAND_SQL = statement(
  "control_command",
  `select ${COMMAND_COLUMNS} from public.bot_control where id = $1::uuid`,
);

export function createCommandApi({ database, onIssued }: CommandApiOptions): CommandApi {
  const written = async (text: Statement, params: readonly (string | null)[]): Promise<string[]> => {
    const rows = await database.query<{ id: string }>(text, params);
    if (rows.length > 0) onIssued();
    return rows.map(({ id }) => id);
  };
  return {
    async issue(commands) {
      if (commands.length === 0) return [];
      const text = JSON.stringify(commands.map(checked));
      if (!isStorableJson(text)) throw invalid("payload", "text that can be stored");
      return written(ISSUE_SQL, [text]).catch((thrown: unknown) => {
        const isTooLarge = isFleetError(thrown) && thrown.details["constraint"] === "bot_control_payload_size";
        throw isTooLarge ? invalid("payload", "at most 64 KB as JSON") : thrown;
      });
    },
    startStopped: (botId) => written(START_STOPPED_SQL, [botId ?? null, uuidOf(botId)]),
    async command(id) {
      if (!isUuid(id)) return undefined;
      const [row] = await database.query<CommandRow & { readonly payload: string }>(COMMAND_SQL, [id]);
      return row && { ...row, payload: parseExactJson(row.payload) };
    },
    commands: (filter) => listCommands(database, filter),
    deployments: (filter) => listDeployments(database, filter),
    async deployment(botId) {
      const [row] = await database.query<DeploymentDetail>(DEPLOYMENT_SQL, [botId, uuidOf(botId)]);
      return row;
    },
    async remove(botId) {
      const [id] = await written(REMOVE_SQL, [botId, uuidOf(botId)]);
      return id;
    },
  };
}

// issued_by is null, the operator, also on a connection that carries claims of a user.
const ISSUE_SQL = statement(
  "control_issue",
  `
insert into public.bot_control (bot_id, command, payload, issued_by)
select bot_id, command, payload, null::uuid
from rows from (jsonb_to_recordset(($1::text)::jsonb) as (bot_id text, command text, payload jsonb)) with ordinality as wanted
order by ordinality
returning id`,
);

const START_STOPPED_SQL = statement(
  "control_start_stopped",
  `
insert into public.bot_control (bot_id, command, issued_by)
select bot_id, 'START_BOT', null::uuid from (
  select bot_id from public.bot_deployments where desired = 'stopped' and ($1::text is null or bot_id = $1)
  union all
  -- Of strategies only one that is named: an owner may have stopped it for a reason.
  select id::text from shoal.strategies where id = $2::uuid and status = 'stopped'
) stopped
order by bot_id
returning id`,
);

const REMOVE_SQL = statement(
  "control_remove",
  `
insert into public.bot_control (bot_id, command, payload, issued_by)
select bot_id, 'STOP_BOT', '{"remove": true}'::jsonb, null::uuid from (
  select bot_id from public.bot_deployments where bot_id = $1
  union all select id::text from shoal.strategies where id = $2::uuid
) deployed
returning id`,
);

const DEPLOYMENT_SQL = statement(
  "deployment_show",
  `
select deployed.*, case when l.holder is not null then jsonb_build_object(
    'holder', l.holder, 'expires_in_ms', round(extract(epoch from l.expires_at - clock_timestamp()) * 1000)
  ) end as lease, (
    select count(*)::int from (select from public.bot_control c where c.bot_id = $1 and c.applied_at is null limit 1000) waiting
  ) as waiting_commands
from (
  select ${DEPLOYMENT_COLUMNS} from public.bot_deployments where bot_id = $1
  union all select ${DEPLOYMENT_COLUMNS} from (${STRATEGY_DEPLOYMENTS} where s.id = $2::uuid) strategies
) deployed left join shoal.leases l on l.resource = '${leaseOf("")}' || $1`,
);

/** The id of a strategy, if it can be one. */
const uuidOf = (botId: string | undefined) => (botId !== undefined && isUuid(botId) ? botId : null);

function checked({ botId, command, payload = {} }: NewCommand) {
  const length = [...botId].length;
  if (length < 1 || length > BOT_ID_MAX_LENGTH) throw invalid("botId", `1 to ${BOT_ID_MAX_LENGTH} characters`);
  if (!isStorableJson(JSON.stringify(botId))) throw invalid("botId", "text that can be stored");
  if (!isCommandName(command)) throw invalid("command", "one of the known commands");
  if (isNestedDeeper(JSON.stringify(payload), MAX_NESTING)) {
    throw invalid("payload", `nested at most ${MAX_NESTING} levels deep`);
  }
  return { bot_id: botId, command, payload };
}

function invalid(field: string, expected: string): ControlError {
  return new ControlError("CONTROL_COMMAND_INVALID", `The ${field} of a command must be ${expected}.`, {
    details: { field },
  });
}
