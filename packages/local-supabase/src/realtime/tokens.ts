import { type EpochMs, SECOND_MS } from "@shoal/kernel";
import { compactVerify, decodeProtectedHeader, errors } from "jose";

/** The claims the Realtime server reads. All other claims of the token are kept for row security. */
export interface TokenClaims {
  readonly role: string;
  /** Seconds since the Unix epoch. */
  readonly exp: number;
  readonly [claim: string]: unknown;
}

/** Why a token was refused. The server's message depends on where the token was shown: see the text functions below. */
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

/** How many verified tokens are remembered: enough for each user of a busy local project. */
const REMEMBERED_TOKENS = 10_000;
const MALFORMED = "The token provided is not a valid JWT";
const BAD_SIGNATURE = "Failed to validate JWT signature";
const MISSING_CLAIMS = "Fields `role` and `exp` are required in JWT";
const NO_SIGNER = "Failed to generate JWT signer, check your JWT secret or JWKS configuration";

/**
 * Verifies tokens: signature, needed claims and expiry, in the server's order. A refusal is a value, never a throw.
 * Remembers signatures it has checked, because a fleet shows one key thousands of times.
 */
export class Tokens {
  readonly #secret: Uint8Array;
  readonly #now: () => EpochMs;
  readonly #remembered = new Map<string, TokenVerdict>();

  constructor(jwtSecret: string, now: () => EpochMs) {
    this.#secret = new TextEncoder().encode(jwtSecret);
    this.#now = now;
  }

  async verify(token: string): Promise<TokenVerdict> {
    const signed = this.#remembered.get(token) ?? (await verifySignature(token, this.#secret));
    if (signed.kind === "refused") return signed;
    this.#remember(token, signed);
    return checkExpiry(signed.claims, this.#now());
  }

  #remember(token: string, verdict: TokenVerdict): void {
    if (this.#remembered.has(token)) return;
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED_TOKENS && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(token, verdict);
  }
}

/** Checks all but the expiry: the result never changes for a token, so it may be remembered. */
async function verifySignature(token: string, secret: Uint8Array): Promise<TokenVerdict> {
  const algorithm = readAlgorithm(token);
  if (algorithm === undefined) return refused({ kind: "malformed" });
  if (algorithm !== "HS256") return refused({ kind: "algorithm" });
  try {
    const { payload } = await compactVerify(token, secret, { algorithms: ["HS256"] });
    return readClaims(new TextDecoder().decode(payload));
  } catch (error) {
    const isSignature = error instanceof errors.JWSSignatureVerificationFailed;
    return refused({ kind: isSignature ? "signature" : "malformed" });
  }
}

/** Checks verified claims against the time: expired from the second that `exp` names. */
function checkExpiry(claims: TokenClaims, nowMs: EpochMs): TokenVerdict {
  const agoSeconds = Math.floor(nowMs / SECOND_MS) - claims.exp;
  return agoSeconds >= 0 ? refused({ kind: "expired", agoSeconds }) : { kind: "valid", claims };
}

/** Returns the text of a refused upgrade, answered under `error`. @source REALTIME-FRAMES.md, connect-errors */
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

/** Returns the text of a refused join, answered under `reason`. @source REALTIME-FRAMES.md, join-errors */
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

/** Returns the text of a refused refresh, sent as a system message before the close. @source REALTIME-FRAMES.md, token-expiry */
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
