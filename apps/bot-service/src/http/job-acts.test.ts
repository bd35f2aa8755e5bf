import { beforeEach, expect, it } from "vitest";
import { ask, makeApp, type TestApp } from "./http.test-support.ts";

let made: TestApp;
beforeEach(() => {
  made = makeApp();
});

it("lists jobs by the filter that an act has", async () => {
  const query = "error_code=BAD&created_before=2026-01-02T00:00:00Z&status=dead";
  expect((await ask(made, "GET", `/api/jobs?${query}`)).status).toBe(200);
  const filter = { errorCode: "BAD", createdBefore: new Date("2026-01-02T00:00:00Z"), status: "dead" };
  expect(made.calls).toEqual([["list", { ...filter, limit: 100 }]]);
});

it("counts what an act would find, and begins it, and says who asked", async () => {
  const filter = { type: "risk_check", status: "dead", error_code: "BAD", created_before: "2026-01-02T00:00:00Z" };
  const dry = await ask(made, "POST", "/api/jobs/act", { action: "redrive", filter, dry_run: true });
  expect([dry.status, await dry.json()]).toEqual([200, { count: 100_000, is_exact: false }]);
  const begun = await ask(made, "POST", "/api/jobs/act", { action: "cancel", filter: { ids: ["9", "7"] } });
  expect([begun.status, begun.headers.get("location")]).toEqual([202, "/api/jobs/acts/3"]);
  expect(await begun.json()).toMatchObject({
    id: "3",
    status: "running",
    job_type: "risk_check",
    expected: 100_001,
    acted: 1000,
  });
  await ask(made, "POST", "/api/jobs/act", { action: "delete", queue: "alert_jobs", filter: { error_code: "BAD" } });
  const asked = {
    type: "risk_check",
    status: "dead",
    errorCode: "BAD",
    createdBefore: new Date("2026-01-02T00:00:00Z"),
  };
  expect(made.calls).toEqual([
    ["countActed", { action: "redrive", filter: asked }],
    ["startAct", "api", { action: "cancel", filter: { ids: ["9", "7"] } }],
    ["startAct", "api", { action: "delete", queue: "alert_jobs", filter: { errorCode: "BAD" } }],
  ]);
});

it("shows acts, and stops one", async () => {
  expect(await (await ask(made, "GET", "/api/jobs/acts?limit=5")).json()).toMatchObject({ acts: [{ id: "3" }] });
  expect(await (await ask(made, "GET", "/api/jobs/acts/3")).json()).toMatchObject({ id: "3", actor: "console" });
  expect((await ask(made, "POST", "/api/jobs/acts/3/stop")).status).toBe(200);
  expect((await ask(made, "POST", "/api/jobs/acts/4/stop")).status).toBe(404);
});

it("shows queues, their messages and letters, and acts on letters", async () => {
  expect(await (await ask(made, "GET", "/api/queues")).json()).toEqual({
    queues: [{ queue: "alert_jobs", length: 2, visible: 1, oldest_ms: 30, dlq_length: 1, has_handler: true }],
    has_pgmq: true,
  });
  const page = await ask(made, "GET", "/api/queues/alert_jobs/messages?dead=true&limit=1&after=4");
  expect(await page.json()).toMatchObject({
    messages: [{ id: "5", code: "ALERT_REFUSED", stored_bytes: 40 }],
    next: "5",
  });
  const one = await ask(made, "GET", "/api/queues/alert_jobs/message?message_id=5");
  expect(await one.json()).toMatchObject({ id: "5", payload: { n: 1 }, is_too_large: false });
  const letters = { action: "delete", message_ids: ["5", "6"] };
  expect(await (await ask(made, "POST", "/api/queues/alert_jobs/letters", letters)).json()).toEqual({ count: 2 });
  expect(made.calls).toEqual([
    ["messages", { queue: "alert_jobs", isDead: true }, { limit: 1, after: "4" }],
    ["message", { queue: "alert_jobs", isDead: false }, "5"],
    ["letters", "api", "alert_jobs", "delete", ["5", "6"]],
  ]);
});

