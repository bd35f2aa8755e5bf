import { type EpochMs, SECOND_MS } from "@shoal/kernel";
import { SignJWT } from "jose";

/** The keys of one project. */
export interface ProjectKeys {
  /** For people's clients: role `anon`. */
  readonly anon: string;
  /** For servers: role `service_role`, to which row security does not apply. */
  readonly serviceRole: string;
  /** Makes the token of a signed-in user: role `authenticated`, `sub` the user's id. It expires after `lifeSeconds`, default 3600. */
  authenticated(userId: string, lifeSeconds?: number): Promise<string>;
}

const ISSUER = "supabase";
const SECRET_BYTES = 40;
const PROJECT_KEY_LIFE_SECONDS = 10 * 365 * 24 * 3600;
const USER_TOKEN_LIFE_SECONDS = 3600;

/** Makes a new secret for signing keys: 40 random bytes in base64url; HS256 needs at least 32. */
export function generateJwtSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("base64url");
}

/**
 * Makes the HS256 keys of a project, in the claims format Supabase uses. The two project keys expire ten years after
 * `now`; `now` is called again for each user token.
 *
 * @source https://supabase.com/docs/guides/self-hosting/docker#generate-api-keys
 */
export async function makeKeys(options: { jwtSecret: string; now: () => EpochMs }): Promise<ProjectKeys> {
  const secret = new TextEncoder().encode(options.jwtSecret);
  const sign = (claims: Record<string, unknown>, lifeSeconds: number) => {
    const issuedAt = Math.floor(options.now() / SECOND_MS);
    return new SignJWT({ iss: ISSUER, ...claims, iat: issuedAt, exp: issuedAt + lifeSeconds })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .sign(secret);
  };
  return {
    anon: await sign({ role: "anon" }, PROJECT_KEY_LIFE_SECONDS),
    serviceRole: await sign({ role: "service_role" }, PROJECT_KEY_LIFE_SECONDS),
    authenticated: (userId, lifeSeconds = USER_TOKEN_LIFE_SECONDS) =>
      sign({ role: "authenticated", aud: "authenticated", sub: userId }, lifeSeconds),
  };
}
