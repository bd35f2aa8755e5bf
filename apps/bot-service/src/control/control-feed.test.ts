import { FleetError, HOUR_MS, type LogFields, MINUTE_MS, SECOND_MS, silentLog } from "@shoal/kernel";
import type { RowChange } from "@shoal/realtime-pool";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { fakePool } from "../fleet/fakes.test-support.ts";
import { CONTROL_TOPIC, createControlFeed } from "./control-feed.ts";

it("is asked for again soon after it has worked, however often it failed before", async () => {
  const runtime = testRuntime();
  const { pool, channels, channel } = fakePool();
  const feed = createControlFeed({
    pool,
    database: { listen: () => new Promise(() => {}) },
    runtime,
    replicaId: "r1",
    onNews: () => {},
    onState: () => {},
  });
  feed.start();
  const failAfter = async (waitMs: number) => {
    await runtime.clock.advance(waitMs);
    channel(CONTROL_TOPIC).report("failed", { errorClass: "server", reason: "gone" });
    await runtime.clock.advance(0);
  };
  for (let failure = 1; failure <= 6; failure += 1) await failAfter(60 * SECOND_MS);
  await runtime.clock.advance(60 * SECOND_MS);
  expect(channels).toHaveLength(7);
  channel(CONTROL_TOPIC).report("changes-ready", {});
  expect(feed.state.changes).toBe("ready");
  await failAfter(0);
  expect(feed.state.changes).toBe("lost");
  await runtime.clock.advance(3 * SECOND_MS);
  expect(channels).toHaveLength(8);
});

describe("a row that Realtime tells of", () => {
  const AT = { schema: "public", commitTimestamp: "2026-01-01T00:00:00Z", oldRecord: {} };

  async function heard(changes: readonly Pick<RowChange, "type" | "table" | "record">[]) {
    const runtime = testRuntime();
    const { pool, channel } = fakePool();
    const looks: number[] = [];
    const feed = createControlFeed({
      pool,
      database: { listen: () => new Promise(() => {}) },
      runtime,
      replicaId: "r1",
      onNews: () => void looks.push(runtime.clock.monotonicMs()),
      onState: () => {},
    });
    feed.start();
    await runtime.clock.advance(0);
    const startMs = runtime.clock.monotonicMs();
    for (const change of changes) {
      channel(CONTROL_TOPIC).change({ ...AT, ...change });
      await runtime.clock.advance(40);
    }
    await runtime.clock.advance(10 * SECOND_MS);
    return looks.map((atMs) => atMs - startMs);
  }

  it("is looked for at once, and a moment after the last one again: it may not be visible yet", async () => {
    const command = { type: "INSERT", table: "bot_control", record: { id: "1" } } as const;
    expect(await heard([command])).toEqual([0, 100]);
    expect(await heard([command, command])).toEqual([0, 40, 140]);
    expect(await heard([{ type: "UPDATE", table: "bot_control", record: { applied_at: null } }])).toEqual([0, 100]);
    expect(await heard([{ type: "UPDATE", table: "bot_deployments", record: { replica: null } }])).toEqual([0, 100]);
  });

  it("is not looked for where it comes of our own writes", async () => {
    const outcome = { type: "UPDATE", table: "bot_control", record: { applied_at: "2026-01-01" } } as const;
    const taken = { type: "UPDATE", table: "bot_deployments", record: { replica: "r1" } } as const;
    expect(await heard([outcome, taken])).toEqual([]);
  });
});

