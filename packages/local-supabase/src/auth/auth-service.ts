import {
  errorFields,
  isFleetError,
  isStorableJson,
  isUuid,
  type Runtime,
  SECOND_MS,
  take,
  tokenBucket,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { SignJWT } from "jose";
import { bearerOf } from "../gateway/bearer.ts";
import { readJsonBody } from "../gateway/request-body.ts";
import { asRecord } from "../realtime/join-payload.ts";
import type { TokenClaims, Tokens } from "../realtime/tokens.ts";
import { Accounts, type SignedIn, type SignOutScope, type UserRow } from "./accounts.ts";
import { RefreshTokens } from "./refresh-token.ts";
import type { SigningKey } from "./signing-key.ts";

/** What the service is made of. */
export interface AuthServiceParts {
  readonly runtime: Runtime;
  readonly database: Database;
  readonly tokens: Tokens;
  readonly signingKey: SigningKey;
  readonly jwtSecret: string;
  /** The `iss` of access tokens: the URL of the project with `/auth/v1`. */
  readonly issuer: string;
  /** How long an access token is good. Default 3,600. */
  readonly accessTokenSeconds?: number | undefined;
}

/** @source supabase/auth, default of GOTRUE_JWT_EXP */
const ACCESS_TOKEN_SECONDS = 3600;
/** What sign-ups and refreshes need is far below. User metadata is in every access token, which travels in a header. */
const BODY_LIMITS = { bytes: 8192, levels: 16 };
/** Everybody who has the public key may sign up, and each sign-up is a row for good. */
const SIGN_UP_BURST = 2000;
const SIGN_UPS_PER_SECOND = 10;
const JWKS_AGE_SECONDS = 600;
const API_VERSION = "2024-01-01";
const API_VERSION_HEADER = "x-supabase-api-version";

const SETTINGS = {
  external: { anonymous_users: true, email: false, phone: false },
  disable_signup: false,
  mailer_autoconfirm: false,
  phone_autoconfirm: false,
  sms_provider: "",
  saml_enabled: false,
};
const HEALTH = { version: "local", name: "GoTrue", description: "the part of GoTrue that local-supabase has" };

/** A refusal as GoTrue answers it. */
class AuthRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * The part of GoTrue that an app with anonymous sign-in uses: sign-up without a name, refresh, the user, sign-out, and the
 * key that verifies access tokens.
 *
 * @source supabase/auth, internal/api; the client is @supabase/auth-js
 */
export class AuthService {
  readonly #parts: AuthServiceParts;
  readonly #accounts: Accounts;
  readonly #refreshTokens: RefreshTokens;
  #signUps: ReturnType<typeof tokenBucket>;

  constructor(parts: AuthServiceParts) {
    this.#parts = parts;
    this.#accounts = new Accounts(parts.database);
    this.#refreshTokens = new RefreshTokens(parts.jwtSecret);
    this.#signUps = tokenBucket(SIGN_UP_BURST, SIGN_UPS_PER_SECOND, parts.runtime.clock.monotonicMs());
  }

  /** Answers the JWKS without a key, as the gateway does; undefined for every other path. */
  answerOpen(path: string): Response | undefined {
    if (path !== "/.well-known/jwks.json") return undefined;
    const headers = { "cache-control": `public, max-age=${JWKS_AGE_SECONDS}` };
    return Response.json(this.#parts.signingKey.jwks, { headers });
  }

  /** Answers one request; `path` is what comes after `/auth/v1`. */
  async answer(request: Request, path: string): Promise<Response> {
    try {
      return await this.#route(request, path);
    } catch (thrown) {
      if (thrown instanceof AuthRefusal) return refusalResponse(request, thrown);
      this.#parts.runtime.log.error(errorFields(thrown), "a request to the embedded /auth/v1 failed");
      const isAway = isFleetError(thrown) && thrown.retryable;
      const refusal = new AuthRefusal(isAway ? 503 : 500, "unexpected_failure", "Unexpected failure, see the log");
      return refusalResponse(request, refusal);
    }
  }

  async #route(request: Request, path: string): Promise<Response> {
    const call = `${request.method} ${path}`;
    if (call === "GET /health") return Response.json(HEALTH);
    if (call === "GET /settings") return Response.json(SETTINGS);
    if (call === "POST /signup") return this.#signUp(await readFields(request));
    if (call === "POST /token") return this.#token(request, await readFields(request));
    if (call === "GET /user") return Response.json(userJson(await this.#user(request)));
    if (call === "POST /logout") return this.#logout(request);
    throw new AuthRefusal(404, "not_found", `The embedded Supabase has no ${call} under /auth/v1`);
  }

  async #signUp(fields: Fields): Promise<Response> {
    if (fields["email"] || fields["phone"] || fields["password"]) {
      const what = fields["phone"] ? "phone" : "email";
      const name = what === "phone" ? "Phone" : "Email";
      throw new AuthRefusal(422, `${what}_provider_disabled`, `${name} signups are disabled`);
    }
    const metadata = asRecord(fields["data"]) ?? {};
    if (!isStorableJson(JSON.stringify(metadata))) throw badJson("data holds a character that Postgres cannot hold");
    const taken = take(this.#signUps, this.#parts.runtime.clock.monotonicMs());
    this.#signUps = taken.bucket;
    if (!taken.taken) throw new AuthRefusal(429, "over_request_rate_limit", "Request rate limit reached");
    return this.#session(await this.#accounts.signUpAnonymously(metadata));
  }

  async #token(request: Request, fields: Fields): Promise<Response> {
    const grant = new URL(request.url).searchParams.get("grant_type");
    if (grant !== "refresh_token") throw new AuthRefusal(400, "validation_failed", "unsupported_grant_type");
    const token = fields["refresh_token"];
    if (typeof token !== "string" || token === "") {
      throw new AuthRefusal(400, "validation_failed", "refresh_token required");
    }
    const use = this.#refreshTokens.read(token);
    const refreshed = use ? await this.#accounts.refresh(use.sessionId, use.count) : { kind: "not found" as const };
    if (refreshed.kind === "refreshed") return this.#session(refreshed);
    throw refreshed.kind === "not found"
      ? new AuthRefusal(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
      : new AuthRefusal(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used");
  }

  async #logout(request: Request): Promise<Response> {
    const scope = new URL(request.url).searchParams.get("scope") ?? "global";
    if (!isScope(scope)) throw new AuthRefusal(400, "validation_failed", `Unsupported logout scope "${scope}"`);
    const claims = await this.#claims(request);
    const { id } = await this.#userOf(claims);
    await this.#accounts.signOut(id, sessionOf(claims), scope);
    return new Response(null, { status: 204 });
  }

  async #user(request: Request): Promise<UserRow> {
    return this.#userOf(await this.#claims(request));
  }

  async #claims(request: Request): Promise<TokenClaims> {
    const token = bearerOf(request.headers);
    if (!token) throw new AuthRefusal(401, "no_authorization", "This endpoint requires a valid Bearer token");
    const verdict = await this.#parts.tokens.verify(token);
    if (verdict.kind === "valid") return verdict.claims;
    const why = verdict.refusal.kind === "expired" ? "token is expired" : "unable to parse or verify signature";
    throw new AuthRefusal(403, "bad_jwt", `invalid JWT: ${why}`);
  }

  async #userOf(claims: TokenClaims): Promise<UserRow> {
    const subject = claims["sub"];
    if (typeof subject !== "string" || !isUuid(subject)) {
      throw new AuthRefusal(403, "bad_jwt", "invalid claim: missing sub claim");
    }
    const user = await this.#accounts.findUser(subject);
    if (!user) throw new AuthRefusal(403, "user_not_found", "User from sub claim in JWT does not exist");
    const sessionId = sessionOf(claims);
    if (sessionId !== undefined && !(await this.#accounts.hasSession(sessionId))) {
      throw new AuthRefusal(403, "session_not_found", "Session from session_id claim in JWT does not exist");
    }
    return user;
  }

  async #session(signedIn: SignedIn): Promise<Response> {
    const { signingKey, runtime, accessTokenSeconds = ACCESS_TOKEN_SECONDS } = this.#parts;
    const issuedAt = Math.floor(runtime.clock.now() / SECOND_MS);
    const expiresAt = issuedAt + accessTokenSeconds;
    const accessToken = await new SignJWT({ ...this.#userClaims(signedIn), iat: issuedAt, exp: expiresAt })
      .setProtectedHeader({ alg: "ES256", kid: signingKey.kid, typ: "JWT" })
      .sign(signingKey.privateKey);
    return Response.json({
      access_token: accessToken,
      token_type: "bearer",
      expires_in: accessTokenSeconds,
      expires_at: expiresAt,
      refresh_token: this.#refreshTokens.write({ sessionId: signedIn.sessionId, count: signedIn.refreshCount }),
      user: userJson(signedIn.user),
    });
  }

  /** @source https://supabase.com/docs/guides/auth/jwt-fields */
  #userClaims({ user, sessionId, sessionSince }: SignedIn): Record<string, unknown> {
    return {
      iss: this.#parts.issuer,
      sub: user.id,
      aud: user.aud,
      role: user.role,
      email: user.email ?? "",
      phone: "",
      app_metadata: user.raw_app_meta_data,
      user_metadata: user.raw_user_meta_data,
      aal: "aal1",
      amr: [{ method: "anonymous", timestamp: Math.floor(sessionSince.getTime() / SECOND_MS) }],
      session_id: sessionId,
      is_anonymous: user.is_anonymous,
    };
  }
}

type Fields = Readonly<Record<string, unknown>>;

async function readFields(request: Request): Promise<Fields> {
  const body = await readJsonBody(request, BODY_LIMITS);
  if (body.kind === "read") return asRecord(body.value) ?? {};
  if (body.status === 413) throw new AuthRefusal(413, "validation_failed", body.reason);
  throw badJson(body.reason);
}

function badJson(reason: string): AuthRefusal {
  return new AuthRefusal(400, "bad_json", `Could not parse request body as JSON: ${reason}`);
}

function isScope(scope: string): scope is SignOutScope {
  return scope === "global" || scope === "local" || scope === "others";
}

function sessionOf(claims: TokenClaims): string | undefined {
  const sessionId = claims["session_id"];
  return typeof sessionId === "string" && isUuid(sessionId) ? sessionId : undefined;
}

function userJson(user: UserRow) {
  return {
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email ?? "",
    phone: "",
    last_sign_in_at: user.last_sign_in_at,
    app_metadata: user.raw_app_meta_data,
    user_metadata: user.raw_user_meta_data,
    identities: [],
    created_at: user.created_at,
    updated_at: user.updated_at,
    is_anonymous: user.is_anonymous,
  };
}

/** Clients that name the API version get the code under `code`, all others under `error_code`. */
function refusalResponse(request: Request, { status, code, message }: AuthRefusal): Response {
  const version = request.headers.get(API_VERSION_HEADER);
  return version !== null && version >= API_VERSION
    ? Response.json({ code, message }, { status, headers: { [API_VERSION_HEADER]: API_VERSION } })
    : Response.json({ code: status, error_code: code, msg: message }, { status });
}
