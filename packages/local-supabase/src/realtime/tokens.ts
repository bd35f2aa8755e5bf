import { type EpochMs, SECOND_MS } from "@shoal/kernel";
import { compactVerify, decodeProtectedHeader, errors, type ProtectedHeaderParameters } from "jose";
import { asRecord } from "./join-payload.ts";

/** The claims the Realtime server reads. All other claims of the token are kept for row security. */
export interface TokenClaims {
  readonly role: string;
  /** Seconds since the Unix epoch. */
  readonly exp: number;
  readonly [claim: string]: unknown;
}

/** Why a token was refused. The server's message also depends on where the token was shown: see `refusalText`. */
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

/** A token whose signature is right, or the refusal. */
type Signed =
  | { readonly kind: "signed"; readonly claims: Readonly<Record<string, unknown>> }
  | (TokenVerdict & { readonly kind: "refused" });

/** The public key of the tokens of signed-in users: ES256. */
export interface UserTokenKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** How many verified tokens are remembered: enough for each user of a busy local project. */
const REMEMBERED_TOKENS = 10_000;
const MALFORMED = "The token provided is not a valid JWT";
const BAD_SIGNATURE = "Failed to validate JWT signature";
const MISSING_CLAIMS = "Fields `role` and `exp` are required in JWT";
const NO_SIGNER = "Failed to generate JWT signer, check your JWT secret or JWKS configuration";

/**
 * The server's messages for a refused token: under `error` of an upgrade, under `reason` of a join, and in the system
 * message before the close after a refresh. `<n>` stands for seconds.
 *
 * @source REALTIME-FRAMES.md, connect-errors, join-errors and token-expiry
 */
const REFUSAL_TEXTS = {
  malformed: { upgrade: MALFORMED, join: `MalformedJWT: ${MALFORMED}`, refresh: MALFORMED },
  algorithm: { upgrade: NO_SIGNER, join: `JwtSignerError: ${NO_SIGNER}`, refresh: NO_SIGNER },
  signature: { upgrade: BAD_SIGNATURE, join: `JwtSignatureError: ${BAD_SIGNATURE}`, refresh: ":signature_error" },
  claims: { upgrade: MISSING_CLAIMS, join: `InvalidJWTToken: ${MISSING_CLAIMS}`, refresh: MISSING_CLAIMS },
  expired: {
    upgrade: "Token has expired",
    join: "InvalidJWTToken: Token has expired <n> seconds ago",
    refresh: "Token has expired <n> seconds ago",
  },
} as const satisfies Record<TokenRefusal["kind"], Record<string, string>>;

/** Returns the server's message for a token that was refused there. */
export function refusalText(refusal: TokenRefusal, shownAt: "upgrade" | "join" | "refresh"): string {
  const text = REFUSAL_TEXTS[refusal.kind][shownAt];
  return refusal.kind === "expired" ? text.replace("<n>", String(refusal.agoSeconds)) : text;
}

/**
 * Verifies tokens: signature, needed claims and expiry, in the server's order. A refusal is a value, never a throw. Takes the
 * HS256 keys of the project and, where `userTokenKey` is given, the ES256 tokens of its users. Remembers signatures it has checked, because a fleet shows one key thousands of times.
 */
export class Tokens {
  readonly #secret: Uint8Array;
  readonly #now: () => EpochMs;
  readonly #userTokenKey: UserTokenKey | undefined;
  readonly #remembered = new Map<string, Signed>();

  constructor(jwtSecret: string, now: () => EpochMs, userTokenKey?: UserTokenKey) {
    this.#secret = new TextEncoder().encode(jwtSecret);
    this.#now = now;
    this.#userTokenKey = userTokenKey;
  }

  async verify(token: string): Promise<TokenVerdict> {
    const signed = this.#remembered.get(token) ?? (await this.#verifySignature(token));
    if (signed.kind === "refused") return signed;
    this.#remember(token, signed);
    return checkClaims(signed.claims, this.#now());
  }

  /** The result never changes for a token, so it may be remembered. */
  async #verifySignature(token: string): Promise<Signed> {
    const header = readHeader(token);
    if (header?.alg === undefined) return refused({ kind: "malformed" });
    const key = this.#keyFor(header);
    if (!key) return refused({ kind: "algorithm" });
    try {
      const { payload } = await compactVerify(token, key, { algorithms: [header.alg] });
      return readClaims(new TextDecoder().decode(payload));
    } catch (error) {
      const isSignature = error instanceof errors.JWSSignatureVerificationFailed;
      return refused({ kind: isSignature ? "signature" : "malformed" });
    }
  }

  #keyFor({ alg, kid }: ProtectedHeaderParameters): Uint8Array | CryptoKey | undefined {
    if (alg === "HS256") return this.#secret;
    return alg === "ES256" && kid === this.#userTokenKey?.kid ? this.#userTokenKey?.key : undefined;
  }

  #remember(token: string, signed: Signed): void {
    if (this.#remembered.has(token)) return;
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED_TOKENS && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(token, signed);
  }
}

/** Checks verified claims: a token is expired from the second that `exp` names, also one that lacks a role. */
function checkClaims(claims: Readonly<Record<string, unknown>>, nowMs: EpochMs): TokenVerdict {
  const { role, exp } = claims;
  if (typeof exp !== "number") return refused({ kind: "claims" });
  const agoSeconds = Math.floor(nowMs / SECOND_MS) - exp;
  if (agoSeconds >= 0) return refused({ kind: "expired", agoSeconds });
  if (typeof role !== "string" || role === "") return refused({ kind: "claims" });
  return { kind: "valid", claims: { ...claims, role, exp } };
}

function readHeader(token: string): ProtectedHeaderParameters | undefined {
  if (token.split(".").length !== 3) return undefined;
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}

function readClaims(text: string): Signed {
  const claims = asRecord(JSON.parse(text));
  return claims ? { kind: "signed", claims } : refused({ kind: "malformed" });
}

function refused(refusal: TokenRefusal): TokenVerdict & { kind: "refused" } {
  return { kind: "refused", refusal };
}
