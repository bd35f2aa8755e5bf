import { FleetError, type Runtime } from "@shoal/kernel";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Database, Sql } from "@shoal/store";
import { emptyTables, type TestDatabase } from "@shoal/testkit";
import { type Control, createControl } from "../src/control/control.ts";
import type { OpenTo } from "../src/control/opening.ts";
import type { ControlEvents } from "../src/control/types.ts";
import type { BotKind } from "../src/fleet/bot-kind.ts";
import { BotRegistry } from "../src/fleet/bot-registry.ts";
import { type FakeChannel, fakePool } from "../src/fleet/fakes.test-support.ts";
import { echoKind } from "../src/fleet/fleet.test-support.ts";
import { BotManager } from "../src/fleet/manager.ts";
import { buildFleetConfig } from "../src/fleet-config.ts";
import { createLimitedLines } from "../src/limited-lines.ts";
import { membersOf } from "../src/replicas/members.test-support.ts";

export const OWNER = "11111111-1111-4111-8111-111111111111";
export const SOMEBODY = "22222222-2222-4222-8222-222222222222";
/** Interval so long that a test finds nothing by polling. */
export const NEVER_MS = 3_600_000;

/** A kind that repeats messages and accepts any settings. */
const kind: BotKind<null> = { ...echoKind, checkSettings: () => null };

export type LoggedEvent = {
  [Name in keyof ControlEvents]: { name: Name } & ControlEvents[Name];
}[keyof ControlEvents];

export interface ReplicaOptions {
  readonly id?: string;
  /** Default: that of the test, whose clock is real. */
  readonly runtime?: Runtime;
  readonly database?: Database<string>;
  readonly pool?: Pick<RealtimePool, "acquire">;
  readonly catchUpMs?: number;
  readonly deployedMax?: number;
  readonly perOwnerCount?: number;
  readonly openTo?: OpenTo;
  readonly leaseMs?: number;
  /** Promise that bots wait for before they are shown in the lobby. Default: they are not shown there. */
  readonly lobby?: () => Promise<void>;
}

export interface Replica extends AsyncDisposable {
  readonly id: string;
  readonly control: Control;
  readonly manager: BotManager;
  readonly registry: BotRegistry;
  /** The channels of its bots. */
  readonly channels: readonly FakeChannel[];
  /** Returns the bot's end of a room. */
  room(roomId: string): FakeChannel;
  readonly log: LoggedEvent[];
  /** Resolves when a round has been done that began after the call. */
  rounds(): Promise<void>;
  seen<Name extends keyof ControlEvents>(name: Name): ControlEvents[Name][];
  /** Resolves when that status of the bot has been reported, now or before. */
  told(botId: string, status: ControlEvents["deployment:changed"]["status"]): Promise<void>;
}

/** The part of a daemon that applies commands and runs deployed bots, with fake rooms. */
export function makeReplica(test: TestDatabase, options: ReplicaOptions = {}): Replica {
  const {
    id = "replica-1",
    runtime = test.runtime,
    database = test.connect(),
    catchUpMs = NEVER_MS,
    deployedMax = 100,
    perOwnerCount = 100,
    openTo = "owners",
    leaseMs,
    lobby,
  } = options;
  const rooms = fakePool(async (topic) => (topic.startsWith("room:") ? undefined : lobby?.()));
  const registry = new BotRegistry(runtime);
  const manager = new BotManager({
    members: membersOf(id),
    pool: rooms.pool,
    fleet: buildFleetConfig({ botKinds: () => [kind] }, { disclosure: true }),
    runtime,
    registry,
    matches: { confirm: () => {}, confirmInRoom: () => {}, end: () => {} },
    scaling: { minCount: 0, maxCount: 0, targetPercentage: 0, stabilizationMs: 1 },
    deployedMax,
    maintenanceIntervalMs: NEVER_MS,
    confirmMs: 8000,
    channelAccess: "private",
    unsent: createLimitedLines({ ...runtime, level: "warn", more: "more" }),
    showsInLobby: lobby !== undefined,
    deployedEntryMax: () => deployedMax,
    countPeople: async () => 0,
  });
  const { pool = noPool } = options;
  const leases = leaseMs === undefined ? {} : { leaseMs };
  const runner = manager.deployed;
  const control = createControl({
    database,
    pool,
    runtime,
    replicaId: id,
    runner,
    catchUpMs,
    perOwnerCount,
    openTo,
    ...leases,
  });
  const log: LoggedEvent[] = [];
  control.events.onAny((name, event) => log.push({ name, ...event } as LoggedEvent));
  const seen = <Name extends keyof ControlEvents>(name: Name) =>
    log.filter((entry) => entry.name === name) as unknown as ControlEvents[Name][];
  return {
    id,
    control,
    manager,
    registry,
    channels: rooms.channels,
    room: (roomId) => rooms.channel(`room:${roomId}`),
    log,
    seen,
    async rounds() {
      // The first may have read the rows before this call.
      for (let round = 1; round <= 2; round += 1) {
        const done = control.events.next("control:round");
        control.nudge();
        await done;
      }
    },
    async told(botId, status) {
      const isIt = (event: ControlEvents["deployment:changed"]) => event.botId === botId && event.status === status;
      if (!seen("deployment:changed").some(isIt)) await control.events.next("deployment:changed", isIt);
    },
    async [Symbol.asyncDispose]() {
      await control.drain(5000).catch(() => {});
      await manager.drain(5000);
    },
  };
}

