import { parseBoundedJson, type Runtime, toStorableText } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import { randomNonce } from "./adapters/nonce.ts";
import { type Sealed, type SecretAddress, seal, unseal } from "./cipher.ts";
import { StrategySecretError } from "./errors.ts";
import type { Keyring } from "./keyring.ts";
import { type RotationOptions, type RotationReport, rotateSecrets } from "./rotate.ts";
import { checkSecretName, readSecretValue, type SecretValue } from "./secret-value.ts";

/** What may be shown of a secret. */
export interface SecretRow {
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When an exchange refused it; null: none has. Writing it anew ends that. */
  readonly refusedAt: Date | null;
  readonly refusedReason: string | null;
}

/** An open secret, for the daemon alone. */
export interface OpenSecret {
  readonly value: SecretValue;
  /** Another one each time the owner writes it. */
  readonly version: string;
}

/**
 * Exchange keys of owners. `ownerId` is a user's id, or the nil UUID for the operator. All are idempotent.
 *
 * @throws STRATEGY_SECRETS_OFF where a key is needed and `ENCRYPTION_KEY` is not set; errors of `Sql.query`
 */
export interface SecretStore {
  /** Writes it, over one of that name, and ends its refusal. @throws STRATEGY_SECRET_INVALID, STRATEGY_SECRET_LIMIT */
  put(ownerId: string, name: string, value: unknown): Promise<void>;
  /** By name. Never with a value. */
  list(ownerId: string): Promise<SecretRow[]>;
  /** @throws STRATEGY_SECRET_MISSING, STRATEGY_SECRET_IN_USE */
  remove(ownerId: string, name: string): Promise<void>;
  /** @throws STRATEGY_SECRET_MISSING, STRATEGY_SECRET_KEY_MISSING, STRATEGY_SECRET_UNREADABLE */
  open(ownerId: string, name: string): Promise<OpenSecret>;
  /** Seals all with the first key, one by one; what is done stays done when it ends early, and the next call goes on with the rest. */
  rotate(page?: Pick<RotationOptions, "limit" | "after">): Promise<RotationReport>;
  /**
   * An exchange refuses it: pauses the strategies that need it, also those that were started again since. True: nobody had said so
   * before. Changes nothing if the owner has written it anew since `version` was opened.
   */
  refused(ownerId: string, name: string, version: string, reason: string): Promise<boolean>;
}

export interface SecretStoreOptions {
  readonly database: Database;
  readonly runtime: Pick<Runtime, "log">;
  /** Null: `ENCRYPTION_KEY` is not set. */
  readonly keyring: Keyring | null;
  /** 12 bytes that never came before. Default: of the platform's secure generator. */
  readonly nonce?: () => Uint8Array;
}

const SECRETS_PER_OWNER = 100;
const REASON_CHARACTERS = 300;

const PUT = statement("secret_put", "select shoal.secret_put($1, $2, $3, $4, $5, $6) as is_put");
const LIST = statement(
  "secret_list",
  `
select name, key_id as "keyId", created_at as "createdAt", updated_at as "updatedAt", refused_at as "refusedAt",
  refused_reason as "refusedReason"
from shoal.strategy_secrets where owner_id = $1 order by name collate "C"`,
);
const REMOVE = statement("secret_remove", "select shoal.secret_remove($1, $2) as outcome");
const OPEN = statement(
  "secret_open",
  `
select key_id as "keyId", nonce, ciphertext, shoal.secret_version(updated_at) as version
from shoal.strategy_secrets where owner_id = $1 and name = $2`,
);
const REFUSED = statement("secret_refused", "select shoal.secret_refused($1, $2, $3, $4) as is_new");

export function createSecretStore(options: SecretStoreOptions): SecretStore {
  const { database, nonce = randomNonce } = options;
  const keyring = (): Keyring => {
    if (options.keyring) return options.keyring;
    throw new StrategySecretError(
      "STRATEGY_SECRETS_OFF",
      "Secrets are off because ENCRYPTION_KEY is not set; set it where the daemon starts.",
    );
  };
  return {
    async put(ownerId, name, given) {
      const keys = keyring();
      checkSecretName(name);
      const value = readSecretValue(given);
      const { keyId, nonce: fresh, ciphertext } = seal(keys, { ownerId, name }, nonce(), JSON.stringify(value));
      const params = [ownerId, name, keyId, fresh, ciphertext, SECRETS_PER_OWNER];
      const [row] = await database.query<{ is_put: boolean }>(PUT, params);
      if (!row?.is_put) {
        throw new StrategySecretError(
          "STRATEGY_SECRET_LIMIT",
          `An owner may have ${SECRETS_PER_OWNER} secrets; remove one that is not needed.`,
        );
      }
    },
    list: (ownerId) => database.query<SecretRow & Record<string, unknown>>(LIST, [ownerId]),
    async remove(ownerId, name) {
      const [row] = await database.query<{ outcome: string }>(REMOVE, [ownerId, name]);
      if (row?.outcome === "unknown") throw missing(name);
      if (row?.outcome === "in_use") {
        throw new StrategySecretError(
          "STRATEGY_SECRET_IN_USE",
          "A strategy with this secret runs or has open orders; stop it and cancel them first.",
          { name },
        );
      }
    },
    async open(ownerId, name) {
      const keys = keyring();
      const [row] = await database.query<Sealed & { version: string }>(OPEN, [ownerId, name]);
      if (!row) throw missing(name);
      return { value: readValue(keys, { ownerId, name }, row), version: row.version };
    },
    rotate: async (page = {}) => rotateSecrets({ ...page, database, keyring: keyring(), nonce }),
    async refused(ownerId, name, version, reason) {
      const words = toStorableText(reason.slice(0, REASON_CHARACTERS));
      const [row] = await database.query<{ is_new: boolean }>(REFUSED, [ownerId, name, version, words]);
      return row?.is_new ?? false;
    },
  };
}

function readValue(keyring: Keyring, address: SecretAddress, sealed: Sealed): SecretValue {
  const json = parseBoundedJson(unseal(keyring, address, sealed));
  return readSecretValue(json.kind === "json" ? json.value : null);
}

function missing(name: string): StrategySecretError {
  return new StrategySecretError("STRATEGY_SECRET_MISSING", "There is no secret of that name.", { name });
}