it("shows who waits and why, who talks, and what ended", async () => {
  const line = await ask(made, "GET", "/api/match/line?limit=5");
  expect(await line.json()).toMatchObject({
    waiting: [
      { user_id: "u1", waited_ms: 1200, why: { code: "next-cycle", words: "Nothing holds this person back." } },
    ],
    next: null,
  });
  const live = await ask(made, "GET", "/api/matches");
  expect(await live.json()).toMatchObject({ matches: [{ status: "live", seats: [{ id: "u1", confirmed: true }] }] });
  expect(await (await ask(made, "GET", "/api/matches/ends")).json()).toEqual({
    ends: [{ reason: "left", last_hour: 1, last_day: 2 }],
  });
  expect(made.calls).toEqual([
    ["line", { limit: 5 }],
    ["matches", "live", { limit: 100 }],
  ]);
});

it("ends a match, and says so where it is over already", async () => {
  const path = "/api/matches/0d9f2d3e-5a1b-4c7d-8e9f-0a1b2c3d4e5f";
  expect(await (await ask(made, "GET", path)).json()).toMatchObject({ status: "live" });
  expect((await ask(made, "POST", `${path}/end`)).status).toBe(200);
  expect(made.calls).toEqual([["endMatch", "0d9f2d3e-5a1b-4c7d-8e9f-0a1b2c3d4e5f", "api"]]);
  made.state.isMatchOver = true;
  const over = await ask(made, "POST", `${path}/end`);
  expect([over.status, await over.json()]).toMatchObject([409, { code: "HTTP_MATCH_OVER" }]);
});

it.each([
  ["POST", "/api/jobs/act", { action: "redrive", filter: { status: "pending" } }, 422, "filter.status"],
  ["POST", "/api/jobs/act", { action: "cancel", filter: { status: "dead" } }, 422, "filter.status"],
  ["POST", "/api/jobs/act", { action: "delete", filter: {} }, 422, "action"],
  ["POST", "/api/jobs/act", { action: "retry", queue: "alert_jobs" }, 422, "action"],
  ["POST", "/api/jobs/act", { action: "redrive", queue: "alert_jobs", filter: { type: "a" } }, 422, "filter"],
  ["POST", "/api/jobs/act", { action: "redrive", filter: { type: "\0" } }, 422, "filter.type"],
  ["POST", "/api/jobs/act", { action: "redrive", filter: { error_code: "\ud800" } }, 422, "filter.error_code"],
  ["POST", "/api/jobs/act", { action: "redrive", filter: { colour: 1 } }, 422, "filter.colour"],
  ["POST", "/api/jobs/act", { action: "redrive", filter: { created_before: "now" } }, 422, "filter.created_before"],
  ["POST", "/api/jobs/act", { action: "redrive", queue: "alert_jobs", filter: { ids: ["1"] } }, 422, "filter"],
  ["POST", "/api/jobs/act", { action: "retry", filter: { ids: ["0"] } }, 422, "filter.ids.0"],
  ["POST", "/api/jobs/act", { action: "retry", filter: { ids: [] } }, 422, "filter.ids"],
  ["POST", "/api/jobs/act", { filter: {} }, 422, "action"],
  ["GET", "/api/jobs/acts/0", undefined, 404, "id"],
  ["GET", "/api/queues/Bad!/messages", undefined, 404, "id"],
  ["GET", "/api/queues/alert_jobs/messages?dead=yes", undefined, 422, "dead"],
  ["GET", "/api/queues/alert_jobs/message", undefined, 422, "message_id"],
  ["GET", "/api/queues/alert_jobs/message?message_id=6", undefined, 404, "message_id"],
  ["POST", "/api/queues/alert_jobs/letters", { action: "delete", message_ids: [] }, 422, "message_ids"],
  ["GET", "/api/match/line?after=x", undefined, 422, "after"],
  ["GET", "/api/matches?status=lost", undefined, 422, "status"],
  ["POST", "/api/matches/7/end", undefined, 404, "id"],
])("refuses %s %s %j with %i, naming %s", async (method, path, body, status, field) => {
  const response = await ask(made, method, path, body);
  expect([response.status, await response.json()]).toMatchObject([status, { field }]);
  expect(made.calls.filter(([call]) => call !== "message")).toEqual([]);
});
