import { isFleetError } from "@shoal/kernel";
import { type Database, type Sql, statement } from "@shoal/store";
import { type Sealed, type SecretAddress, seal, unseal } from "./cipher.ts";
import type { Keyring } from "./keyring.ts";

/** A secret that stays as it was. */
export interface RotationFailure extends SecretAddress {
  readonly keyId: string;
  readonly code: "STRATEGY_SECRET_KEY_MISSING" | "STRATEGY_SECRET_UNREADABLE";
}

export interface RotationReport {
  /** The key that all were to be sealed with. */
  readonly keyId: string;
  /** Secrets that were sealed with another key when the rotation began. */
  readonly dueCount: number;
  readonly rotatedCount: number;
  readonly failedCount: number;
  /** The first of those that failed, at most 100. */
  readonly failures: readonly RotationFailure[];
  /** The last one that was looked at, where it ended before all were: the next call goes on after it. */
  readonly next: SecretAddress | null;
}

export interface RotationOptions {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly nonce: () => Uint8Array;
  /** Looks at so many at most. Default: at all. */
  readonly limit?: number | undefined;
  /** Goes on after this one. */
  readonly after?: SecretAddress | undefined;
}

const FAILURES_SHOWN = 100;
const PAGE = 100;

const COUNT = statement(
  "secret_count_of_other_keys",
  "select count(*)::int as count from shoal.strategy_secrets where key_id <> $1",
);
const NEXT = statement(
  "secret_next_of_other_keys",
  `
select owner_id::text as "ownerId", name from shoal.strategy_secrets
where key_id <> $1 and (owner_id, name collate "C") > ($2::uuid, $3)
order by owner_id, name collate "C" limit ${PAGE}`,
);
const LOCK = statement(
  "secret_lock",
  `
select key_id as "keyId", nonce, ciphertext from shoal.strategy_secrets
where owner_id = $1 and name = $2 and key_id <> $3 for update`,
);
// The owner did not write it: updated_at stays, and with it what the dispatcher has open.
const RESEAL = statement(
  "secret_reseal",
  `
update shoal.strategy_secrets set key_id = $3, nonce = $4, ciphertext = $5 where owner_id = $1 and name = $2`,
);

const BEFORE_ALL: SecretAddress = { ownerId: "00000000-0000-0000-0000-000000000000", name: "" };

/** Seals with the first key what is sealed with another, row by row under its lock. */
export async function rotateSecrets(options: RotationOptions): Promise<RotationReport> {
  const { database, keyring, limit = Infinity } = options;
  const { id: keyId } = keyring.sealing;
  const [counted] = await database.query<{ count: number }>(COUNT, [keyId]);
  const failures: RotationFailure[] = [];
  let last = options.after ?? BEFORE_ALL;
  let next: SecretAddress | null = null;
  let [lookedAt, rotatedCount, failedCount] = [0, 0, 0];
  for await (const address of dueSecrets(database, keyId, last)) {
    if (lookedAt >= limit) {
      next = last;
      break;
    }
    const outcome = await database.transaction((tx) => reseal(tx, options, address));
    lookedAt += 1;
    last = address;
    if (outcome === "rotated") rotatedCount += 1;
    else if (outcome) {
      failedCount += 1;
      if (failures.length < FAILURES_SHOWN) failures.push(outcome);
    }
  }
  return { keyId, dueCount: counted?.count ?? 0, rotatedCount, failedCount, failures, next };
}

/** In order of their addresses, so that one that fails is passed once. */
async function* dueSecrets(database: Sql, keyId: string, after: SecretAddress): AsyncGenerator<SecretAddress> {
  let last = after;
  for (;;) {
    const page = await database.query<SecretAddress & Record<string, unknown>>(NEXT, [keyId, last.ownerId, last.name]);
    yield* page;
    const end = page.at(-1);
    if (!end || page.length < PAGE) return;
    last = end;
  }
}

/** Null: by now it is sealed with the key, or gone. */
async function reseal(
  tx: Sql,
  { keyring, nonce }: RotationOptions,
  address: SecretAddress,
): Promise<"rotated" | RotationFailure | null> {
  const { ownerId, name } = address;
  const [row] = await tx.query<Sealed & Record<string, unknown>>(LOCK, [ownerId, name, keyring.sealing.id]);
  if (!row) return null;
  const opened = tryUnseal(keyring, address, row);
  if (typeof opened !== "string") return opened;
  const sealed = seal(keyring, address, nonce(), opened);
  await tx.query(RESEAL, [ownerId, name, sealed.keyId, sealed.nonce, sealed.ciphertext]);
  return "rotated";
}

function tryUnseal(keyring: Keyring, address: SecretAddress, sealed: Sealed): string | RotationFailure {
  try {
    return unseal(keyring, address, sealed);
  } catch (error) {
    for (const code of ["STRATEGY_SECRET_KEY_MISSING", "STRATEGY_SECRET_UNREADABLE"] as const) {
      if (isFleetError(error, code)) return { ...address, keyId: sealed.keyId, code };
    }
    throw error;
  }
}
