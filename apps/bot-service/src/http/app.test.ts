import { FleetError, MINUTE_MS } from "@shoal/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { BODY_LIMIT_BYTES } from "./app.ts";
import { makeApp, snapshot, TICKET_ID, TOKEN, ticketView } from "./http.test-support.ts";

let made: ReturnType<typeof makeApp>;
beforeEach(() => {
  made = makeApp();
});

const TICKETS = "/api/match/tickets";
const json = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
const post = (body: string, headers: Record<string, string> = json, path = TICKETS) =>
  made.app.request(path, { method: "POST", body, headers });

describe("tickets", () => {
  it("opens one and says where it is", async () => {
    const attributes = { language: "de" };
    const response = await post(JSON.stringify({ user_id: "u1", name: "Ada", attributes }));
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe(`${TICKETS}/${TICKET_ID}`);
    expect(await response.json()).toMatchObject({
      id: TICKET_ID,
      status: "waiting",
      rule: "alone",
      position: 1,
      waited_ms: 1200,
    });
    expect(made.calls).toEqual([["openTicket", { userId: "u1", name: "Ada", attributes, source: "api" }]]);
  });

  it("answers 200 for a ticket that is open already, and says where it is", async () => {
    made.state.ticketOutcome = "known";
    const response = await post(JSON.stringify({ user_id: "u1" }));
    expect(response.status).toBe(200);
    expect(response.headers.get("location")).toBe(`${TICKETS}/${TICKET_ID}`);
  });

  it("shows, confirms and closes one", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await made.app.request(`${TICKETS}/${TICKET_ID}`, { headers })).status).toBe(200);
    expect((await made.app.request(`${TICKETS}/${TICKET_ID}/confirm`, { headers, method: "POST" })).status).toBe(200);
    const closed = await made.app.request(`${TICKETS}/${TICKET_ID}`, { headers, method: "DELETE" });
    expect(await closed.json()).toMatchObject({ status: "closed", closed_reason: "cancelled" });
  });

  const { "content-type": _, ...noType } = json;
  const { authorization: __, ...noToken } = json;
  it.each([
    ["an unknown field", '{"user_id":"u1","age":3}', json, 422, "age"],
    ["a wrong type", '{"user_id":7}', json, 422, "user_id"],
    ["a missing field", "{}", json, 422, "user_id"],
    ["an empty id", '{"user_id":""}', json, 422, "user_id"],
    ["too long a name", JSON.stringify({ user_id: "u1", name: "x".repeat(81) }), json, 422, "name"],
    ["an id with a zero character", '{"user_id":"u\\u0000"}', json, 422, "user_id"],
    ["a name with half a character", '{"user_id":"u1","name":"\\ud800"}', json, 422, "name"],
    ["attributes that are a list", '{"user_id":"u1","attributes":["de"]}', json, 422, "attributes"],
    ["a body that is not an object", "[]", json, 422, "body"],
    ["broken JSON", "{", json, 400, "body"],
    ["a nesting of 65 levels", `${"[".repeat(65)}${"]".repeat(65)}`, json, 422, "body"],
    ["objects that are nested without end", '{"a":'.repeat(10_000), json, 422, "body"],
    ["another media type", "user_id=u1", noType, 415, "content-type"],
    ["a patch", '{"user_id":"u1"}', { ...json, "content-type": "application/json-patch+json" }, 415, "content-type"],
    ["an oversized body", JSON.stringify({ user_id: "x".repeat(BODY_LIMIT_BYTES) }), json, 413, "body"],
    ["a missing token", '{"user_id":"u1"}', noToken, 401, "authorization"],
    [
      "a wrong token",
      '{"user_id":"u1"}',
      { ...json, authorization: "Bearer wrong-token-000000" },
      401,
      "authorization",
    ],
    ["another scheme", '{"user_id":"u1"}', { ...json, authorization: `Basic ${TOKEN}` }, 401, "authorization"],
  ])("refuses %s, naming the field, and changes nothing", async (_name, body, headers, status, field) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status, field, code: expect.stringMatching(/^HTTP_/) });
    expect(made.calls).toEqual([]);
  });

  describe("of signed-in people", () => {
    const ANN = ticketView.userId;
    const as = (token: string) => ({ ...json, authorization: `Bearer ${token}` });

    it.each([
      ["{}", ANN],
      [JSON.stringify({ user_id: ANN }), ANN],
      ['{"name":"Ada"}', "somebody"],
    ])("are opened for the person who asks: %s", async (body, userId) => {
      expect((await post(body, as(`person:${userId}`))).status).toBe(201);
      expect(made.calls).toMatchObject([["openTicket", { userId, source: "api", isByPerson: true }]]);
    });

    it("say why they wait: to people what is about them, to the operator all of it", async () => {
      const rule = {
        rule: "near:skill",
        excludes: 3,
        onlyThis: 2,
        nearest: { distance: 120, needed: 35 },
        widensInMs: 3500,
      } as const;
      const ask = async (token: string) => {
        const response = await made.app.request(`${TICKETS}/${TICKET_ID}`, { headers: as(token) });
        return ((await response.json()) as { why: unknown }).why;
      };
      const fits = {
        code: "rules-exclude-all",
        words: "None of 3 others in line fits.",
        details: { others: 3 },
      } as const;
      made.state.why = { ...fits, rules: [rule] };
      const shown = { rule: "near:skill", excludes: 3, only_this: 2, nearest: rule.nearest, widens_in_ms: 3500 };
      for (const token of [`person:${ANN}`, TOKEN]) expect(await ask(token)).toEqual({ ...fits, rules: [shown] });
      made.state.why = {
        code: "pairing-fails",
        words: "Pairing fails with STORE_X.",
        details: { error_code: "STORE_X" },
        rules: null,
      };
      expect(await ask(TOKEN)).toEqual(made.state.why);
      expect(JSON.stringify(await ask(`person:${ANN}`))).not.toContain("STORE_X");
    });

    it("are opened for nobody else", async () => {
      const response = await post('{"user_id":"somebody"}', as(`person:${ANN}`));
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: "HTTP_NOT_YOURS", field: "user_id" });
      expect(made.calls).toEqual([]);
    });

    it.each([
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/confirm"],
    ])("are there for their person alone: %s %s", async (method, suffix) => {
      const ask = (token: string) =>
        made.app.request(`${TICKETS}/${TICKET_ID}${suffix}`, { method, headers: { authorization: `Bearer ${token}` } });
      const others = await ask("person:somebody");
      expect([others.status, await others.json()]).toMatchObject([404, { code: "HTTP_UNKNOWN_TICKET" }]);
      expect(made.calls).toEqual([]);
      expect((await ask(`person:${ANN}`)).status).toBe(200);
    });

    it("wait while their tokens cannot be judged, and open nothing else", async () => {
      const response = await post("{}", as("away"));
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("2");
      expect(await response.json()).toMatchObject({ code: "HTTP_NO_KEYS" });
      for (const path of ["/api/jobs", "/api/bot/deployments", "/api/jobs/audit"]) {
        expect((await made.app.request(path, { headers: as(`person:${ANN}`) })).status).toBe(401);
      }
    });
  });

  it("answers 429 to a person who begins one wait after the other, and says when to come again", async () => {
    made.faults.failure = new FleetError("MATCH_TOO_MANY_WAITS", "too many", { retryable: true });
    const response = await post('{"user_id":"u1"}');
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(await response.json()).toMatchObject({ code: "MATCH_TOO_MANY_WAITS" });
  });

  it.each([
    ["STRATEGY_CHECK_UNAVAILABLE", "Strategies cannot be checked now."],
    ["STRATEGY_UNAVAILABLE", "Too many deploys are being checked,"],
    ["STORE_UNAVAILABLE", "The daemon cannot reach something that it depends on;"],
  ])("says of %s what is away, without its message", async (code, words) => {
    made.faults.failure = new FleetError(code, "hush", { retryable: true });
    const response = await post('{"user_id":"u1"}');
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
    const text = await response.text();
    expect(text).toContain(words);
    expect(text).not.toContain("hush");
  });

  it("answers 422 for what only the matchmaker refuses, and names the field as the request does", async () => {
    made.faults.failure = new FleetError("MATCH_INVALID_TICKET", "too long", { details: { field: "userId" } });
    const response = await post(JSON.stringify({ user_id: "\u{1F41F}".repeat(128) }));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "MATCH_INVALID_TICKET", field: "user_id" });
  });

  it.each(["not-an-id", "7b0f3c1e-8e0a-4f5c-9d6a-000000000000"])("answers 404 for the unknown id %s", async (id) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const [method, suffix] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/confirm"],
    ]) {
      const response = await made.app.request(`${TICKETS}/${id}${suffix}`, { method: method ?? "GET", headers });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "HTTP_UNKNOWN_TICKET", field: "id" });
    }
  });

  it.each(["starting", "draining"] as const)("takes no tickets while %s", async (phase) => {
    made.state.phase = phase;
    const response = await post('{"user_id":"u1"}');
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).not.toBeNull();
    expect(made.calls).toEqual([]);
  });

  it("shows tickets while draining, and says come back before there are any", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    made.state.phase = "draining";
    expect((await made.app.request(`${TICKETS}/${TICKET_ID}`, { headers })).status).toBe(200);
    made.state.phase = "starting";
    expect((await made.app.request(`${TICKETS}/${TICKET_ID}`, { headers })).status).toBe(503);
  });

  it("answers 503 when the database is away, and 500 for what no retry mends, without saying what exactly", async () => {
    const secret = "postgres://user:hunter2@db";
    made.faults.failure = new FleetError("STORE_UNAVAILABLE", secret, { retryable: true });
    const away = await post('{"user_id":"u1"}');
    expect(away.status).toBe(503);
    expect(away.headers.get("retry-after")).toBe("2");
    expect(await away.text()).not.toContain("hunter2");
    made.faults.failure = new FleetError("STORE_ACCESS_DENIED", secret);
    expect((await post('{"user_id":"u1"}')).status).toBe(503);
    made.faults.failure = new Error(secret);
    const broken = await post('{"user_id":"u1"}');
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain("hunter2");
  });

  it("logs some of the requests that fail while the database is away, and how many others did", async () => {
    made.faults.failure = new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });
    for (let count = 0; count < 30; count += 1) await post('{"user_id":"u1"}');
    await made.clock.advance(MINUTE_MS);
    expect(made.failed).toHaveLength(6);
    expect(made.failed[0]).toMatchObject({ method: "POST", error_code: "STORE_UNAVAILABLE", error_message: "away" });
    expect(made.failed[5]).toMatchObject({ method: "POST", error_code: "STORE_UNAVAILABLE", more_count: 25 });
  });
});

