import { createSecretKey, type KeyObject } from "node:crypto";
import { StrategySecretError } from "./errors.ts";

const KEY_BYTES = 32;
const KEY_ID = /^[\w-]{1,64}$/;
/** As many characters as 32 bytes have in base64url; the last of them has two unused bits, which must be 0. */
const KEY_TEXT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]=?$/;

interface SealingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys of `ENCRYPTION_KEY`. Key objects, so that nothing that prints or stores them shows what they are. */
export class Keyring {
  /** Seals what is written from now on. */
  readonly sealing: SealingKey;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  constructor(sealing: SealingKey, others: readonly SealingKey[]) {
    this.sealing = sealing;
    this.#keys = new Map([sealing, ...others].map(({ id, key }) => [id, key]));
  }

  /** @throws STRATEGY_SECRET_KEY_MISSING */
  keyOf(id: string): KeyObject {
    const key = this.#keys.get(id);
    if (key) return key;
    throw new StrategySecretError(
      "STRATEGY_SECRET_KEY_MISSING",
      `The secret is sealed with the key ${id}, which ENCRYPTION_KEY does not have; add that key behind the first one.`,
      { key_id: id },
    );
  }
}

export type ParsedKeyring =
  | { readonly ok: true; readonly keyring: Keyring }
  /** `problem`: what is wrong, without any of the text, of which each part may be a key. */
  | { readonly ok: false; readonly problem: string };

/** Reads `ENCRYPTION_KEY`. The first key seals; all of them open what was sealed with them. */
export function parseKeyring(text: string): ParsedKeyring {
  const entries = text.split(",").map((entry) => entry.trim());
  const keys: SealingKey[] = [];
  for (const [index, entry] of entries.entries()) {
    const at = `entry ${index + 1} of ${entries.length}`;
    const [id = "", key, ...rest] = entry.split(":");
    if (entry === "") return refused(`${at} is empty`);
    if (key === undefined) return refused(`${at} has no id: it must be an id, a colon and the key`);
    if (rest.length > 0) return refused(`${at} has more than one colon`);
    if (!KEY_ID.test(id)) return refused(`the id of ${at} must be 1 to 64 letters, digits, _ and -`);
    const earlier = keys.findIndex((each) => each.id === id);
    if (earlier >= 0) return refused(`entries ${earlier + 1} and ${index + 1} have the same id`);
    const bytes = readKey(key);
    if (typeof bytes === "string") return refused(`the key of ${at} ${bytes}`);
    keys.push({ id, key: createSecretKey(bytes) });
  }
  const [sealing, ...others] = keys;
  return sealing ? { ok: true, keyring: new Keyring(sealing, others) } : refused("it is empty");
}

function readKey(text: string): Buffer | string {
  if (KEY_TEXT.test(text)) return Buffer.from(text, "base64url");
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) return "is not base64url, whose characters are letters, digits, - and _";
  const byteCount = Math.floor((text.replaceAll("=", "").length * 3) / 4);
  if (byteCount !== KEY_BYTES) return `has ${byteCount} bytes instead of ${KEY_BYTES}`;
  return "is cut off or has a character too many at its end";
}

const refused = (problem: string): ParsedKeyring => ({ ok: false, problem });
