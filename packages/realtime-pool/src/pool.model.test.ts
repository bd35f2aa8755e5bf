import fc from "fast-check";
import { expect, it } from "vitest";
import { FleetModel } from "../test/fleet-model.ts";
import { makePool, type TestPool } from "../test/make-pool.ts";
import { ServerModel } from "../test/server-model.ts";
import type { Evidence } from "./classify.ts";
import { DEFAULT_OPTIONS } from "./options.ts";
import type { JoinPriority, Payload } from "./types.ts";
import type { AskUpgrade } from "./upgrade-diagnosis.ts";

const LIMITS = { joinsPerSecond: 0.5, joinShare: 0.8, channelsPerSocket: 3, maxWaiting: 1000 };
/** So few that holders wait for slots and untried topics find no socket of their own, and so many that none does. */
const MAX_SOCKETS = [6, 40];
const SERVER = { joinsPerSecond: 0.5, peopleShare: 0.2, channelsPerSocket: 3 };
const TOPICS = ["room:1", "room:2", "room:3", "room:4", "vip:1", "vip:2", "lobby"];
const MAX_HOLDERS = 16;

const CLOSE_CODES = [1000, 1001, 1006, 1009, 1011, 1012, 1013];
const STATUSES = [401, 403, 404, 429, 500, 502, 503];
/** One of every class, and both that ask for a fresh token. @source REALTIME.md 2.4 */
const REFUSALS = [
  "never answered",
  "InvalidJWTToken: Token has expired 3 seconds ago",
  "JwtSignatureError: Failed to validate JWT signature",
  "JwtSignerError: Failed to generate JWT signer",
  "Unauthorized: You do not have permissions to read from this Channel topic",
  "TopicNameRequired: You must provide a topic name",
  "PrivateOnly: This project only allows private channels",
  "RealtimeDisabledForTenant: Realtime disabled for this tenant",
  "ClientJoinRateLimitReached: Too many joins per second",
  "ConnectionRateLimitReached: Too many connected users",
  "ChannelRateLimitReached: Too many channels",
  "IncreaseConnectionPool: Please increase your connection pool size",
  "UnableToConnectToProject: Realtime was unable to connect to the project database",
  "QueryCanceled: Query was cancelled",
  "UnknownErrorOnChannel: Unknown Error on Channel",
] as const;
const ENDINGS = [
  "channel_crash",
  "Too many messages per second",
  "Too many presence messages per second",
  "Token has expired 1 seconds ago",
  "You no longer have permission to read from this Channel topic",
];

type Command =
  | {
      readonly kind: "acquire";
      readonly topic: string;
      readonly priority: JoinPriority;
      readonly isPrivate: boolean;
      readonly letsGo: boolean;
    }
  | { readonly kind: "let-go"; readonly pick: number }
  | { readonly kind: "show"; readonly pick: number; readonly entry: Payload | null }
  | { readonly kind: "drop-socket"; readonly pick: number; readonly closeCode: number }
  | { readonly kind: "drop-all"; readonly closeCode: number }
  | { readonly kind: "restart"; readonly closeCode: number; readonly downMs: number }
  | { readonly kind: "end-channel"; readonly pick: number; readonly text: string }
  | { readonly kind: "handshakes"; readonly verdict: "ok" | "hold" | number }
  | { readonly kind: "joins"; readonly topic: RegExp; readonly text: (typeof REFUSALS)[number] | null }
  | { readonly kind: "overrun"; readonly ms: number }
  | { readonly kind: "wait"; readonly ms: number };

const of = <Kind extends Command["kind"]>(
  weight: number,
  kind: Kind,
  fields: {
    [Name in Exclude<keyof Extract<Command, { kind: Kind }>, "kind">]: fc.Arbitrary<
      Extract<Command, { kind: Kind }>[Name]
    >;
  },
) => ({ weight, arbitrary: fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Command> });

const command: fc.Arbitrary<Command> = fc.oneof(
  of(8, "acquire", {
    topic: fc.constantFrom(...TOPICS),
    priority: fc.constantFrom<JoinPriority>("room", "lobby", "idle"),
    isPrivate: fc.integer({ max: 3, min: 0 }).map((number) => number === 0),
    letsGo: fc.integer({ max: 5, min: 0 }).map((number) => number === 0),
  }),
  of(3, "let-go", { pick: fc.nat() }),
  of(5, "show", { pick: fc.nat(), entry: fc.option(fc.record({ number: fc.nat() })) }),
  of(2, "drop-socket", { pick: fc.nat(), closeCode: fc.constantFrom(...CLOSE_CODES) }),
  // Its counters live on, so never with the code by which a server says that it goes.
  of(1, "drop-all", { closeCode: fc.constantFrom(1006, 1001, 1011) }),
  of(1, "restart", { closeCode: fc.constantFrom(1012, 1006), downMs: fc.constantFrom(0, 800, 4000, 20_000) }),
  of(2, "end-channel", { pick: fc.nat(), text: fc.constantFrom(...ENDINGS) }),
  of(1, "handshakes", { verdict: fc.constantFrom<"ok" | "hold" | number>("ok", "hold", ...STATUSES) }),
  of(2, "joins", { topic: fc.constantFrom(/./, /^room/, /1$/), text: fc.constantFrom(...REFUSALS, null) }),
  of(1, "overrun", { ms: fc.integer({ min: 1000, max: 30_000 }) }),
  of(7, "wait", { ms: fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1000, max: 90_000 })) }),
);

