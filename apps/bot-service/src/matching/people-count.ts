import { FleetError } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import type { FleetConfig } from "../fleet-config.ts";

/**
 * Counts active people as the fleet file says; null while the lobby has not been seen.
 * @throws FLEET_PEOPLE_QUERY the operator's query does not answer one whole number; or a STORE_ code
 */
export async function countPeople(
  source: FleetConfig["activePeople"],
  lobby: { readonly peopleCount: number | null },
  database: Sql,
): Promise<number | null> {
  if (source.from === "lobby") return lobby.peopleCount;
  const [row] = await database.query(statement("people_count", source.query));
  const count = Number(Object.values(row ?? {})[0]);
  if (Number.isInteger(count) && count >= 0) return count;
  const message = "activePeople.query in the fleet file must answer one row with one whole number";
  throw new FleetError("FLEET_PEOPLE_QUERY", message);
}
