import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from "jose";
import { z } from "zod";
import type { UserTokenKey } from "../realtime/tokens.ts";

/** The private key that signs the tokens of users, as `keys.json` keeps it: ES256. */
export const signingJwk = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string().min(1),
});

export type SigningJwk = z.infer<typeof signingJwk>;

/** A key that is ready for use. */
export interface SigningKey extends UserTokenKey {
  /** Signs. `key` verifies. */
  readonly privateKey: CryptoKey;
  /** What `/auth/v1/.well-known/jwks.json` answers. */
  readonly jwks: { readonly keys: readonly object[] };
}

/** Makes a new key. Its id is its thumbprint. */
export async function generateSigningJwk(): Promise<SigningJwk> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return signingJwk.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk) });
}

/** Reads a kept key. Throws when it is none. */
export async function importSigningKey(jwk: SigningJwk): Promise<SigningKey> {
  const { d: _secret, ...open } = jwk;
  const [privateKey, key] = await Promise.all([importJWK(jwk, "ES256"), importJWK(open, "ES256")]);
  if (privateKey instanceof Uint8Array || key instanceof Uint8Array) throw new TypeError("the key is not ES256");
  const published = { ...open, alg: "ES256", use: "sig", key_ops: ["verify"], ext: true };
  return { kid: jwk.kid, key, privateKey, jwks: { keys: [published] } };
}
