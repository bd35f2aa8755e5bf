import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { makeKeys, type RealtimeServer, startRealtimeServer } from "@shoal/local-supabase";
import type { Benchmark } from "./benchmark.ts";

const FLEET = join(import.meta.dirname, "pool-start/fleet.ts");
const CHANNELS = 1000;
const QUICK_CHANNELS = 200;
const ROUNDS = 3;
/** What the pool itself may add to the library's own channel. */
const TARGET_BYTES = 15_000;

interface Start {
  readonly startMs: number;
  readonly channelBytes: number;
  readonly refused: number;
}

async function start(server: RealtimeServer, key: string, kind: "pool" | "raw", channels: number): Promise<Start> {
  const refusedBefore = server.stats().joinsRefused;
  const child = Bun.spawn([process.execPath, FLEET, kind, server.url, key, String(channels)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const printed = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`the ${kind} fleet ended with exit code ${child.exitCode}`);
  const { startMs, channelBytes }: Omit<Start, "refused"> = JSON.parse(printed);
  return { startMs, channelBytes, refused: server.stats().joinsRefused - refusedBefore };
}

/** The middle one of an odd number of rounds. */
function median(starts: readonly Start[], read: (start: Start) => number): number {
  const sorted = starts.map(read).sort((left, right) => left - right);
  return Math.round(sorted[(sorted.length - 1) / 2] ?? Number.NaN);
}

export default {
  name: "pool-start",
  summary: `${CHANNELS} channels in quota mode on the local server, beside realtime-js alone with 100 topics a client`,
  async run({ quick }) {
    const runtime = createSystemRuntime();
    const jwtSecret = runtime.ids.uuid();
    const { anon } = await makeKeys({ jwtSecret, now: () => runtime.clock.now() });
    const server = await startRealtimeServer({ runtime, jwtSecret });
    const channels = quick ? QUICK_CHANNELS : CHANNELS;
    const pool: Start[] = [];
    const raw: Start[] = [];
    try {
      for (let round = 0; round < (quick ? 1 : ROUNDS); round += 1) {
        pool.push(await start(server, anon, "pool", channels));
        raw.push(await start(server, anon, "raw", channels));
      }
    } finally {
      await server.close();
    }
    const poolStartMs = median(pool, ({ startMs }) => startMs);
    const rawStartMs = median(raw, ({ startMs }) => startMs);
    const poolChannelBytes = median(pool, ({ channelBytes }) => channelBytes);
    const rawChannelBytes = median(raw, ({ channelBytes }) => channelBytes);
    const addedBytes = poolChannelBytes - rawChannelBytes;
    const joinsRefused = pool.reduce((total, { refused }) => total + refused, 0);
    const rawJoinsRefused = raw.reduce((total, { refused }) => total + refused, 0);
    if (joinsRefused > 0) throw new Error(`${joinsRefused} joins refused, the target is 0`);
    // With few channels the memory is that of the first pages, not of channels.
    if (!quick && addedBytes > TARGET_BYTES) {
      throw new Error(`the pool adds ${addedBytes} bytes to a channel, the target is at most ${TARGET_BYTES}`);
    }
    return {
      channels,
      poolStartMs,
      rawStartMs,
      startRatio: Math.round((poolStartMs / rawStartMs) * 100) / 100,
      joinsRefused,
      rawJoinsRefused,
      poolChannelBytes,
      rawChannelBytes,
      addedBytes,
    };
  },
} satisfies Benchmark;
