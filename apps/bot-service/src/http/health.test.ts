import { SECOND_MS } from "@shoal/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { databaseHealth, makeApp, queuesHealth, type TestApp } from "./http.test-support.ts";

let made: TestApp;
beforeEach(() => {
  made = makeApp();
});

const get = async (name: string) => await made.app.request(`/api/health/${name}`);

describe("health", () => {
  it("shows the queues as they were judged, to anybody", async () => {
    const response = await get("queues");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(queuesHealth);
  });

  it.each(["queues", "db"])("answers 503 when the health of %s is critical", async (name) => {
    made.state.queues = { ...queuesHealth, status: "critical" };
    made.state.database = { ...databaseHealth, status: "critical" };
    const response = await get(name);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "critical" });
  });

  it("asks the database once a second, however many ask here", async () => {
    await Promise.all([get("queues"), get("queues"), get("db"), get("db")]);
    expect(made.calls).toEqual([["queues"], ["database"]]);
    await made.clock.advance(SECOND_MS);
    await get("queues");
    expect(made.calls).toHaveLength(3);
  });

  it("asks nothing anew while the database has not answered yet, however long that takes", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    made.faults.figuresGate = promise;
    const first = get("queues");
    await made.clock.advance(30 * SECOND_MS);
    const second = get("queues");
    resolve();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(made.calls).toHaveLength(1);
    await get("queues");
    expect(made.calls).toHaveLength(2);
  });

  it("refuses with a problem where the figures cannot be had", async () => {
    made.faults.failure = new Error("no such table");
    const response = await get("queues");
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });

  it("has no queues to show before their tables are there", async () => {
    made.state.phase = "starting";
    const response = await get("queues");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "HTTP_NOT_OPEN" });
    expect(made.calls).toEqual([]);
    expect((await get("db")).status).toBe(200);
  });

  it("shows the process", async () => {
    await made.clock.advance(2 * SECOND_MS);
    expect(await (await get("system")).json()).toEqual({
      status: "healthy",
      version: "1",
      runtime: "bun 1.4.5",
      uptimeMs: 2000,
      memory: { residentBytes: 2, heapUsedBytes: 1 },
      cpu: { seconds: 1, ratio: 0.5 },
      eventLoop: { lagMs: 0, maxLagMs: 0 },
      openFiles: null,
    });
  });

  it.each([
    [199, true, 200, "healthy"],
    [200, true, 200, "warning"],
    [0, false, 503, "critical"],
  ])("judges a loop that was away for %i ms, alive %s, with %i: %s", async (maxLagMs, ok, status, word) => {
    const alive = ok ? "alive" : "stuck";
    made.health.liveness = () => ({ ok, status: alive, eventLoop: { lagMs: 0, maxLagMs }, loops: [] });
    const response = await get("system");
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status: word });
  });
});
