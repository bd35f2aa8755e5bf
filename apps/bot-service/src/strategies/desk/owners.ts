import { isUuid } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import type { OwnerBody } from "./bodies.ts";
import { invalid } from "./errors.ts";
import { OWNER_COLUMNS } from "./sql.ts";
import type { OwnerLimits, Page } from "./strategy-desk.types.ts";

/** What owners may take, and what they take: of all of them, for the operator alone. */
export interface OwnerDesk {
  /** By id, the smallest first; `before`: the last one that was seen. */
  owners(page: Page<string>): Promise<OwnerBody[]>;
  /** Sets the limits that are given, and leaves the others. Also of a user who has deployed nothing yet; the nil UUID: the operator. Idempotent. */
  setOwner(ownerId: string, limits: OwnerLimits): Promise<OwnerBody>;
}

const LIST_SQL = statement(
  "strategy_owners_list",
  `select ${OWNER_COLUMNS} from shoal.strategy_owners o where $1::uuid is null or o.owner_id > $1::uuid order by o.owner_id limit $2::int`,
);

const SET_SQL = statement(
  "strategy_owner_set",
  `
with written as (
  insert into shoal.strategy_owners as o (owner_id, weight, strategy_limit, fuel_per_day)
  select $1::uuid, coalesce(g.weight, 1), g.strategy_limit, g.fuel_per_day
  from jsonb_to_record(($2::text)::jsonb) as g (weight float8, strategy_limit int, fuel_per_day bigint)
  on conflict (owner_id) do update
  set weight = case when ($2::text)::jsonb ? 'weight' then excluded.weight else o.weight end,
    strategy_limit = case when ($2::text)::jsonb ? 'strategy_limit' then excluded.strategy_limit else o.strategy_limit end,
    fuel_per_day = case when ($2::text)::jsonb ? 'fuel_per_day' then excluded.fuel_per_day else o.fuel_per_day end
  returning o.*
)
select ${OWNER_COLUMNS} from written o`,
);

export function createOwnerDesk(database: Pick<Database, "query">): OwnerDesk {
  return {
    owners({ limit, before = null }) {
      if (before !== null && !isUuid(before)) throw invalid("before", "must be the id of an owner");
      return database.query<OwnerBody>(LIST_SQL, [before, limit]);
    },
    async setOwner(ownerId, { weight, strategyLimit, fuelPerDay }) {
      // What is undefined is not in the text, and stays.
      const limits = JSON.stringify({ weight, strategy_limit: strategyLimit, fuel_per_day: fuelPerDay });
      const [owner] = await database.query<OwnerBody>(SET_SQL, [ownerId, limits]);
      if (!owner) throw new TypeError("a row that was written is returned");
      return owner;
    },
  };
}
