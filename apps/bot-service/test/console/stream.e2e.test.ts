import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConsoleEvent, ConsoleLine, ConsoleSnapshot } from "../../src/http/bodies.ts";
import { consoleSnapshot } from "../../src/http/console-snapshot-body.ts";
import { startTestService, type TestService, until } from "../test-service.ts";

interface Frame {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: ConsoleSnapshot | ConsoleEvent | ConsoleLine | { readonly missed: number | null };
}

/** Reads server-sent events until `isEnough`, then goes away; or until the end. */
async function readStream(
  service: TestService,
  isEnough: (frames: readonly Frame[]) => boolean,
  lastEventId?: string,
): Promise<Frame[]> {
  const { SHOAL_URL, SHOAL_API_TOKEN } = service.environment;
  const answer = await fetch(`${SHOAL_URL}/api/console/stream`, {
    headers: { authorization: `Bearer ${SHOAL_API_TOKEN}`, ...(lastEventId && { "last-event-id": lastEventId }) },
  });
  expect(answer.status).toBe(200);
  const frames: Frame[] = [];
  let text = "";
  for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(block.split("\n").map((line) => line.split(/: (.*)/s) as [string, string]));
      const event = fields.get("event");
      if (event) frames.push({ event, id: fields.get("id"), data: JSON.parse(fields.get("data") ?? "null") });
    }
    if (isEnough(frames)) break;
  }
  return frames;
}

const has =
  (name: string, count = 1) =>
  (frames: readonly Frame[]) =>
    frames.filter(({ event }) => event === name).length >= count;

describe("the console's stream of a daemon", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
    await until(async () => (await service.get("/readyz")).status === 200);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it("begins with a snapshot, and goes on with one each second", async () => {
    const frames = await readStream(service, has("snapshot", 3));
    expect(frames[0]?.event).toBe("snapshot");
    const latest = consoleSnapshot.parse(frames.at(-1)?.data);
    expect(latest).toMatchObject({ role: "all", phase: "open", readiness: { ok: true } });
    const asked = await service.api("GET", "/api/console/snapshot");
    expect(consoleSnapshot.parse(await asked.json()).boot_id).toBe(latest.boot_id);
  });

  it("shows what happens, and goes on after the last that one has had", async () => {
    for (const user_id of ["ann", "bob"]) await service.api("POST", "/api/match/tickets", { user_id, name: user_id });
    const isOf =
      (type: string) =>
      ({ data }: Frame) =>
        "type" in data && data.type === type;
    const before = await readStream(service, (frames) => frames.some(isOf("match:made")));
    expect(has("line")(before)).toBe(true);
    const at = before.findIndex(isOf("ticket:opened"));
    const after = await readStream(service, (frames) => frames.some(isOf("match:made")), before[at]?.id);
    const ids = (frames: readonly Frame[]) => frames.flatMap(({ id }) => id ?? []);
    expect(ids(after)[0]).toBe(ids(before.slice(at + 1))[0]);
    expect(has("gap")(after)).toBe(false);
  });

  it("is for who has the token alone", async () => {
    for (const path of ["snapshot", "stream"]) expect((await service.get(`/api/console/${path}`)).status).toBe(401);
  });

  it("ends with the drain", async () => {
    const reading = readStream(service, () => false);
    await until(async () => {
      const asked = (await (await service.api("GET", "/api/console/snapshot")).json()) as ConsoleSnapshot;
      return asked.process.streams === 1;
    });
    const report = await service.drain();
    expect(report).toMatchObject({ clean: true, left: { timers: 0 } });
    expect((await reading).at(-1)?.event).toBeDefined();
  });
});

describe("the console's stream of a daemon of the role worker, whose database is away", () => {
  it("shows that it starts, and why it is not ready, and ends with the drain", async () => {
    // Nothing listens there.
    await using service = await startTestService({
      SHOAL_ROLE: "worker",
      DATABASE_URL: "postgres://shoal@127.0.0.1:1/shoal",
    });
    const isLate = ({ readiness }: ConsoleSnapshot) =>
      readiness.dependencies.some(
        ({ name, state, error_code }) => name === "database" && state === "down" && error_code !== null,
      );
    const frames = await readStream(service, (seen) => seen.some(({ data }) => "readiness" in data && isLate(data)));
    const latest = consoleSnapshot.parse(frames.findLast(({ event }) => event === "snapshot")?.data);
    expect(latest).toMatchObject({ role: "worker", phase: "starting", readiness: { ok: false, status: "not-ready" } });
    const { left } = await service.drain();
    expect(left.timers).toBe(0);
  });
});
