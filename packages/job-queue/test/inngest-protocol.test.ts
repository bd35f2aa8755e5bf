import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createInngestPort } from "../src/inngest/adapters/inngest-sdk.ts";
import type { CallResult, InngestEvent, InngestPort } from "../src/inngest/port.ts";
import { type InngestStandIn, startInngestStandIn } from "./inngest-stand-in.ts";

const PREVIOUS_KEY = `signkey-test-${"0b".repeat(32)}`;
const FOREIGN_KEY = `signkey-test-${"ff".repeat(32)}`;

const event = (id: string, given: Partial<InngestEvent> = {}): InngestEvent => ({
  id,
  jobId: "7",
  type: "report",
  priority: 3,
  dueAtMs: Date.UTC(2026, 0, 1),
  notBeforeMs: null,
  ...given,
});

const onTheWire = (id: string, data: Record<string, unknown> = {}) => ({
  id,
  name: "shoal/job.due",
  ts: Date.UTC(2026, 0, 1),
  data: { job_id: "7", ...data },
});

describe("Inngest by its SDK", () => {
  let inngest: InngestStandIn;
  let server: ReturnType<typeof Bun.serve>;
  let port: InngestPort;
  let calls: string[];
  let onCall: (jobId: string) => Promise<CallResult>;

  beforeEach(() => {
    inngest = startInngestStandIn();
    calls = [];
    onCall = async () => ({ outcome: "ran" });
    port = createInngestPort({
      appId: "shoal-test",
      eventKey: inngest.eventKey,
      signingKey: inngest.signingKey,
      previousSigningKey: PREVIOUS_KEY,
      baseUrl: inngest.url,
      onCall: (jobId) => {
        calls.push(jobId);
        return onCall(jobId);
      },
    });
    server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: (request) => port.handle(request) });
  });
  afterEach(async () => {
    await inngest[Symbol.asyncDispose]();
    await server.stop(true);
    vi.unstubAllEnvs();
  });

  const served = () => `http://127.0.0.1:${server.port}/api/inngest`;
  const send = (events: readonly InngestEvent[], signal = new AbortController().signal) => port.send(events, signal);

  it("registers one function, is told of an event and calls for its job", async () => {
    const { status, functions } = await inngest.sync(served());
    expect(status).toBe(200);
    expect(functions).toMatchObject([{ id: "shoal-test-run-job", triggers: [{ event: "shoal/job.due" }] }]);
    await send([event("e1"), event("e2", { jobId: "8" })]);
    await inngest.settled();
    expect(inngest.events.map(({ id, data }) => [id, data])).toEqual([
      ["e1", { job_id: "7", type: "report", priority: 3 }],
      ["e2", { job_id: "8", type: "report", priority: 3 }],
    ]);
    // The two runs are called for at the same time, and end in any order.
    const runs = inngest.runs.map(({ jobId, status: ended, output }) => [jobId, ended, output]);
    expect(runs.toSorted()).toEqual([
      ["7", "completed", { outcome: "ran" }],
      ["8", "completed", { outcome: "ran" }],
    ]);
  });

  it("registers at a self-hosted Inngest, which asks it to do so by itself", async () => {
    const { status, functions } = await inngest.sync(served(), "out_of_band");
    expect(status).toBe(200);
    expect(functions[0]?.steps.step.runtime.url).toBe(`${served()}?fnId=shoal-test-run-job&stepId=step`);
    await send([event("e1")]);
    await inngest.settled();
    expect(calls).toEqual(["7"]);
  });

  it("sleeps at Inngest until the workers have had their time, without calling for the job before", async () => {
    await inngest.sync(served());
    inngest.sleeps = "held";
    await send([event("e1", { notBeforeMs: Date.UTC(2026, 0, 1, 0, 1) })]);
    await inngest.until(() => inngest.sleeping === 1);
    expect(inngest.events[0]?.data.not_before).toBe("2026-01-01T00:01:00.000Z");
    expect(calls).toEqual([]);
    inngest.wake();
    await inngest.settled();
    expect(calls).toEqual(["7"]);
    expect(inngest.runs).toMatchObject([{ calls: 2, status: "completed" }]);
  });

  it("is called again after a call that failed", async () => {
    await inngest.sync(served());
    onCall = async () => {
      if (calls.length < 3) throw new Error("the database is away");
      return { outcome: "ran" };
    };
    await send([event("e1")]);
    await inngest.settled();
    expect(inngest.runs).toMatchObject([{ calls: 3, status: "completed" }]);
  });

  it("refuses an event that names no job, for good", async () => {
    await inngest.sync(served());
    for (const job_id of ["7; drop table", "0", "99999999999999999999"]) {
      const response = await inngest.call(onTheWire("e1", { job_id }));
      expect([response.status, response.headers.get("x-inngest-no-retry")]).toEqual([400, "true"]);
    }
    expect(calls).toEqual([]);
  });

  it("takes calls signed with the key or the one before it, and nobody else's", async () => {
    await inngest.sync(served());
    const statusOf = async (options: { key?: string; at?: number }) =>
      (await inngest.call(onTheWire("e1"), options)).status;
    expect(await statusOf({})).toBe(200);
    expect(await statusOf({ key: PREVIOUS_KEY })).toBe(200);
    expect(calls).toHaveLength(2);
    expect(await statusOf({ key: FOREIGN_KEY })).toBe(401);
    expect(await statusOf({ at: Math.floor(Date.now() / 1000) - 3_600 })).toBe(401);
    expect(calls).toHaveLength(2);
  });

  it.each(["GET", "PUT", "POST"])("refuses a %s without a signature, and calls nobody for it", async (method) => {
    const body = method === "GET" ? {} : { body: "{}" };
    const response = await fetch(`${served()}?fnId=shoal-test-run-job&stepId=step`, { method, ...body });
    expect(response.status).toBe(401);
    expect(calls).toEqual([]);
    expect(inngest.requestCount).toBe(0);
  });

  it("reads nothing of the environment: not a key, not an address, not the switch that turns signatures off", async () => {
    vi.stubEnv("INNGEST_DEV", "1");
    vi.stubEnv("INNGEST_SIGNING_KEY_FALLBACK", FOREIGN_KEY);
    vi.stubEnv("INNGEST_EVENT_API_BASE_URL", "http://127.0.0.1:1/");
    vi.stubEnv("INNGEST_ENABLE_UNAUTHED_SYNC", "1");
    vi.stubEnv("INNGEST_ENV", "somewhere-else");
    vi.stubEnv("INNGEST_SERVE_ORIGIN", "http://elsewhere.example");
    let asked: Request | undefined;
    const inEnvironment = createInngestPort({
      appId: "shoal-test",
      eventKey: inngest.eventKey,
      signingKey: inngest.signingKey,
      onCall: async () => ({ outcome: "ran" }),
      fetch: async (input, init) => {
        asked = new Request(String(input), init);
        return Response.json({ ids: [], status: 200 });
      },
    });
    await inEnvironment.send([event("e1")], new AbortController().signal);
    expect(asked?.url).toBe(`https://inn.gs/e/${inngest.eventKey}`);
    expect(asked?.headers.get("x-inngest-env")).toBeNull();
    port = inEnvironment;
    expect((await fetch(served(), { method: "PUT", body: "{}" })).status).toBe(401);
    const { functions } = await inngest.sync(served());
    expect(functions[0]?.steps.step.runtime.url).toContain(served());
    expect((await inngest.call(onTheWire("e1"), { key: FOREIGN_KEY })).status).toBe(401);
    expect((await inngest.call(onTheWire("e1"))).status).toBe(200);
  });

  describe("when events cannot be sent", () => {
    it.each([
      [{ kind: "status", status: 500 }, "INNGEST_UNAVAILABLE", { status: 500 }],
      [{ kind: "status", status: 429 }, "INNGEST_UNAVAILABLE", { status: 429 }],
      [{ kind: "status", status: 401 }, "INNGEST_REFUSED", { status: 401 }],
      [{ kind: "status", status: 400 }, "INNGEST_REFUSED", { status: 400 }],
      [{ kind: "foreign" }, "INNGEST_UNAVAILABLE", {}],
    ] as const)("says of %j that it is %s, after one request", async (behaviour, code, details) => {
      inngest.behave(behaviour);
      await expect(send([event("e1")])).rejects.toMatchObject({ code, details });
      expect(inngest.requestCount).toBe(1);
    });

    it("says that it is unavailable when nobody is there, and never where", async () => {
      await inngest.goAway();
      const failure = await send([event("e1")]).then(String, (thrown: unknown) => thrown);
      expect(failure).toMatchObject({ code: "INNGEST_UNAVAILABLE", retryable: true });
      expect(JSON.stringify([failure, (failure as Error).cause, `${failure}`])).not.toContain(inngest.eventKey);
    });

    it.each([{ kind: "silent" }, { kind: "mute" }] as const)("breaks off when it is %j", async (behaviour) => {
      inngest.behave(behaviour);
      const limit = new AbortController();
      const sending = send([event("e1")], limit.signal);
      await inngest.until(() => inngest.requestCount === 1);
      limit.abort();
      await expect(sending).rejects.toMatchObject({ code: "INNGEST_UNAVAILABLE", details: { reason: "time limit" } });
    });
  });
});
