import { createSimulatedClock } from "@shoal/testkit";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createPersonTokens } from "./person-tokens.ts";

const PROJECT = "https://abc.supabase.co";
const SECRET = "a-secret-of-at-least-32-characters!!";
const ANN = "a0000000-0000-4000-8000-000000000001";
const PERSON = /^person$/;

const bytes = (text: string) => new TextEncoder().encode(text);
const pair = (alg: string) => generateKeyPair(alg, { extractable: true });
const [ec, ec2, rsa, ed] = await Promise.all([pair("ES256"), pair("ES256"), pair("RS256"), pair("EdDSA")]);
const jwkOf = async (keys: typeof ec, kid: string): Promise<JWK> => ({ ...(await exportJWK(keys.publicKey)), kid });
const KEYS = [await jwkOf(ec, "ec"), await jwkOf(rsa, "rsa"), await jwkOf(ed, "ed")];
const NEW_KEY = await jwkOf(ec2, "new");

type Answer = Response | Error | "silence";

/** A verifier over a project that answers with what `served` says, and counts how often it was asked. */
function makeTokens({ supabaseUrl = PROJECT, jwtSecret = null as string | null } = {}) {
  const clock = createSimulatedClock();
  const project: { served: () => Answer; asked: string[] } = { served: () => Response.json({ keys: KEYS }), asked: [] };
  const tokens = createPersonTokens({
    supabaseUrl,
    jwtSecret,
    clock,
    async fetch(url, { signal }) {
      project.asked.push(url);
      const answer = project.served();
      if (answer instanceof Error) throw answer;
      if (answer !== "silence") return answer;
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  return { clock, project, tokens, verify: (token: string) => tokens.verify(token) };
}

const nowSeconds = () => Math.floor(createSimulatedClock().now() / 1000);
const claims = (over: Record<string, unknown> = {}): JWTPayload => ({
  ...{ sub: ANN, role: "authenticated", aud: "authenticated", iss: `${PROJECT}/auth/v1`, exp: nowSeconds() + 3600 },
  ...over,
});
const sign = (payload: JWTPayload, key: CryptoKey | Uint8Array, alg: string, kid?: string) =>
  new SignJWT(payload).setProtectedHeader({ alg, ...(kid && { kid }) }).sign(key);
const byEc = (over: Record<string, unknown> = {}) => sign(claims(over), ec.privateKey, "ES256", "ec");
const unsigned = (alg: string) =>
  `${Buffer.from(JSON.stringify({ alg })).toString("base64url")}.${Buffer.from(JSON.stringify(claims())).toString("base64url")}.`;

describe("the token of a person", () => {
  it.each([
    ["ES256", () => byEc()],
    ["RS256", () => sign(claims(), rsa.privateKey, "RS256", "rsa")],
    ["EdDSA", () => sign(claims(), ed.privateKey, "EdDSA", "ed")],
    ["ES256 of an audience list", () => byEc({ aud: ["authenticated", "other"] })],
    ["ES256 behind a domain of its own", () => byEc({ iss: "https://auth.example.com/auth/v1" })],
    ["ES256 with the id in capitals", () => byEc({ sub: ANN.toUpperCase() })],
  ])("signed by %s is known by the project's keys", async (_name, make) => {
    const { verify, project } = makeTokens();
    expect(await verify(await make())).toEqual({ kind: "person", userId: ANN });
    expect(project.asked).toEqual([`${PROJECT}/auth/v1/.well-known/jwks.json`]);
  });

  it("signed with the project's secret is known by it, without a look at the keys", async () => {
    const { verify, project } = makeTokens({ jwtSecret: SECRET });
    expect(await verify(await sign(claims(), bytes(SECRET), "HS256"))).toEqual({ kind: "person", userId: ANN });
    expect(project.asked).toEqual([]);
    expect(await makeTokens().verify(await sign(claims(), bytes(SECRET), "HS256"))).toMatchObject({
      why: expect.stringContaining("SUPABASE_JWT_SECRET"),
    });
  });

  it.each([
    ["another key", () => sign(claims(), ec2.privateKey, "ES256", "ec"), /valid access token/],
    ["an unknown key", () => sign(claims(), ec2.privateKey, "ES256", "other"), /valid access token/],
    ["another secret", () => sign(claims(), bytes("x".repeat(40)), "HS256"), /valid access token/],
    ["the public key as a secret", () => sign(claims(), bytes(JSON.stringify(KEYS[0])), "HS256", "ec"), /valid access/],
    ["the secret by another algorithm", () => sign(claims(), bytes(SECRET.repeat(2)), "HS512"), /in a way/],
    ["nothing", () => unsigned("none"), /in a way/],
    ["nothing, by a name that is one", () => unsigned("ES256"), /valid access token/],
    ["a past end", () => byEc({ exp: nowSeconds() - 60 }), /has expired/],
    ["no end", () => byEc({ exp: undefined }), /valid access token/],
    ["a start to come", () => byEc({ nbf: nowSeconds() + 60 }), /valid access token/],
    ["another audience", () => byEc({ aud: "anon" }), /valid access token/],
    ["no audience", () => byEc({ aud: undefined }), /valid access token/],
    ["the role anon", () => byEc({ role: "anon" }), /signed-in user/],
    ["the role service_role", () => byEc({ role: "service_role" }), /signed-in user/],
    ["no user", () => byEc({ sub: undefined }), /valid access token/],
    ["a user that is no uuid", () => byEc({ sub: "ann" }), /names no user/],
    ["the nil UUID", () => byEc({ sub: "00000000-0000-0000-0000-000000000000" }), /names no user/],
    ["another project", () => byEc({ iss: "https://xyz.supabase.co/auth/v1" }), /another project/],
    ["a signature that was cut", async () => (await byEc()).slice(0, -2), /valid access token/],
    ["no form at all", () => "a.b.c", /valid access token/],
    ["one part", () => "secret", /valid access token/],
    ["no end to it", () => "x".repeat(10_000), /too long/],
  ])("with %s is refused", async (_name, make, why) => {
    const { verify } = makeTokens({ jwtSecret: SECRET });
    expect(await verify(await make())).toEqual({ kind: "refused", why: expect.stringMatching(why) });
  });

  it("is not verified by a secret that the project serves among its keys", async () => {
    const { verify, project } = makeTokens();
    project.served = () =>
      Response.json({ keys: [{ kty: "oct", kid: "oct", k: Buffer.from(SECRET).toString("base64url"), alg: "HS256" }] });
    expect((await verify(await sign(claims(), bytes(SECRET), "HS256", "oct"))).kind).toBe("refused");
  });
});

describe("the keys of a project", () => {
  it("are read once for many, again after ten minutes, and used for an hour while they cannot be read", async () => {
    const { verify, project, clock } = makeTokens();
    const token = await byEc({ exp: nowSeconds() + 10_000 });
    const judged = await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    expect(judged.every(({ kind }) => kind === "person")).toBe(true);
    expect(project.asked).toHaveLength(1);
    await clock.advance(600_001);
    expect((await verify(token)).kind).toMatch(PERSON);
    expect(project.asked).toHaveLength(2);
    project.served = () => new Error("connection refused");
    await clock.advance(3_599_000);
    expect((await verify(token)).kind).toMatch(PERSON);
    await clock.advance(2_000);
    expect(await verify(token)).toEqual({ kind: "away" });
  });

  it("are read again for a token of a new key, but not for each unknown one", async () => {
    const { verify, project, clock } = makeTokens();
    await verify(await byEc());
    await clock.advance(30_000);
    project.served = () => Response.json({ keys: [...KEYS, NEW_KEY] });
    expect((await verify(await sign(claims(), ec2.privateKey, "ES256", "new"))).kind).toMatch(PERSON);
    for (let count = 0; count < 10; count += 1) {
      expect((await verify(await sign(claims(), ec2.privateKey, "ES256", `stranger-${count}`))).kind).toBe("refused");
    }
    expect(project.asked).toHaveLength(2);
  });

  it.each([
    ["the project is away", () => new Error("connection refused")],
    ["it answers 500", () => new Response("oops", { status: 500 })],
    ["it answers no JSON", () => new Response("<html>")],
    ["it answers no keys", () => Response.json({})],
    ["it answers without end", () => new Response("x".repeat(100_000))],
  ])("cannot judge while %s, ask at most every 2 s, and judge again when it is back", async (_name, served) => {
    const { verify, project, clock } = makeTokens();
    project.served = served;
    const token = await byEc();
    for (let count = 0; count < 5; count += 1) expect(await verify(token)).toEqual({ kind: "away" });
    expect(project.asked).toHaveLength(1);
    project.served = () => Response.json({ keys: KEYS });
    await clock.advance(2_000);
    expect((await verify(token)).kind).toMatch(PERSON);
  });

  it("are not waited for longer than 5 s, nor after the close", async () => {
    const { verify, project, clock, tokens } = makeTokens();
    project.served = () => "silence";
    const token = await byEc();
    const slow = verify(token);
    await clock.advance(5_000);
    expect(await slow).toEqual({ kind: "away" });
    await clock.advance(2_000);
    const cut = verify(token);
    tokens.close();
    expect(await cut).toEqual({ kind: "away" });
    expect(clock.pendingTimers).toBe(0);
  });
});
