/** One fleet in a process of its own: `bun fleet.ts pool|raw <url> <key> <channels>`. Prints one line of JSON. */
import { createSystemRuntime, sleep } from "@shoal/kernel";
import { createRealtimePool } from "@shoal/realtime-pool";
import { RealtimeClient } from "@supabase/realtime-js";

/** A way to join topics; all but the first 100 need further sockets. */
interface Fleet {
  join(topic: string): Promise<unknown>;
}

/** Channels a socket may carry. @source https://supabase.com/docs/guides/realtime/limits */
const PER_SOCKET = 100;
const REST_MS = 500;

const [kind, url = "", apiKey = "", count] = process.argv.slice(2);
const runtime = createSystemRuntime();

function pooled(): Fleet {
  const options = { start: { mode: "quota" }, channelsPerSocket: PER_SOCKET } as const;
  const pool = createRealtimePool({ url, apiKey, runtime, options });
  return { join: (topic) => pool.acquire(topic, { clientId: topic }) };
}

/** The library as it comes: a client per hundred topics, and nothing that paces, retries or tells. */
function raw(): Fleet {
  const clients: RealtimeClient[] = [];
  let joined = 0;
  return {
    join(topic) {
      const index = Math.floor(joined / PER_SOCKET);
      joined += 1;
      const client = clients[index] ?? new RealtimeClient(`${url}/realtime/v1`, { params: { apikey: apiKey } });
      clients[index] = client;
      return new Promise<void>((resolve) => {
        client.channel(topic).subscribe((status) => status === "SUBSCRIBED" && resolve());
      });
    },
  };
}

/** Once garbage is gone and nothing moves any more. */
async function residentBytes(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    Bun.gc(true);
    await sleep(runtime.clock, REST_MS);
  }
  return process.memoryUsage.rss();
}

const fleet = kind === "pool" ? pooled() : raw();
// One channel first: what the code and the first socket cost is not charged to the others.
await fleet.join("first");
const restingBytes = await residentBytes();
const startedMs = performance.now();
await Promise.all(Array.from({ length: Number(count) }, (_, index) => fleet.join(`user:${index}`)));
const startMs = performance.now() - startedMs;
const channelBytes = ((await residentBytes()) - restingBytes) / Number(count);
process.stdout.write(`${JSON.stringify({ startMs, channelBytes })}\n`);
process.exit(0);