/** A project whose Realtime never answers. */
export const noPool: Pick<RealtimePool, "acquire"> = {
  acquire: (_topic, { signal } = {}) =>
    new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true })),
};

/** The same database through a transaction pooler, without LISTEN. */
export function deaf(database: Database<string>): Database<string> {
  return {
    ...database,
    async listen() {
      throw new FleetError("STORE_LISTEN_UNSUPPORTED", "a transaction pooler");
    },
  };
}

/** A database for one process, which can die with it or lose an answer. */
export function mortal(database: Database<string>) {
  let isDead = false;
  let losesCommit: "no" | "once" | "and-dies" = "no";
  let held: { committed: () => void; answered: Promise<void> } | undefined;
  const gone = () => new FleetError("STORE_UNAVAILABLE", "this process is dead", { retryable: true });
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) throw gone();
    const result = await work();
    if (isDead) throw gone();
    return result;
  };
  const living = (sql: Sql<string>): Sql<string> => ({
    query: (text, params) => alive(() => sql.query(text, params)),
    script: (text) => alive(() => sql.script(text)),
  });
  return {
    /** Loses every answer from now on, as after SIGKILL. */
    kill() {
      isDead = true;
    },
    /** Has it answered again. */
    revive() {
      isDead = false;
    },
    /** Commits the next transaction and loses its answer; `and-dies`: the process dies, too. */
    loseCommit(how: "once" | "and-dies") {
      losesCommit = how;
    },
    /** Answers the next transaction by `answer`, after its commit. */
    holdCommit() {
      const committed = Promise.withResolvers<void>();
      const answered = Promise.withResolvers<void>();
      held = { committed: committed.resolve, answered: answered.promise };
      return { committed: committed.promise, answer: answered.resolve };
    },
    database: {
      ...deaf(database),
      ...living(database),
      async transaction<T>(work: (tx: Sql<string>) => Promise<T>): Promise<T> {
        const result = await alive(() => database.transaction((tx) => work(living(tx))));
        const hold = held;
        held = undefined;
        hold?.committed();
        await hold?.answered;
        if (losesCommit === "no") return result;
        isDead = losesCommit === "and-dies";
        losesCommit = "no";
        throw gone();
      },
    } satisfies Database<string>,
  };
}

/** Writes a command as a user's own client does. */
export async function insert(
  database: Pick<Database<string>, "query">,
  botId: string,
  command: string,
  payload: object = {},
): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    "insert into public.bot_control (bot_id, command, payload) values ($1, $2, ($3::text)::jsonb) returning id",
    [botId, command, JSON.stringify(payload)],
  );
  return row?.id ?? "";
}

/** Lets that replica's leases run out. */
export async function expireLeases(database: Pick<Database<string>, "query">, holder: string): Promise<void> {
  await database.query("update shoal.leases set expires_at = clock_timestamp() where holder = $1", [holder]);
}

/** Empties the tables. */
export async function forgetBots(database: Database<string>): Promise<void> {
  await emptyTables(database, [
    "public.bot_control",
    "public.bot_deployments",
    "shoal.leases",
    "shoal.match_tickets",
    "shoal.replicas",
  ]);
}

/** Resolves when `count` returns `expected`; checks at each event. */
export async function reached(replicas: readonly Replica[], expected: number, count: () => number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => count() >= expected && resolve();
  const offs = replicas.map(({ control }) => control.events.onAny(look));
  look();
  await promise;
  for (const off of offs) off();
}
