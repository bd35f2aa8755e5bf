import { type LogFields, MINUTE_MS, silentLog } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import type { BotKind } from "../fleet/bot-kind.ts";
import { buildFleetConfig } from "../fleet-config.ts";
import type { FleetJobs } from "../jobs/fleet-jobs.ts";
import { named } from "./running-code.ts";
import { createFaultWatch } from "./watch.ts";

function makeWatch() {
  const lines: LogFields[] = [];
  const ours: unknown[] = [];
  const { clock, ...rest } = testRuntime();
  const log = { ...silentLog, error: (fields: LogFields) => void lines.push(fields) };
  const context = { fleetFile: "/srv/fleet.config.ts", home: "/opt/shoal" };
  const watch = createFaultWatch({
    runtime: { ...rest, clock, log },
    ...context,
    onOurs: (_, thrown) => ours.push(thrown),
  });
  let count = 0;
  watch.events.on("user-code:failed", () => {
    count += 1;
  });
  return { watch, clock, lines, ours, getCount: () => count };
}

const thrownAt = (path: string, line = 1) =>
  Object.assign(new Error("mailer is away"), { stack: `Error: mailer is away\n    at post (${path}:${line}:1)` });

it("logs and counts an error of the fleet file, and the daemon goes on", () => {
  const { watch, lines, ours, getCount } = makeWatch();
  watch.handle(thrownAt("/srv/fleet.config.ts"));
  expect(ours).toEqual([]);
  expect(getCount()).toBe(1);
  expect(lines).toMatchObject([
    {
      place: "/srv/fleet.config.ts:1",
      error_code: "Error",
      error_message: "mailer is away",
      stack: expect.stringContaining("at post"),
    },
  ]);
  watch.close();
});

it("hands on an error of our own", () => {
  const { watch, lines, ours, getCount } = makeWatch();
  const error = thrownAt("/opt/shoal/apps/bot-service/src/service.ts");
  watch.handle(error);
  expect(ours).toEqual([error]);
  expect([lines, getCount()]).toEqual([[], 0]);
  watch.close();
});

it("writes a few lines of what happens again and again, counts all, and leaves no timer behind", async () => {
  const { watch, clock, lines, getCount } = makeWatch();
  for (let count = 0; count < 100; count += 1) watch.handle(thrownAt("/srv/fleet.config.ts"));
  expect([lines.length, getCount()]).toEqual([5, 100]);
  await clock.advance(MINUTE_MS);
  expect(lines[5]).toMatchObject({ place: "/srv/fleet.config.ts:1", more_count: 95 });
  watch.close();
  expect(clock.pendingTimers).toBe(0);
});

it.each([
  ["job handler tidy", "handlers"],
  ["queue handler tidy", "queues"],
] as const)("names the %s that runs, also in what it calls later", async (name, key) => {
  const { watch, lines } = makeWatch();
  class Handler {
    readonly #secret = "kept";
    async run() {
      await Promise.resolve();
      watch.handle("thrown in a callback");
      return this.#secret;
    }
    check() {
      return this.#secret;
    }
  }
  const fleet = named(buildFleetConfig({ jobs: { [key]: { tidy: new Handler() } } }, {}), () => {});
  const { run, check } = { ...fleet.jobs[key]?.["tidy"] } as Handler;
  expect([check(), await run()]).toEqual(["kept", "kept"]);
  watch.handle("a rejection");
  expect(lines).toMatchObject([{ code: name }, { recently_called: expect.arrayContaining([name]) }]);
  watch.close();
});

it("names the bot kind that runs, whose other fields stay as they are", async () => {
  const { watch, lines } = makeWatch();
  class Kind {
    readonly kind = "echo";
    readonly names = ["Echo"];
    async onMatched() {
      watch.handle("thrown");
    }
    async onMessage() {}
  }
  const fleet: { botKinds: readonly BotKind[]; jobs: FleetJobs } = { botKinds: [new Kind()], jobs: {} };
  const [kind] = named(fleet, () => {}).botKinds;
  await Reflect.apply(kind?.onMatched ?? (() => {}), kind, []);
  expect([kind?.kind, kind?.names, kind?.onTick]).toEqual(["echo", ["Echo"], undefined]);
  expect(lines).toMatchObject([{ code: "bot kind echo" }]);
  watch.close();
});
