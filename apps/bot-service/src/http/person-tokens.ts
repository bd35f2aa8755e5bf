import { type Clock, isUuid } from "@shoal/kernel";
import { decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Fetch } from "../outgoing/adapters/system-fetch.ts";
import { OPERATOR_ID } from "../strategies/desk/sql.ts";
import { Jwks } from "./jwks.ts";

/** What became of a token. `refused`: `why` completes "The token …". `away`: it cannot be judged now. */
export type TokenVerdict =
  | { readonly kind: "person"; readonly userId: string }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "away" };

/** Verifies the access tokens of people who are signed in with Supabase. */
export interface PersonTokens {
  verify(token: string): Promise<TokenVerdict>;
  /** Ends what is under way. Idempotent. */
  close(): void;
}

export interface PersonTokensOptions {
  readonly supabaseUrl: string;
  /** The HS256 secret of a project that signs with one; null: tokens of that kind are refused. */
  readonly jwtSecret: string | null;
  readonly clock: Clock;
  readonly fetch: Fetch;
}

/** Those that Supabase signs with. A token never chooses a weaker one, nor a public key as a secret. @source https://supabase.com/docs/guides/auth/signing-keys */
const ASYMMETRIC = ["ES256", "RS256", "EdDSA"];
const SYMMETRIC = "HS256";
/** Access tokens have about 1 kB, more with metadata. */
const MOST_CHARACTERS = 8192;
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Makes the verifier for one project: by the public keys at `/auth/v1/.well-known/jwks.json`, or by its HS256 secret. A token
 * counts when it has not expired and its role and audience are `authenticated`; its `sub` is the user.
 */
export function createPersonTokens(options: PersonTokensOptions): PersonTokens {
  const { clock, fetch, jwtSecret } = options;
  const supabaseUrl = options.supabaseUrl.replace(/\/+$/, "");
  const jwks = new Jwks({ url: `${supabaseUrl}/auth/v1/.well-known/jwks.json`, clock, fetch });
  const secret = jwtSecret === null ? undefined : new TextEncoder().encode(jwtSecret);

  const check = async (
    token: string,
    key: Uint8Array | JWTVerifyGetKey,
    algorithms: string[],
  ): Promise<TokenVerdict> => {
    const rules = {
      ...{ algorithms, audience: "authenticated", requiredClaims: ["sub", "exp"] },
      ...{ currentDate: new Date(clock.now()), clockTolerance: CLOCK_TOLERANCE_SECONDS },
    };
    // The two kinds of keys are two overloads.
    const { payload } = await (typeof key === "function" ? jwtVerify(token, key, rules) : jwtVerify(token, key, rules));
    if (payload["role"] !== "authenticated") return refused("is not that of a signed-in user");
    if (!isUuid(payload.sub ?? "") || payload.sub === OPERATOR_ID) return refused("names no user");
    if (isOfOtherProject(payload.iss, supabaseUrl)) return refused("is that of another project");
    return { kind: "person", userId: `${payload.sub}`.toLowerCase() };
  };

  const checkByJwks = async (token: string): Promise<TokenVerdict> => {
    const keys = await jwks.keys();
    if (!keys) return { kind: "away" };
    try {
      return await check(token, keys, ASYMMETRIC);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
    }
    const anew = await jwks.keysAnew();
    return anew ? check(token, anew, ASYMMETRIC) : { kind: "away" };
  };

  return {
    close: () => jwks.close(),
    async verify(token) {
      if (token.length > MOST_CHARACTERS) return refused("is too long");
      try {
        const { alg } = decodeProtectedHeader(token);
        if (alg !== SYMMETRIC) return await (ASYMMETRIC.includes(`${alg}`) ? checkByJwks(token) : UNSIGNED);
        return secret ? await check(token, secret, [SYMMETRIC]) : NO_SECRET;
      } catch (thrown) {
        return refused(thrown instanceof errors.JWTExpired ? "has expired: refresh the session" : NOT_VALID);
      }
    },
  };
}

const NOT_VALID = "is neither SHOAL_API_TOKEN nor a valid access token of a signed-in user of this project";

const refused = (why: string): TokenVerdict => ({ kind: "refused", why });
const UNSIGNED = refused("is not signed in a way that Supabase uses");
const NO_SECRET = refused(
  "is signed with the JWT secret of the project, which the daemon does not know: set SUPABASE_JWT_SECRET",
);

/** The key proves the project, but two may share a secret. Behind an own domain `iss` may be either address of the project. */
function isOfOtherProject(iss: string | undefined, supabaseUrl: string): boolean {
  const [ours, theirs] = [hostOf(supabaseUrl), hostOf(iss ?? "")];
  return ours.endsWith(HOSTED) && theirs.endsWith(HOSTED) && ours !== theirs;
}

const HOSTED = ".supabase.co";
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");
