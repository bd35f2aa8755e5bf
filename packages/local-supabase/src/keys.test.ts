import { decodeJwt, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { generateSigningJwk, importSigningKey, type SigningKey } from "./auth/signing-key.ts";
import { generateJwtSecret, makeKeys } from "./keys.ts";
import { refusalText, type TokenRefusal, Tokens } from "./realtime/tokens.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const jwtSecret = generateJwtSecret();
const keys = await makeKeys({ jwtSecret, now: () => NOW_MS });

describe("project keys", () => {
  it("carry the claims Supabase's own keys carry", async () => {
    const issued = { iss: "supabase", iat: NOW_MS / 1000 };
    expect(decodeJwt(keys.anon)).toMatchObject({ ...issued, role: "anon", exp: NOW_MS / 1000 + 315_360_000 });
    expect(decodeJwt(keys.serviceRole)).toMatchObject({ ...issued, role: "service_role" });
    const user = { role: "authenticated", aud: "authenticated", sub: "ann", exp: NOW_MS / 1000 + 60 };
    expect(decodeJwt(await keys.authenticated("ann", 60))).toMatchObject({ ...issued, ...user });
  });

  it("are made with a secret that is new each time and long enough for HS256", () => {
    expect(generateJwtSecret()).not.toBe(generateJwtSecret());
    expect(Buffer.from(generateJwtSecret(), "base64url")).toHaveLength(40);
  });

  it("verify until the very second they run out", async () => {
    const token = await keys.authenticated("ann", 60);
    const verdictAt = (nowMs: number) => new Tokens(jwtSecret, () => nowMs).verify(token);
    expect(await verdictAt(NOW_MS + 59_999)).toMatchObject({ kind: "valid", claims: { sub: "ann" } });
    expect(await verdictAt(NOW_MS + 60_000)).toEqual({ kind: "refused", refusal: { kind: "expired", agoSeconds: 0 } });
    expect(await verdictAt(NOW_MS + 65_500)).toEqual({ kind: "refused", refusal: { kind: "expired", agoSeconds: 5 } });
  });

  it("are expired before anything is missing in them", async () => {
    const sign = (claims: Record<string, unknown>) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(jwtSecret));
    const verdict = async (claims: Record<string, unknown>) =>
      new Tokens(jwtSecret, () => NOW_MS).verify(await sign(claims));
    const exp = NOW_MS / 1000;
    expect(await verdict({ exp: exp - 60 })).toMatchObject({ refusal: { kind: "expired", agoSeconds: 60 } });
    expect(await verdict({ exp: exp + 60 })).toMatchObject({ refusal: { kind: "claims" } });
    expect(await verdict({ role: "anon" })).toMatchObject({ refusal: { kind: "claims" } });
  });

  it.each([
    ["", "malformed"],
    ["abc", "malformed"],
    ["a.b.c", "malformed"],
    [`${keys.anon}x`, "signature"],
    [keys.anon.slice(keys.anon.indexOf(".")), "malformed"],
    ["eyJhbGciOiJub25lIn0.e30.", "algorithm"],
    ["eyJhbGciOiJSUzI1NiJ9.e30.e30", "algorithm"],
  ])("refuse what is none: %s", async (token, kind) => {
    expect(await new Tokens(jwtSecret, () => NOW_MS).verify(token)).toMatchObject({ refusal: { kind } });
  });
});

describe("tokens of users", async () => {
  const [ours, other] = (await Promise.all([1, 2].map(async () => importSigningKey(await generateSigningJwk())))) as [
    SigningKey,
    SigningKey,
  ];
  const sign = (kid: string, { privateKey }: SigningKey) =>
    new SignJWT({ role: "authenticated", exp: NOW_MS / 1000 + 60 })
      .setProtectedHeader({ alg: "ES256", kid })
      .sign(privateKey);

  it.each([
    ["signed with our key", ours.kid, ours, undefined],
    ["signed with another key under the id of ours", ours.kid, other, "signature"],
    ["signed with another key", other.kid, other, "algorithm"],
  ])("%s", async (_case, kid, key, refusal) => {
    const verdict = await new Tokens(jwtSecret, () => NOW_MS, ours).verify(await sign(kid, key));
    expect(verdict).toMatchObject(refusal ? { refusal: { kind: refusal } } : { kind: "valid" });
  });

  it("are refused by a server that has no key for them, also without an id", async () => {
    const unnamed = await new SignJWT({ role: "anon", exp: NOW_MS })
      .setProtectedHeader({ alg: "ES256" })
      .sign(ours.privateKey);
    for (const token of [await sign(ours.kid, ours), unnamed]) {
      expect(await new Tokens(jwtSecret, () => NOW_MS).verify(token)).toMatchObject({ refusal: { kind: "algorithm" } });
    }
  });
});

describe("what a refusal is called", () => {
  const texts: Record<TokenRefusal["kind"], [TokenRefusal, string, string, string]> = {
    malformed: [
      { kind: "malformed" },
      "The token provided is not a valid JWT",
      "MalformedJWT: The token provided is not a valid JWT",
      "The token provided is not a valid JWT",
    ],
    algorithm: [
      { kind: "algorithm" },
      "Failed to generate JWT signer, check your JWT secret or JWKS configuration",
      "JwtSignerError: Failed to generate JWT signer, check your JWT secret or JWKS configuration",
      "Failed to generate JWT signer, check your JWT secret or JWKS configuration",
    ],
    signature: [
      { kind: "signature" },
      "Failed to validate JWT signature",
      "JwtSignatureError: Failed to validate JWT signature",
      ":signature_error",
    ],
    claims: [
      { kind: "claims" },
      "Fields `role` and `exp` are required in JWT",
      "InvalidJWTToken: Fields `role` and `exp` are required in JWT",
      "Fields `role` and `exp` are required in JWT",
    ],
    expired: [
      { kind: "expired", agoSeconds: 60 },
      "Token has expired",
      "InvalidJWTToken: Token has expired 60 seconds ago",
      "Token has expired 60 seconds ago",
    ],
  };

  it.each(Object.entries(texts))("at the upgrade, the join and the refresh: %s", (_kind, [refusal, ...expected]) => {
    const places = ["upgrade", "join", "refresh"] as const;
    expect(places.map((place) => refusalText(refusal, place))).toEqual(expected);
  });
});