async function perform(test: TestPool, server: ServerModel, fleet: FleetModel, next: Command): Promise<void> {
  const { driver, clock } = test;
  switch (next.kind) {
    case "acquire":
      if (fleet.waitingOrJoined.length < MAX_HOLDERS) fleet.acquire(next.topic, next);
      break;
    case "let-go":
      fleet.letGo(next.pick);
      break;
    case "show":
      fleet.show(next.pick, next.entry);
      break;
    case "drop-socket": {
      const { closeCode } = next;
      // The last one of all to go with 1012 is a restart.
      if (closeCode === 1012 && driver.openSockets.length === 1) server.restart(closeCode, 0);
      else driver.openSockets[next.pick % driver.openSockets.length]?.drop({ where: "close", text: "", closeCode });
      break;
    }
    case "drop-all":
      server.dropAll(next.closeCode);
      break;
    case "restart":
      // One that happens while no socket of ours is open, and is over before we look, cannot be seen.
      if (driver.openSockets.length > 0) server.restart(next.closeCode, next.downMs);
      break;
    case "end-channel": {
      const joined = driver.joins.filter(({ isAlive, isJoined }) => isAlive && isJoined);
      joined[next.pick % Math.max(1, joined.length)]?.end({ where: "system", text: next.text });
      break;
    }
    case "handshakes":
      server.handshakes = typeof next.verdict === "number" ? refusedWith(next.verdict) : next.verdict;
      break;
    case "joins":
      server.joinFault = next.text === null ? null : { topic: next.topic, text: next.text };
      break;
    case "overrun":
      server.overrun(next.ms);
      break;
    case "wait":
      await clock.advance(next.ms);
  }
  await clock.advance(0);
  fleet.check();
}

function refusedWith(httpStatus: number): Evidence {
  return { where: "handshake", text: "", httpStatus };
}

/**
 * The longest one after another: a suspended project is looked at again (5 min, 30 % longer) by the breaker and by the
 * channel that was told, a channel's own backoff reaches the cap of its class, and the join budget, down to a sixteenth
 * of 23 joins a minute, lets everybody in while it grows back by a quarter a minute.
 */
const SERVED_WITHIN_MS = (2 * 5 * 1.3 + 15 + 5) * 60_000;

/** Two windows of five calls, and a move that begins in between. */
const SHOWN_WITHIN_MS = 4 * 31_000;

async function checkRecovery({ clock }: TestPool, server: ServerModel, fleet: FleetModel): Promise<void> {
  server.heal();
  for (let waitedMs = 0; waitedMs < SERVED_WITHIN_MS && !fleet.isServed; waitedMs += 10_000) {
    await clock.advance(10_000);
    fleet.check();
  }
  if (!fleet.isServed)
    console.log(
      JSON.stringify(fleet.holders.map((h) => [h.clientId, h.topic, h.status, h.channel?.status])),
      clock.pendingTimers,
    );
  expect(fleet.isServed, "M6: everybody who can be is joined").toBe(true);
  fleet.checkServed();
  for (let waitedMs = 0; waitedMs < SHOWN_WITHIN_MS && !fleet.isShown; waitedMs += 1000) await clock.advance(1000);
  expect(fleet.isShown, "M10: everybody is seen as they last asked to be").toBe(true);
}

async function checkEnd({ pool, driver, clock }: TestPool, server: ServerModel): Promise<void> {
  const closed = pool.close();
  // Those with an entry leave in their turn of the presence budget.
  await clock.advance(DEFAULT_OPTIONS.drainLimitMs);
  await closed;
  expect(clock.pendingTimers - server.pendingTimers, "M5: timers after close").toBe(0);
  server.stop();
  expect(pool.getStats()).toMatchObject({
    sockets: { open: 0, connecting: 0, probing: 0 },
    slots: { held: 0 },
    channels: { waiting: 0, joining: 0, joined: 0 },
  });
  expect(driver.sockets.every((socket) => socket.isOver)).toBe(true);
}

/** Some seconds when it holds; finding the smallest history that fails takes minutes. */
const LIMIT_MS = 600_000;

it("whatever happens to it, the pool keeps its invariants, brings everybody back and drains to nothing", {
  timeout: LIMIT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 80, size: "max" }),
      fc.integer(),
      fc.constantFrom(...MAX_SOCKETS),
      fc.boolean(),
      fc.boolean(),
      async (commands, seed, maxSockets, isClosedInTheMiddle, hasHttp) => {
        const limits = { ...LIMITS, maxSockets };
        let server: ServerModel | null = null;
        const askUpgrade: AskUpgrade = async (signal) => (await server?.ask(signal)) ?? null;
        const test = makePool(limits, { seed, canRefresh: true, ...(hasHttp ? { askUpgrade } : {}) });
        server = new ServerModel(test.clock, test.driver, SERVER);
        const fleet = new FleetModel(test, server, { ...limits, hasSocketForEach: maxSockets > 2 * MAX_HOLDERS });
        for (const next of commands) await perform(test, server, fleet, next);
        if (!isClosedInTheMiddle) await checkRecovery(test, server, fleet);
        await checkEnd(test, server);
      },
    ),
    { numRuns: Number(process.env["POOL_MODEL_RUNS"] ?? 150) },
  );
});