it.each(["/api/jobs", "/api/jobs/redrive", "/api/bot/start", "/api/bot/commands", "/api/inngest", TICKETS])(
  "refuses JSON that is nested too deeply for %s before anything descends into it",
  async (path) => {
    const nested = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    for (const body of [nested, `{"payload":${nested}}`, `{"bot_id":"b","config":${nested}}`]) {
      const response = await post(body, json, path);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: "HTTP_TOO_DEEP", field: "body" });
    }
    expect(made.calls).toEqual([]);
  },
);

describe("operation", () => {
  it("is alive whatever the dependencies do, and ready only with them", async () => {
    const database = made.health.dependency("database", { required: true });
    expect((await made.app.request("/healthz")).status).toBe(200);
    const notReady = await made.app.request("/readyz");
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toMatchObject({
      status: "not-ready",
      role: "fleet",
      dependencies: [{ name: "database", state: "down" }],
    });
    database.set({ state: "ok" });
    expect((await made.app.request("/readyz")).status).toBe(200);
    made.health.startDraining();
    expect((await made.app.request("/readyz")).status).toBe(503);
    expect((await made.app.request("/healthz")).status).toBe(200);
  });

  it("is not ready before the schema is up to date, though nothing is known to be down", async () => {
    made.state.phase = "starting";
    const starting = await made.app.request("/readyz");
    expect(starting.status).toBe(503);
    expect(await starting.json()).toMatchObject({ ok: false, status: "not-ready" });
    expect(await (await made.app.request("/api/health")).json()).toMatchObject({
      status: "not-ready",
      phase: "starting",
    });
    made.state.phase = "open";
    expect((await made.app.request("/readyz")).status).toBe(200);
  });

  it("names no room, topic, person or error to a stranger, and all of them to the holder of the token", async () => {
    const id = "0190c0de-0000-7000-8000-000000000001";
    const at = { at: "2026-01-01T00:00:00.000Z" };
    const report = made.sources.connections.report();
    const change = { ...at, state: "lost", errorClass: "permission", reason: `no right to read from room:${id}` };
    const error = { ...at, connection: `channel ada room:${id}`, errorClass: "permission", reason: "no right" };
    made.sources.connections.report = () => ({
      ...report,
      troubled: [{ connection: `channel ada room:${id}`, changes: [change] }],
      errors: {
        byClass: { permission: 1 },
        patterns: [{ errorClass: "permission", pattern: "no right to read from room:ada", count: 1, lastAt: at.at }],
        recent: [error],
      },
    });
    made.health.dependency("realtime", { required: true }).set({ state: "down", detail: `room ${id} is not joined` });
    made.health.reportLoop("lobby").failed(new Error(`ticket ${id} cannot be written`));
    const authorization = `Bearer ${TOKEN}`;
    for (const path of ["/healthz", "/readyz", "/api/health", "/api/health/system", "/metrics", "/openapi.json"]) {
      for (const headers of [{}, { authorization: `${authorization}x` }]) {
        expect(await (await made.app.request(path, { headers })).text()).not.toMatch(/0190c0de|ada\b|no right/);
      }
    }
    const stranger = await (await made.app.request("/api/health")).json();
    expect(stranger).toMatchObject({
      hasDetails: false,
      dependencies: [{ detail: "room <id> is not joined" }],
      connections: { troubled: [], errors: { byClass: { permission: 1 }, recent: [] } },
    });
    const whole = await (await made.app.request("/api/health", { headers: { authorization } })).json();
    expect(whole).toMatchObject({
      hasDetails: true,
      dependencies: [{ detail: `room ${id} is not joined` }],
      connections: { troubled: [{ connection: `channel ada room:${id}` }], errors: { recent: [error] } },
    });
  });

  it("shows the fleet and the connections", async () => {
    const body = await (await made.app.request("/api/health")).json();
    expect(body).toMatchObject({
      version: "1",
      phase: "open",
      uptimeMs: 0,
      fleet: snapshot,
      pool: { sockets: { open: 0 }, channels: { joined: 0 } },
      matchWaitMs: { p50: 100, p95: 300 },
      work: { jobs: { pending: 4 }, messages: { dead: 2 } },
      connections: { sockets: { active: 1 } },
    });
  });

  it("counts requests by route and status class, never by path", async () => {
    await post("{");
    await made.app.request(`${TICKETS}/${TICKET_ID}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const metrics = await (await made.app.request("/metrics")).text();
    expect(metrics).toContain('route="/api/match/tickets/:id"');
    expect(metrics).not.toContain(TICKET_ID);
  });

  it.each([
    ["PUT", TICKETS, "POST"],
    ["GET", TICKETS, "POST"],
    ["PATCH", `${TICKETS}/${TICKET_ID}`, "GET, HEAD, DELETE"],
    ["GET", "/api/jobs/redrive", "POST"],
    ["DELETE", "/api/jobs/process", "GET, HEAD, POST"],
    ["POST", "/readyz", "GET, HEAD"],
    ["OPTIONS", "/openapi.json", "GET, HEAD"],
  ])("answers 405 for %s %s, and says which methods there are", async (method, path, allow) => {
    const response = await made.app.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.json()).toMatchObject({ code: "HTTP_METHOD_NOT_ALLOWED", status: 405 });
    expect((await made.app.request("/readyz", { method: "HEAD" })).status).toBe(200);
  });

  it("has no words of a library in its refusals", async () => {
    const texts: string[] = [];
    for (const [body, path] of [
      ['{"user_id":""}', TICKETS],
      [JSON.stringify({ user_id: "u".repeat(129) }), TICKETS],
      ['{"bot_id":"a","command":"DANCE"}', "/api/bot/commands"],
      ['{"bot_id":"a","owner_id":"ada"}', "/api/bot/start"],
      ['{"type":"a","priority":1000}', "/api/jobs"],
      ['{"type":"a","run_at":"soon"}', "/api/jobs"],
      ['{"limit":1e400}', "/api/jobs/redrive"],
    ] as const) {
      const response = await post(body, json, path);
      expect(response.status).toBe(422);
      texts.push(await response.text());
    }
    expect(texts.filter((text) => /Invalid|Too (small|big)|expected|received|[<>]=/.test(text))).toEqual([]);
  });

  it("answers an unknown address with a problem", async () => {
    const response = await made.app.request("/nowhere");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "HTTP_UNKNOWN_ROUTE" });
  });
});
