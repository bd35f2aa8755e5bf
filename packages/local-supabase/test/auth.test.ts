import { statSync } from "node:fs";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateSigningJwk } from "../src/auth/signing-key.ts";
import { newProject, withSigningKey, writeProject } from "../src/project-file.ts";
import { temporaryDirectory } from "./postgres-harness.ts";
import { type ApiProject, startApiProject } from "./support/api-project.ts";
import { RawClient } from "./support/raw-client.ts";

let api: ApiProject;
beforeAll(async () => {
  api = await startApiProject();
});
afterAll(() => api[Symbol.asyncDispose]());

const rowsOf = (userId: string) =>
  api.database.database.query<{ is_anonymous: boolean; raw_user_meta_data: unknown; session_count: string }>(
    `select is_anonymous, raw_user_meta_data, (select count(*) from auth.sessions s where s.user_id = u.id) as session_count
     from auth.users u where id = ($1::text)::uuid`,
    [userId],
  );

describe("anonymous sign-in", () => {
  it("makes a user in the database and a token with the claims of Supabase", async () => {
    const client = api.client();
    const { data, error } = await client.auth.signInAnonymously({ options: { data: { name: "Ann" } } });
    expect(error).toBeNull();
    const { user, session } = data;
    expect(user).toMatchObject({ aud: "authenticated", is_anonymous: true, user_metadata: { name: "Ann" } });
    expect(session).toMatchObject({ token_type: "bearer", expires_in: 3600 });
    const claims = decodeJwt(session?.access_token ?? "");
    expect(claims).toMatchObject({
      iss: `${api.project.url}/auth/v1`,
      sub: user?.id,
      aud: "authenticated",
      role: "authenticated",
      is_anonymous: true,
      user_metadata: { name: "Ann" },
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(claims.exp).toBe((claims.iat ?? 0) + 3600);
    expect(session?.expires_at).toBe(claims.exp);
    expect(await rowsOf(user?.id ?? "")).toEqual([
      { is_anonymous: true, raw_user_meta_data: { name: "Ann" }, session_count: "1" },
    ]);
    expect((await client.auth.getUser()).data.user).toMatchObject({ id: user?.id, is_anonymous: true });
  });

  it("signs tokens with the key that it publishes, for everybody to verify", async () => {
    const { accessToken, userId } = await api.signedIn();
    const jwks = createRemoteJWKSet(new URL(`${api.project.url}/auth/v1/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(accessToken, jwks, { audience: "authenticated" });
    expect(payload.sub).toBe(userId);
    expect(protectedHeader).toMatchObject({ alg: "ES256", kid: expect.any(String) });
    const response = await fetch(`${api.project.url}/auth/v1/.well-known/jwks.json`);
    expect(JSON.stringify(await response.json())).not.toContain('"d"');
  });

  it("lets Realtime in", async () => {
    const { accessToken } = await api.signedIn();
    const client = await RawClient.open(api.project.url, accessToken);
    await client.join("room:1", {}, accessToken);
    client.close();
  });

  it.each([
    ["a password", { email: "a@b.c", password: "secret" }, 422, "email_provider_disabled"],
    ["a phone", { phone: "1", password: "secret" }, 422, "phone_provider_disabled"],
    ["metadata that Postgres cannot hold", { data: { name: "\u0000" } }, 400, "bad_json"],
    ["metadata above 8 kB", { data: { name: "x".repeat(8192) } }, 413, "validation_failed"],
    ["nested metadata", { data: JSON.parse("[".repeat(20) + "]".repeat(20)) }, 400, "bad_json"],
  ])("refuses %s", async (_case, body, status, code) => {
    const sent = JSON.stringify(body);
    const headers = { "x-supabase-api-version": "2024-01-01" };
    const answer = await api.ask("/auth/v1/signup", { method: "POST", body: sent, headers });
    expect(answer).toMatchObject({ status, json: { code } });
    expect(await api.ask("/auth/v1/signup", { method: "POST", body: sent })).toMatchObject({
      status,
      json: { code: status, error_code: code },
    });
  });

  it("takes a body that does not say its length, and none above the limit", async () => {
    const stream = (text: string) =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (let part = 0; part < 4; part += 1) controller.enqueue(new TextEncoder().encode(text));
          controller.close();
        },
      });
    const post = (text: string) => api.ask("/auth/v1/signup", { method: "POST", body: stream(text) });
    expect(await post(" ")).toMatchObject({ status: 200, json: { user: { is_anonymous: true } } });
    expect(await post(" ".repeat(3000))).toMatchObject({ status: 413 });
  });

  it("asks for the key of the project", async () => {
    const ask = async (apikey: string) => {
      const response = await fetch(`${api.project.url}/auth/v1/signup`, { method: "POST", headers: { apikey } });
      return [response.status, await response.json()];
    };
    expect(await ask("")).toEqual([401, { message: "No API key found in request" }]);
    expect(await ask("wrong")).toEqual([401, { message: "Invalid API key" }]);
  });
});

describe("a session", () => {
  it("is refreshed by a token that is good once", async () => {
    const { client, userId, refreshToken } = await api.signedIn();
    const { data, error } = await client.auth.refreshSession();
    expect(error).toBeNull();
    expect(data.user?.id).toBe(userId);
    expect(data.session?.refresh_token).not.toBe(refreshToken);
    expect(decodeJwt(data.session?.access_token ?? "").sub).toBe(userId);
  });

  it("answers the token before with the present one, because its answer may have been lost, also to two at a time", async () => {
    const { refreshToken } = await api.signedIn();
    const refresh = (token: string) => api.client().auth.refreshSession({ refresh_token: token });
    const [first, second] = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(first.data.session?.refresh_token).toBe(second.data.session?.refresh_token);
    const third = await refresh(first.data.session?.refresh_token ?? "");
    expect(third.error).toBeNull();
  });

  it("ends when an older token is used again, for whoever holds the present one", async () => {
    const { refreshToken, client } = await api.signedIn();
    const refresh = async (token = "") => (await api.client().auth.refreshSession({ refresh_token: token })) ?? {};
    const first = (await refresh(refreshToken)).data.session;
    const second = (await refresh(first?.refresh_token)).data.session;
    expect((await refresh(refreshToken)).error).toMatchObject({ status: 400, code: "refresh_token_already_used" });
    expect((await refresh(second?.refresh_token)).error).toMatchObject({ code: "refresh_token_not_found" });
    expect((await client.auth.getUser()).error).toMatchObject({ name: "AuthSessionMissingError" });
  });

  it.each([["no token"], ["x".repeat(60)], [""]])("is not made by a forged token: %j", async (token) => {
    const body = JSON.stringify({ refresh_token: token });
    const answer = await api.ask("/auth/v1/token?grant_type=refresh_token", { method: "POST", body });
    expect(answer.status).toBe(400);
  });

  it("ends at sign-out: all of the user, this one, or the others", async () => {
    const counts: (string | undefined)[] = [];
    for (const scope of ["global", "local", "others"] as const) {
      const { client, userId } = await api.signedIn();
      await api.database.database.query("insert into auth.sessions (user_id) values (($1::text)::uuid)", [userId]);
      expect((await client.auth.signOut({ scope })).error).toBeNull();
      counts.push((await rowsOf(userId))[0]?.session_count);
    }
    expect(counts).toEqual(["0", "1", "1"]);
  });

  it("ends with its user", async () => {
    const { client, userId } = await api.signedIn();
    await api.database.database.query("delete from auth.users where id = ($1::text)::uuid", [userId]);
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: "refresh_token_not_found" });
  });

  it.each([
    ["no token", undefined, 401, "no_authorization"],
    ["a forged token", "a.b.c", 403, "bad_jwt"],
  ])("is not shown to %s", async (_case, token, status, code) => {
    const headers = { ...(token && { authorization: `Bearer ${token}` }) };
    expect(await api.ask("/auth/v1/user", { headers })).toMatchObject({ status, json: { error_code: code } });
  });

  it("is not shown to the anon key, which names no user", async () => {
    const headers = { authorization: `Bearer ${api.project.anonKey}` };
    expect(await api.ask("/auth/v1/user", { headers })).toMatchObject({ status: 403 });
  });
});

it("answers health, settings and preflights of browsers", async () => {
  expect(await api.ask("/auth/v1/health")).toMatchObject({ status: 200, json: { name: "GoTrue" } });
  expect(await api.ask("/auth/v1/settings")).toMatchObject({ json: { external: { anonymous_users: true } } });
  expect(await api.ask("/auth/v1/admin/users")).toMatchObject({ status: 404 });
  const asked = { "access-control-request-headers": "authorization,x-own" };
  const preflight = await fetch(`${api.project.url}/rest/v1/rpc/f`, { method: "OPTIONS", headers: asked });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
  expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization,x-own");
  expect((await api.ask("/auth/v1/health")).headers.get("access-control-allow-origin")).toBe("*");
});

describe("the key that signs", () => {
  it("is made for a project of an earlier version, kept, and for our eyes only", async () => {
    using directory = temporaryDirectory();
    const old = await newProject(createSystemRuntime());
    const first = await withSigningKey(directory.path, old);
    writeProject(directory.path, first.project);
    expect((await withSigningKey(directory.path, first.project)).signingKey.kid).toBe(first.signingKey.kid);
    expect(statSync(join(directory.path, "keys.json")).mode & 0o777).toBe(0o600);
  });

  it("is refused when it is damaged", async () => {
    using directory = temporaryDirectory();
    const project = await newProject(createSystemRuntime());
    const signing_key = { ...(await generateSigningJwk()), x: "damaged" };
    await expect(withSigningKey(directory.path, { ...project, signing_key })).rejects.toMatchObject({
      code: "LOCAL_KEYS_INVALID",
    });
  });
});
