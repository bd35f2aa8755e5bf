import { type Database, type Sql, statement } from "@shoal/store";
import { PeopleError } from "./errors.ts";

const OPEN = statement(
  "people_open_orders",
  `select count(*)::int as count from shoal.strategy_orders o
   where o.owner_id = $1::uuid and o.venue <> 'paper' and o.status in ('intended', 'sent', 'unknown', 'open')`,
);
const OWN = statement(
  "people_strategies",
  "select s.id from shoal.strategies s where s.owner_id = $1::uuid order by s.id",
);
const CODE = statement(
  "people_code",
  "select distinct v.code_id as id from shoal.strategy_versions v join shoal.strategies s on s.id = v.strategy_id where s.owner_id = $1::uuid",
);
const REMOVE = statement("people_strategy_remove", "select shoal.strategy_remove($1::uuid, $2::uuid) as answer");
const FORGET_CODE = statement(
  "people_forget_code",
  `delete from shoal.strategy_code c where c.id = any ($1::text[])
   and not exists (select from shoal.strategies s where s.code_id = c.id)
   and not exists (select from shoal.strategy_versions v where v.code_id = c.id)`,
);
const FORGET_USER = statement("analytics_forget_user", "select shoal.analytics_forget_user($1)");

function openOrders(): PeopleError {
  const message =
    "An exchange may still fill orders of this person, so nothing was erased. Stop the strategies (POST /strategies/:id/stop), cancel what is open (DELETE /strategies/orders/:id), wait until GET /strategies/:id/orders?live=true is empty for each, and call again.";
  return new PeopleError("PEOPLE_OPEN_ORDERS", message);
}

/** @throws PEOPLE_OPEN_ORDERS an exchange may still fill an order of the owner */
export async function refuseOpenOrders(sql: Pick<Sql, "query">, ownerId: string): Promise<void> {
  const [row] = await sql.query<{ count: number }>(OPEN, [ownerId]);
  if (row && row.count > 0) throw openOrders();
}

/**
 * Deletes the strategies of an owner with all that they did, and their sources, in one transaction: all or none. Then takes the owner out of the figures
 * that name users. Returns how many strategies there were.
 *
 * @throws PEOPLE_OPEN_ORDERS a run has ordered something at an exchange since it was looked at
 */
export async function removeStrategies(
  database: Pick<Database, "query" | "transaction">,
  ownerId: string,
): Promise<number> {
  const count = await database.transaction(async (tx) => {
    const own = await tx.query<{ id: string }>(OWN, [ownerId]);
    const code = own.length > 0 ? await tx.query<{ id: string }>(CODE, [ownerId]) : [];
    for (const { id } of own) {
      const [row] = await tx.query<{ answer: string }>(REMOVE, [id, ownerId]);
      if (row?.answer === "orders_open") throw openOrders();
    }
    if (code.length > 0) await tx.query(FORGET_CODE, [code.map(({ id }) => id)]);
    return own.length;
  });
  await database.query(FORGET_USER, [ownerId]);
  return count;
}
