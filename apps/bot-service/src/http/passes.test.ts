import { MINUTE_MS } from "@shoal/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { ask, makeApp, SECRETS, type TestApp, TOKEN } from "./http.test-support.ts";
import { TRIGGER_BURST, TRIGGERS_PER_MINUTE } from "./throttle.ts";

let made: TestApp;
beforeEach(() => {
  made = makeApp();
});

const bearing = (secret: string) => ({ authorization: `Bearer ${secret}` });

describe("cron and passes", () => {
  it("enqueues what is due for either secret while one takes the place of the other", async () => {
    for (const secret of SECRETS) {
      const response = await ask(made, "POST", "/api/jobs/cron", undefined, bearing(secret));
      expect(await response.json()).toEqual({ enqueued: ["risk_check"] });
    }
    // As pg_net posts it.
    await ask(made, "POST", "/api/jobs/cron", {}, bearing(TOKEN));
    expect(made.calls).toEqual([
      ["cron", "cron"],
      ["cron", "cron"],
      ["cron", "api"],
    ]);
  });

  it("does a pass and answers with its report", async () => {
    const response = await ask(made, "POST", "/api/jobs/process", { batch: 25 }, bearing(SECRETS[0]));
    const report = { claimed: 2, completed: 1, failed: 1, dead: 0, lost: 0 };
    expect(await response.json()).toEqual({ jobs: report, queues: [{ queue: "alert_jobs", ...report }] });
    await ask(made, "POST", "/api/jobs/process");
    expect(made.calls).toEqual([
      ["pass", "cron", { batchSize: 25 }],
      ["pass", "api", {}],
    ]);
  });

  it("may take longer than the server lets a request rest, as may what else waits for another, and nothing more", async () => {
    const long: string[] = [];
    for (const { method, path } of made.app.routes) {
      const request = new Request(`http://shoal${path.replace(":id", "7")}`, { method, headers: bearing(TOKEN) });
      if (method !== "ALL") await made.app.fetch(request, { stayOpen: () => long.push(`${method} ${path}`) });
    }
    const inngest = ["GET", "PUT", "POST"].map((method) => `${method} /api/inngest`);
    const strategies = ["POST /strategies/deploy", "POST /strategies/check"];
    const people = ["GET /api/people/:id", "DELETE /api/people/:id"];
    const wanted = ["POST /api/jobs/process", "GET /api/console/stream", ...strategies, ...people, ...inngest];
    expect(new Set(long)).toEqual(new Set(wanted));
  });

  it("shows how much is in line", async () => {
    const body = await (await ask(made, "GET", "/api/jobs/process", undefined, bearing(SECRETS[1]))).json();
    expect(body).toMatchObject({ dbQueue: { pending: 60 }, pgmqQueues: { totals: { depth: 2 } } });
  });

  it.each([
    ["/api/jobs/cron", { authorization: "" }, 401, "HTTP_UNAUTHORIZED"],
    ["/api/jobs/cron", bearing("cron-secret-that-wents"), 401, "HTTP_UNAUTHORIZED"],
    ["/api/jobs/process", bearing(`${TOKEN}x`), 401, "HTTP_UNAUTHORIZED"],
    ["/api/jobs/process", { authorization: `Basic ${SECRETS[0]}` }, 401, "HTTP_UNAUTHORIZED"],
  ])("refuses %s to %j with %i, and changes nothing", async (path, headers, status, code) => {
    const response = await ask(made, "POST", path, undefined, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(made.calls).toEqual([]);
  });

  it("says so where no secret is set, and opens to the API token all the same", async () => {
    made = makeApp({ cronSecrets: [] });
    const response = await ask(made, "POST", "/api/jobs/cron", undefined, bearing(SECRETS[0]));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "HTTP_NO_SECRET" });
    expect(made.calls).toEqual([]);
    expect((await ask(made, "POST", "/api/jobs/cron")).status).toBe(200);
  });

  it.each([
    [{ batch: 0 }, 422, "batch"],
    [{ batch: 1001 }, 422, "batch"],
    [{ batch: 2.5 }, 422, "batch"],
    [{ batch: "25" }, 422, "batch"],
    [{ size: 25 }, 422, "size"],
    ["{", 400, "body"],
  ])("refuses a pass of %j with %i, naming %s", async (body, status, field) => {
    const response = await ask(made, "POST", "/api/jobs/process", body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ field });
    expect(made.calls).toEqual([]);
  });

  it("never does two passes at once", async () => {
    const gate = Promise.withResolvers<void>();
    made.faults.passGate = gate.promise;
    const first = ask(made, "POST", "/api/jobs/process");
    const second = await ask(made, "POST", "/api/jobs/process");
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ code: "HTTP_PASS_RUNNING" });
    gate.resolve();
    expect((await first).status).toBe(200);
    expect((await ask(made, "POST", "/api/jobs/process")).status).toBe(200);
    expect(made.calls).toHaveLength(2);
  });

  it("does another pass after one that failed", async () => {
    made.faults.failure = new Error("the database fell over");
    expect((await ask(made, "POST", "/api/jobs/process")).status).toBe(500);
    delete made.faults.failure;
    expect((await ask(made, "POST", "/api/jobs/process")).status).toBe(200);
  });

  it.each(["/api/jobs/cron", "/api/jobs/process", "/api/jobs/7/retry", "/api/jobs/7/cancel", "/api/jobs/redrive"])(
    "limits how often %s is triggered by hand, but not by those who may not",
    async (path) => {
      const trigger = (headers = {}) => ask(made, "POST", path, undefined, headers);
      for (let count = 0; count <= TRIGGER_BURST; count += 1) await trigger(bearing("somebody-else-s-secret"));
      for (let count = 0; count < TRIGGER_BURST; count += 1) expect((await trigger()).status).toBe(200);
      const refused = await trigger();
      expect(refused.status).toBe(429);
      expect(refused.headers.get("retry-after")).toBe("2");
      expect(await refused.json()).toMatchObject({ code: "HTTP_TOO_MANY" });
      expect(made.calls).toHaveLength(TRIGGER_BURST);
      await made.clock.advance(MINUTE_MS / TRIGGERS_PER_MINUTE);
      expect((await trigger()).status).toBe(200);
    },
  );

  it.each(["starting", "draining"] as const)("does nothing while %s", async (phase) => {
    made.state.phase = phase;
    for (const path of ["/api/jobs/cron", "/api/jobs/process", "/api/jobs/redrive"]) {
      expect((await ask(made, "POST", path)).status).toBe(503);
    }
    expect(made.calls).toEqual([]);
  });
});

describe("Inngest", () => {
  it("has its calls passed on as they are, up to 4 MB", async () => {
    const post = (body: string) => ask(made, "POST", "/api/inngest", body, { authorization: "" });
    expect(await (await post("x".repeat(2 * 1024 * 1024))).json()).toEqual({ length: 2 * 1024 * 1024 });
    const tooLarge = await post("x".repeat(4 * 1024 * 1024 + 1));
    expect(tooLarge.status).toBe(413);
    expect(await tooLarge.json()).toMatchObject({ code: "HTTP_BODY_TOO_LARGE" });
    made.state.phase = "draining";
    expect((await post("{}")).status).toBe(503);
  });
});