describe("a feed whose rows Realtime refuses", () => {
  const REFUSAL = { errorClass: "configuration", reason: "Unable to subscribe to changes" } as const;

  function refusedFeed(listens: "ready" | "unsupported") {
    const lines: [string, LogFields][] = [];
    const keep = (level: string) => (fields: LogFields) => void lines.push([level, fields]);
    const log = { ...silentLog, info: keep("info"), warn: keep("warn") };
    const runtime = { ...testRuntime(), log: { ...log, child: () => log } };
    const fake = fakePool();
    const states: string[] = [];
    const feed = createControlFeed({
      pool: fake.pool,
      database: {
        async listen(_channel, _onNotice, onReady) {
          if (listens === "unsupported") throw new FleetError("STORE_LISTEN_UNSUPPORTED", "a transaction pooler");
          onReady?.();
          return { close: async () => {} };
        },
      },
      runtime,
      replicaId: "r1",
      onNews: () => {},
      onState: ({ changes }) => void states.push(changes),
    });
    feed.start();
    const refuse = async () => {
      fake.channel(CONTROL_TOPIC).report("changes-failed", REFUSAL);
      await runtime.clock.advance(0);
    };
    return { feed, lines, states, clock: runtime.clock, ...fake, refuse };
  }

  it("asks again, seldom, on a channel of its own each time, until it is told", async () => {
    const { feed, states, clock, channels, refuse } = refusedFeed("unsupported");
    await clock.advance(0);
    for (let refusal = 1; refusal <= 6; refusal += 1) {
      await refuse();
      expect(feed.state.changes).toBe("refused");
      expect(channels.filter(({ status }) => status === "joined")).toEqual([]);
      expect(channels).toHaveLength(refusal);
      await clock.advance(20 * SECOND_MS);
      expect(channels).toHaveLength(refusal);
      await clock.advance(5 * MINUTE_MS);
      expect(channels).toHaveLength(refusal + 1);
    }
    // It does not look better in between.
    expect(states.slice(states.indexOf("refused") + 1).filter((changes) => changes !== "refused")).toEqual([]);
    channels.at(-1)?.report("changes-ready", {});
    expect(feed.state.changes).toBe("ready");
    await feed.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ["ready", "info"],
    ["unsupported", "warn"],
  ] as const)("with LISTEN %s says once, by the level %s, what to do about it", async (listens, level) => {
    const { feed, lines, clock, refuse } = refusedFeed(listens);
    await clock.advance(0);
    for (let refusal = 1; refusal <= 3; refusal += 1) {
      await refuse();
      await clock.advance(6 * MINUTE_MS);
    }
    expect(lines).toEqual([
      [
        level,
        expect.objectContaining({
          error_code: "CONTROL_FEED_REFUSED",
          error_message: expect.stringContaining("add the tables bot_control and bot_deployments to the publication"),
        }),
      ],
    ]);
    await feed.close();
  });

  it("asks no more once it is closed", async () => {
    const { feed, clock, channels, refuse } = refusedFeed("ready");
    await clock.advance(0);
    await refuse();
    await feed.close();
    await clock.advance(60 * MINUTE_MS);
    expect(channels).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a row stream that is dead though nothing says so", () => {
  function streaming() {
    const lines: string[] = [];
    const keep = (fields: LogFields) => void lines.push(String(fields["error_code"]));
    const log = { ...silentLog, info: keep, warn: keep };
    const runtime = { ...testRuntime(), log: { ...log, child: () => log } };
    const fake = fakePool();
    const states: string[] = [];
    const feed = createControlFeed({
      pool: fake.pool,
      database: { listen: () => Promise.reject(new FleetError("STORE_LISTEN_UNSUPPORTED", "a transaction pooler")) },
      runtime,
      replicaId: "r1",
      onNews: () => {},
      onState: ({ changes }) => void states.push(changes),
    });
    feed.start();
    const { clock } = runtime;
    const ready = async () => {
      await clock.advance(0);
      fake.channel(CONTROL_TOPIC).report("changes-ready", {});
    };
    const told = () =>
      fake.channel(CONTROL_TOPIC).change({
        type: "UPDATE",
        schema: "public",
        table: "bot_control",
        commitTimestamp: "2026-01-01T00:00:00Z",
        record: { applied_at: "2026-01-01" },
        oldRecord: {},
      });
    return { feed, clock, states, lines, ready, told, ...fake };
  }

  it("is found by a command that it tells nothing of, and subscribed to anew", async () => {
    const { feed, clock, states, channels, ready } = streaming();
    await ready();
    await clock.advance(HOUR_MS);
    expect(channels).toHaveLength(1);
    feed.rowWritten();
    await clock.advance(5 * SECOND_MS);
    expect([feed.state.changes, channels.map(({ status }) => status)]).toEqual(["lost", ["released"]]);
    await clock.advance(3 * SECOND_MS);
    await ready();
    expect(states.slice(-3)).toEqual(["lost", "joining", "ready"]);
    await feed.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not taken for dead while it tells of rows, before or after their writer knows, nor while it is away", async () => {
    const { feed, clock, channels, channel, ready, told } = streaming();
    await ready();
    for (let round = 0; round < 5; round += 1) {
      if (round % 2 === 0) told();
      await clock.advance(500);
      feed.rowWritten();
      await clock.advance(500);
      if (round % 2 === 1) told();
      await clock.advance(MINUTE_MS);
    }
    feed.rowWritten();
    channel(CONTROL_TOPIC).report("lost", { errorClass: "network", reason: "gone", silentMs: 0 });
    feed.rowWritten();
    await clock.advance(MINUTE_MS);
    expect(channels).toHaveLength(1);
    await feed.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("is asked for less and less often, and told of once, until it has told of a row", async () => {
    const { feed, clock, channels, lines, ready, told } = streaming();
    const staySilent = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        await ready();
        feed.rowWritten();
        await clock.advance(80 * SECOND_MS);
      }
    };
    await staySilent(6);
    expect([channels.length, lines]).toEqual([7, ["CONTROL_FEED_SILENT"]]);
    await ready();
    feed.rowWritten();
    await clock.advance(30 * SECOND_MS);
    // By now it waits for longer than at first.
    expect(channels.length).toBe(7);
    await clock.advance(50 * SECOND_MS);
    await ready();
    told();
    await clock.advance(MINUTE_MS);
    await staySilent(1);
    expect(lines).toEqual(["CONTROL_FEED_SILENT", "CONTROL_FEED_SILENT"]);
    await feed.close();
  });
});
