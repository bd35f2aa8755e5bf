import { type EpochMs, SECOND_MS } from "@shoal/kernel";
import { compactVerify, decodeProtectedHeader, errors, SignJWT } from "jose";

/** The claims the Realtime server reads; whatever else the token holds is kept for row security. */
export interface TokenClaims {
  readonly role: string;
  /** Seconds since the Unix epoch. */
  readonly exp: number;
  readonly [claim: string]: unknown;
}

/** Why a token was refused. The server's words for it depend on where it was shown: see the text functions below. */
export type TokenRefusal =
  | { readonly kind: "malformed" }
  | { readonly kind: "algorithm" }
  | { readonly kind: "signature" }
  | { readonly kind: "claims" }
  | { readonly kind: "expired"; readonly agoSeconds: number };

/** A verified token, or the refusal. */
export type TokenVerdict =
  | { readonly kind: "valid"; readonly claims: TokenClaims }
  | { readonly kind: "refused"; readonly refusal: TokenRefusal };

/** The keys of one project. */
export interface ProjectKeys {
  /** For people's clients: role `anon`. */
  readonly anon: string;
  /** For servers: role `service_role`, which row security does not hold back. */
  readonly serviceRole: string;
  /** A signed-in user's token: role `authenticated`, `sub` the user's id; it lives `lifeSeconds` (default 3600). */
  authenticated(userId: string, lifeSeconds?: number): Promise<string>;
}

const ISSUER = "supabase";
const SECRET_BYTES = 40;
const PROJECT_KEY_LIFE_SECONDS = 10 * 365 * 24 * 3600;
const USER_TOKEN_LIFE_SECONDS = 3600;
const MALFORMED = "The token provided is not a valid JWT";
const BAD_SIGNATURE = "Failed to validate JWT signature";
const MISSING_CLAIMS = "Fields `role` and `exp` are required in JWT";
const NO_SIGNER = "Failed to generate JWT signer, check your JWT secret or JWKS configuration";

/** A new secret for signing keys: 40 random bytes in base64url, so longer than the 32 that HS256 asks for. */
export function generateJwtSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("base64url");
}

/**
 * Makes the HS256 keys of a project, in the claims format Supabase uses. The two project keys live ten years from
 * `now`; `now` is asked again for each user token.
 *
 * @source https://supabase.com/docs/guides/self-hosting/docker#generate-api-keys
 */
export async function makeKeys(options: { jwtSecret: string; now: () => EpochMs }): Promise<ProjectKeys> {
  const secret = secretBytes(options.jwtSecret);
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

/** Checks signature, needed claims and expiry, in the order the server does. A refusal is a value, never a throw. */
export async function verifyToken(
  token: string,
  options: { jwtSecret: string; nowMs: EpochMs },
): Promise<TokenVerdict> {
  const signed = await verifySignature(token, options.jwtSecret);
  return signed.kind === "refused" ? signed : checkExpiry(signed.claims, options.nowMs);
}

/** Everything but the expiry: what stays true of a token for ever, and so may be remembered. */
export async function verifySignature(token: string, jwtSecret: string): Promise<TokenVerdict> {
  const algorithm = readAlgorithm(token);
  if (algorithm === undefined) return refused({ kind: "malformed" });
  if (algorithm !== "HS256") return refused({ kind: "algorithm" });
  try {
    const { payload } = await compactVerify(token, secretBytes(jwtSecret), { algorithms: ["HS256"] });
    return readClaims(new TextDecoder().decode(payload));
  } catch (error) {
    const isSignature = error instanceof errors.JWSSignatureVerificationFailed;
    return refused({ kind: isSignature ? "signature" : "malformed" });
  }
}

/** A verified token once more against the time: expired from the second `exp` names. */
export function checkExpiry(claims: TokenClaims, nowMs: EpochMs): TokenVerdict {
  const agoSeconds = Math.floor(nowMs / SECOND_MS) - claims.exp;
  return agoSeconds >= 0 ? refused({ kind: "expired", agoSeconds }) : { kind: "valid", claims };
}

/** What a refused upgrade answers under `error`. @source REALTIME-FRAMES.md, connect-errors */
export function upgradeErrorText(refusal: TokenRefusal): string {
  switch (refusal.kind) {
    case "malformed":
      return MALFORMED;
    case "algorithm":
      return NO_SIGNER;
    case "signature":
      return BAD_SIGNATURE;
    case "claims":
      return MISSING_CLAIMS;
    case "expired":
      return "Token has expired";
  }
}

/** What a refused join answers under `reason`. @source REALTIME-FRAMES.md, join-errors */
export function joinErrorText(refusal: TokenRefusal): string {
  switch (refusal.kind) {
    case "malformed":
      return `MalformedJWT: ${MALFORMED}`;
    case "algorithm":
      return `JwtSignerError: ${NO_SIGNER}`;
    case "signature":
      return `JwtSignatureError: ${BAD_SIGNATURE}`;
    case "claims":
      return `InvalidJWTToken: ${MISSING_CLAIMS}`;
    case "expired":
      return `InvalidJWTToken: Token has expired ${refusal.agoSeconds} seconds ago`;
  }
}

/** What the system message before a close says of a refused refresh. @source REALTIME-FRAMES.md, token-expiry */
export function refreshErrorText(refusal: TokenRefusal): string {
  switch (refusal.kind) {
    case "malformed":
      return MALFORMED;
    case "algorithm":
      return NO_SIGNER;
    case "signature":
      return ":signature_error";
    case "claims":
      return MISSING_CLAIMS;
    case "expired":
      return `Token has expired ${refusal.agoSeconds} seconds ago`;
  }
}

function readAlgorithm(token: string): string | undefined {
  if (token.split(".").length !== 3) return undefined;
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}

function readClaims(text: string): TokenVerdict {
  const claims: unknown = JSON.parse(text);
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) return refused({ kind: "malformed" });
  const { role, exp } = claims as Record<string, unknown>;
  if (typeof role !== "string" || role === "" || typeof exp !== "number") return refused({ kind: "claims" });
  return { kind: "valid", claims: { ...claims, role, exp } };
}

function refused(refusal: TokenRefusal): TokenVerdict {
  return { kind: "refused", refusal };
}

function secretBytes(jwtSecret: string): Uint8Array {
  return new TextEncoder().encode(jwtSecret);
}
