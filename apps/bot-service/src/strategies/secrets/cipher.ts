import { createCipheriv, createDecipheriv } from "node:crypto";
import { StrategySecretError } from "./errors.ts";
import type { Keyring } from "./keyring.ts";

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = "aes-256-gcm";

/** Whose secret it is. It is authenticated with the value, so that a row copied to another owner or name does not open. */
export interface SecretAddress {
  readonly ownerId: string;
  readonly name: string;
}

export interface Sealed {
  readonly keyId: string;
  readonly nonce: Uint8Array;
  /** With the tag at its end. */
  readonly ciphertext: Uint8Array;
}

export function seal(keyring: Keyring, address: SecretAddress, nonce: Uint8Array, plaintext: string): Sealed {
  const { id: keyId, key } = keyring.sealing;
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(address));
  const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { keyId, nonce, ciphertext };
}

/** @throws STRATEGY_SECRET_KEY_MISSING, STRATEGY_SECRET_UNREADABLE */
export function unseal(keyring: Keyring, address: SecretAddress, { keyId, nonce, ciphertext }: Sealed): string {
  const key = keyring.keyOf(keyId);
  try {
    const bytes = Buffer.from(ciphertext);
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalData(address));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    throw new StrategySecretError(
      "STRATEGY_SECRET_UNREADABLE",
      `The secret does not open with the key ${keyId}: its row was changed, or that id stands for another key now. Write the secret anew.`,
      { key_id: keyId },
    );
  }
}

// An owner's id has one length, so no two addresses have the same bytes.
function additionalData({ ownerId, name }: SecretAddress): Buffer {
  return Buffer.from(`shoal.strategy_secrets:${ownerId.toLowerCase()}:${name}`, "utf8");
}
