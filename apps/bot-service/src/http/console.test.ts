import { expect, it } from "vitest";
import { makeApp, TOKEN } from "./http.test-support.ts";

const authorization = `Bearer ${TOKEN}`;

it.each(["starting", "open", "draining"] as const)(
  "while the daemon is %s, snapshot, stream and history are answered",
  async (phase) => {
    const { app, state } = makeApp();
    state.phase = phase;
    for (const path of ["snapshot", "history", "stream"]) {
      const answer = await app.request(`/api/console/${path}`, { headers: { authorization } });
      expect([path, answer.status, answer.headers.get("cache-control")]).toEqual([path, 200, "no-store"]);
      await answer.body?.cancel();
    }
  },
);

it("refuses a stream where as many listen as are served, and says when to try again", async () => {
  const { app, faults } = makeApp();
  faults.areStreamsFull = true;
  const answer = await app.request("/api/console/stream", { headers: { authorization } });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  expect(await answer.json()).toMatchObject({ code: "CONSOLE_TOO_MANY_STREAMS" });
});

it.each([
  ["step=10s&series=lag_ms,cpu_ratio,lag_ms&count=3", ["10s", ["lag_ms", "cpu_ratio"], 3]],
  ["", ["1s", [""], 10_000]],
])("asks for the history %s", async (query, call) => {
  const { app, calls } = makeApp();
  const answer = await app.request(`/api/console/history?${query}`, { headers: { authorization } });
  expect([answer.status, calls]).toEqual([200, [["history", ...call]]]);
});

it.each([
  ["/api/console/history?step=1m", "step"],
  ["/api/console/history?count=0", "count"],
  ["/api/console/person", "user_id"],
  ["/api/console/person?user_id=%00", "user_id"],
])("refuses %s", async (path, field) => {
  const { app, calls } = makeApp();
  const answer = await app.request(path, { headers: { authorization } });
  expect([answer.status, ((await answer.json()) as { field: string }).field, calls]).toEqual([422, field, []]);
});
