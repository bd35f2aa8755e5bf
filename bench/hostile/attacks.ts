import { createSystemRuntime, sleep } from "@shoal/kernel";
import type { LocalSupabase } from "@shoal/local-supabase";
import { createDatabase } from "@shoal/store";
import { Client } from "./client.ts";

const LOBBY = "global:lobby";
const runtime = createSystemRuntime();
const { clock } = runtime;

/** What a stranger with the public key does; `roomId` is a room of others, which is public here. Resolves with what ends it. */
export interface Attack {
  readonly name: string;
  begin(backend: LocalSupabase, roomId: string, forMs: number): Promise<() => void>;
}

const entryOf = (id: string, more: string) =>
  `{"user_id":"${id}","name":"x","status":"idle","since":"${new Date(clock.now()).toISOString()}"${more}}`;

const zeros = (bytes: number) => `[${"0,".repeat(bytes / 2 - 1)}0]`;
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

/** So many strangers in the lobby, each with an entry. */
async function crowd(backend: LocalSupabase, count: number, more: string): Promise<() => void> {
  const clients: Client[] = [];
  for (let at = 0; at < count; at += 1) {
    const client = await Client.open(backend);
    clients.push(client);
    await client.join(LOBBY);
    client.track(LOBBY, entryOf(client.id, more));
  }
  return () => {
    for (const client of clients) client.close();
  };
}

/** One stranger that changes its entry again and again. */
async function changing(backend: LocalSupabase, forMs: number, entries: readonly string[]): Promise<() => void> {
  const client = await Client.open(backend);
  await client.join(LOBBY);
  for (const more of entries) {
    client.track(LOBBY, entryOf(client.id, more));
    await sleep(clock, forMs / entries.length);
  }
  return () => client.close();
}

/** So many entries, with two that come and go beside them ten times a second: each change is one to a state of that size. */
async function churn({ realtime }: LocalSupabase, forMs: number, count: number): Promise<() => void> {
  const since = new Date(clock.now()).toISOString();
  const entry = (id: string) => ({ user_id: id, name: "x", status: "idle", since });
  const leave = realtime.crowd(
    LOBBY,
    Array.from({ length: count }, () => entry(crypto.randomUUID())),
  );
  const untilMs = clock.monotonicMs() + forMs;
  for (let round = 0; clock.monotonicMs() < untilMs; round += 1) {
    const leaveAgain = realtime.crowd(LOBBY, [entry(`a-${round}`), entry(`b-${round}`)]);
    await sleep(clock, 50);
    leaveAgain();
    await sleep(clock, 50);
  }
  return leave;
}

/** Messages into a room by somebody who was not matched. */
async function flood(backend: LocalSupabase, roomId: string, forMs: number, text: string): Promise<() => void> {
  const client = await Client.open(backend);
  await client.join(`room:${roomId}`);
  for (let sent = 0; sent < forMs / 10; sent += 1) {
    client.broadcast(`room:${roomId}`, "message", text);
    await sleep(clock, 10);
  }
  return () => client.close();
}

/** The attacks of which receiving alone costs most: the frames go to each socket in the lobby. */
export const LARGEST_ENTRY = "an entry of 2.9 MB, five times";
export const CROWD = "10,000 tiny entries, changing";
export const LARGE_JOBS = "100 jobs of 1 MB";
const JOBS_AT_ONCE = 5;

/** Jobs of which each payload is 1 MB of JSON and, parsed, ten to twenty times as much. */
async function largeJobs({ databaseUrl }: LocalSupabase, count: number): Promise<() => void> {
  const database = createDatabase<string>({ url: databaseUrl, runtime });
  // Each batch within the limit of a statement.
  for (let added = 0; added < count; added += JOBS_AT_ONCE) {
    await database.query(
      `with payload as materialized (select jsonb_agg('{}'::jsonb) as json from generate_series(1, 260000))
       select count(shoal.enqueue('hold', json)) from payload, generate_series(1, $1)`,
      [JOBS_AT_ONCE],
    );
  }
  await database.close();
  return () => {};
}

export const ATTACKS: readonly Attack[] = [
  { name: "none", begin: async (_backend, _roomId, forMs) => sleep(clock, forMs).then(() => () => {}) },
  // The first, because memory that an attack has taken is not all given back at once.
  { name: LARGE_JOBS, begin: (backend, _roomId, forMs) => largeJobs(backend, forMs < 30_000 ? 10 : 100) },
  {
    name: "20 entries of 250 kB",
    begin: (backend) => crowd(backend, 20, `,"x":${zeros(250_000)}`),
  },
  {
    name: LARGEST_ENTRY,
    begin: (backend, _roomId, forMs) => changing(backend, forMs, Array(5).fill(`,"x":${zeros(2_900_000)}`)),
  },
  {
    name: "entries nested 33 to 80,000 deep",
    begin: (backend, _roomId, forMs) =>
      changing(
        backend,
        forMs,
        [33, 65, 1000, 20_000, 80_000].map((levels) => `,"x":${nested(levels)}`),
      ),
  },
  {
    name: "an entry of 10,000 tiny parts, five times",
    begin: (backend, _roomId, forMs) => {
      const parts = Array.from({ length: 10_000 }, (_, at) => `"k${at}":0`).join(",");
      return changing(backend, forMs, Array(5).fill(`,${parts}`));
    },
  },
  {
    name: CROWD,
    begin: (backend, _roomId, forMs) => churn(backend, forMs, 10_000),
  },
  {
    name: "100 messages a second into one room",
    begin: (backend, roomId, forMs) => flood(backend, roomId, forMs, `{"from":"x","text":"${"x".repeat(1000)}"}`),
  },
  {
    name: "100 messages a second of 100 kB of zeros",
    begin: (backend, roomId, forMs) => flood(backend, roomId, forMs, `{"x":${zeros(100_000)}}`),
  },
  {
    name: "100 messages a second nested 20,000 deep",
    begin: (backend, roomId, forMs) => flood(backend, roomId, forMs, `{"x":${nested(20_000)}}`),
  },
];
