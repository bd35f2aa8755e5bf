import { isFleetError, isUuid } from "@shoal/kernel";
import { isAboutTheValues, type Sql, statement } from "@shoal/store";
import type { JsonObject } from "@shoal/strategy-runner";
import { command, configure, remove } from "../strategies/desk/commands.ts";
import { OPERATOR_ID } from "../strategies/desk/sql.ts";
import { OTHER_OWNER, type PendingCommand, type Rejection, readCommand } from "./apply-command.ts";
import type { ReadCommand } from "./payloads.ts";
import type { RejectionCode } from "./types.ts";

/** The kind of a strategy among deployments. */
export const STRATEGY_KIND = "strategy";

// Owners in their order, as whatever changes strategies locks them.
const LOCK_SQL = statement(
  "control_lock_strategies",
  `
with held as materialized (
  select s.id, s.owner_id from shoal.strategies s where s.id = any (array(select unnest($1::text[])::uuid))
), locked as materialized (
  select shoal.strategy_owner_lock(array(select h.owner_id from held h))
)
select h.id, nullif(h.owner_id, '${OPERATOR_ID}') as owner_id from held h, locked`,
);

/**
 * Finds the strategies among bots, and locks their owners until the transaction ends. Returns the owner by bot id; null is the
 * operator.
 */
export async function lockStrategies(tx: Sql, botIds: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const ids = botIds.filter(isUuid);
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; owner_id: string | null }>(LOCK_SQL, [ids]);
  const owners = new Map(rows.map(({ id, owner_id }) => [id, owner_id]));
  return new Map(
    ids.flatMap((botId) => {
      const ownerId = owners.get(botId.toLowerCase());
      return ownerId === undefined ? [] : [[botId, ownerId] as const];
    }),
  );
}

const SAVE = statement("control_savepoint", "savepoint command");
const TAKE_BACK = statement("control_rollback_to_savepoint", "rollback to savepoint command");
const KEEP = statement("control_release_savepoint", "release savepoint command");

/**
 * Applies a command to a strategy, whose owner is locked. Returns why it was rejected, and then it has changed nothing; null: it was applied. What
 * one strategy is refused by is never thrown: the commands of all others are in the same transaction.
 */
export async function commandStrategy(
  tx: Sql,
  pending: Pick<PendingCommand, "botId" | "command" | "payloadText" | "issuedBy">,
  ownerId: string | null,
): Promise<Rejection | null> {
  const wanted = readCommand(pending, ownerId);
  if ("code" in wanted) return wanted;
  await tx.query(SAVE);
  try {
    const rejection = await carryOut(tx, pending.botId, wanted, ownerId);
    await tx.query(rejection === null ? KEEP : TAKE_BACK);
    return rejection;
  } catch (thrown) {
    const rejection = rejectionOf(thrown);
    await tx.query(TAKE_BACK);
    return rejection;
  }
}

/** Throws what says nothing of the strategy. */
function rejectionOf(thrown: unknown): Rejection {
  if (!isFleetError(thrown)) throw thrown;
  const { code, message } = thrown;
  const known = REJECTIONS[code];
  if (known !== undefined) return { code: known, message };
  if (code.startsWith("STRATEGY_") || isAboutTheValues(thrown)) return { code: "CONTROL_STRATEGY_REFUSED", message };
  throw thrown;
}

const REJECTIONS: Readonly<Record<string, RejectionCode>> = {
  // An earlier command of the round has removed it.
  STRATEGY_UNKNOWN: "CONTROL_BOT_UNKNOWN",
  STRATEGY_INVALID: "CONTROL_SETTINGS_INVALID",
  STRATEGY_SCHEDULE_INVALID: "CONTROL_WRONG_STATE",
  STRATEGY_WRONG_STATUS: "CONTROL_WRONG_STATE",
  STRATEGY_OWNER_GONE: "CONTROL_OWNER_GONE",
  STRATEGY_ORDERS_OPEN: "CONTROL_ORDERS_OPEN",
};

/** Who may was decided by the command's issuer. */
const ANYBODY = { userId: null };

async function carryOut(tx: Sql, id: string, wanted: ReadCommand, ownerId: string | null): Promise<Rejection | null> {
  switch (wanted.command) {
    case "START_BOT": {
      const { kind = STRATEGY_KIND, name, config, owner_id } = wanted.payload;
      if (kind !== STRATEGY_KIND)
        return { code: "CONTROL_KIND_UNKNOWN", message: `a strategy has the kind ${STRATEGY_KIND}` };
      if (owner_id !== undefined && owner_id !== ownerId) return OTHER_OWNER;
      if (name !== undefined)
        return { code: "CONTROL_PAYLOAD_INVALID", message: "name: a strategy gets it by a deploy" };
      if (config) await configure(tx, ANYBODY, id, config as JsonObject);
      await command(tx, ANYBODY, id, "start");
      return null;
    }
    case "STOP_BOT":
      await (wanted.payload.remove ? remove(tx, ANYBODY, id) : command(tx, ANYBODY, id, "stop"));
      return null;
    case "RESTART_BOT":
      await command(tx, ANYBODY, id, "restart");
      return null;
    case "PAUSE_BOT":
      await command(tx, ANYBODY, id, "pause");
      return null;
    case "RESUME_BOT":
      await command(tx, ANYBODY, id, "resume");
      return null;
    case "UPDATE_CONFIG":
      await configure(tx, ANYBODY, id, wanted.payload.config as JsonObject);
      return null;
  }
}
