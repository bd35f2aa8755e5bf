import { isFleetError } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import { type Sealed, type SecretAddress, unseal } from "../../strategies/secrets/cipher.ts";
import { parseKeyring } from "../../strategies/secrets/keyring.ts";
import { type Finding, fail, inNumber, ok, warn } from "./finding.ts";

/** Secrets of each key that are tried: one alone may have been changed by hand. */
const TRIED_COUNT = 5;

/** Secrets of owners in the database, by the id of the key that sealed them. */
type SealedCounts = ReadonlyMap<string, number>;

type SealedRow = Sealed & SecretAddress & { readonly count: number };

const SEALED = statement(
  "doctor_secret_keys",
  `select key_id as "keyId", owner_id::text as "ownerId", name, nonce, ciphertext, count
   from (
     select s.*, row_number() over (partition by key_id order by updated_at desc) as place, (count(*) over (partition by key_id))::int as count
     from shoal.strategy_secrets s
   ) as ranked
   where place <= $1 order by key_id`,
);

/** Examines whether the keys in `ENCRYPTION_KEY`, each `<id>:<key>`, open what owners have in the database. */
export async function checkKeys(database: Database, entries: readonly string[]): Promise<Finding> {
  const rows = await database.query<SealedRow>(SEALED, [TRIED_COUNT]);
  const opened = new Set(rows.filter((row) => opens(entries, row)).map(({ keyId }) => keyId));
  const sealed = new Map(rows.map(({ keyId, count }) => [keyId, count]));
  const keyIds = entries.map((entry) => entry.slice(0, entry.indexOf(":")));
  return judgeKeys(
    keyIds,
    sealed,
    keyIds.filter((id) => sealed.has(id) && !opened.has(id)),
  );
}

function opens(entries: readonly string[], row: SealedRow): boolean {
  const keys = parseKeyring(entries.join(","));
  if (!keys.ok) return false;
  try {
    unseal(keys.keyring, row, row);
    return true;
  } catch (thrown) {
    if (isFleetError(thrown)) return false;
    throw thrown;
  }
}

/** Compares the ids of the keys that are set, the sealing one first, with those that the secrets need. `wrongIds`: keys that open none of theirs. */
export function judgeKeys(keyIds: readonly string[], sealed: SealedCounts, wrongIds: readonly string[] = []): Finding {
  const total = [...sealed.values()].reduce((sum, count) => sum + count, 0);
  const figures = { secrets: total, keys: keyIds.length };
  const sealedBy = (ids: readonly string[]) =>
    ids.map((id) => `${inNumber(sealed.get(id) ?? 0)} secrets with the key ${id}`).join(", ");
  const [sealing, ...others] = keyIds;
  if (sealing === undefined && total === 0) {
    return ok("not set: owners keep no keys of exchanges here, and trade on paper", figures);
  }
  if (sealing === undefined) {
    return warn(
      `ENCRYPTION_KEY is not set in this environment, and there are ${sealedBy([...sealed.keys()])}`,
      "run the doctor with the environment of the daemon; a daemon without these keys sends no orders of their owners",
      figures,
    );
  }
  const missing = [...sealed.keys()].filter((id) => !keyIds.includes(id));
  if (missing.length > 0) {
    return fail(
      `ENCRYPTION_KEY lacks what sealed ${sealedBy(missing)}: orders of these owners are not sent`,
      "add these keys behind the first one; if they are lost, the owners have to write their keys of the exchanges anew",
      figures,
    );
  }
  if (wrongIds.length > 0) {
    return fail(
      `ENCRYPTION_KEY has other keys under the ids of those that sealed ${sealedBy(wrongIds)}: orders of these owners are not sent`,
      "set the keys that they were sealed with, and give a new key an id of its own; if they are lost, the owners have to write their keys of the exchanges anew",
      figures,
    );
  }
  const old = others.filter((id) => sealed.has(id));
  if (old.length > 0) {
    return warn(
      `the key ${sealing} seals; still sealed with others: ${sealedBy(old)}`,
      "run `shoal secrets rotate`, then take the other keys out of ENCRYPTION_KEY",
      figures,
    );
  }
  return ok(`the key ${sealing} seals ${inNumber(total)} secrets`, figures);
}
