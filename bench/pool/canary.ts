/**
 * Shows what people see: every so often a new person opens a client and joins one topic. `bun canary.ts <url> <key> <ms>`; answers
 * requests over IPC with the results since the last one.
 */
import { createSystemRuntime, every, withTimeout } from "@shoal/kernel";
import { RealtimeClient } from "@supabase/realtime-js";
import type { CanaryFigures } from "./people.ts";

/** Time after which a person would give up, in ms; the server's own penalties take 2 and 5 s. */
const PATIENCE_MS = 9000;
/** Matches refusals by a limit, at the upgrade or at the join, or the close that follows; a server that is down is no refusal. */
const REFUSAL = /status code: 429|too many|no answer|socket closed: 1001/i;

const [url = "", key = "", everyMs = ""] = process.argv.slice(2);
const { clock, ids } = createSystemRuntime();
let seen = { tried: 0, joined: 0, refused: 0, unreachable: 0, slowestMs: 0 };
/** Times of the first and the last refusal. */
let refusedFromMs: number | null = null;
let refusedToMs: number | null = null;

async function visit(): Promise<void> {
  seen.tried += 1;
  const startedMs = clock.now();
  const client = new RealtimeClient(`${url.replace(/^http/, "ws")}/realtime/v1`, {
    params: { apikey: key },
    logger: () => {},
  });
  const channel = client.channel(`canary:${ids.uuid()}`);
  const outcome = await withTimeout(
    clock,
    PATIENCE_MS,
    new Promise<string>((resolve) => {
      channel.subscribe((status, error) => {
        if (status === "SUBSCRIBED") resolve("joined");
        else resolve(`${error?.message ?? status} ${describe(error?.cause)}`);
      });
    }),
  );
  const text = outcome.kind === "value" ? outcome.value : "no answer";
  if (text === "joined") {
    seen.joined += 1;
    seen.slowestMs = Math.max(seen.slowestMs, clock.now() - startedMs);
  } else if (REFUSAL.test(text)) {
    seen.refused += 1;
    refusedFromMs = Math.min(refusedFromMs ?? startedMs, startedMs);
    refusedToMs = Math.max(refusedToMs ?? startedMs, startedMs);
  } else seen.unreachable += 1;
  client.reconnectTimer.reset();
  await client.removeAllChannels();
  await client.disconnect();
}

function describe(cause: unknown): string {
  return typeof cause === "object" && cause !== null && "message" in cause ? String(cause.message) : "";
}

const underWay = new Set<Promise<void>>();
every(
  clock,
  Number(everyMs),
  // Not awaited: a person who waits does not keep the next from coming.
  () => {
    const visited = visit()
      .catch(() => {})
      .finally(() => underWay.delete(visited));
    underWay.add(visited);
  },
  () => {},
);
process.on("message", async ({ id }: { id: number }) => {
  // Waits for those who have come by now, because a refusal takes the server 2 to 5 s.
  await Promise.all(underWay);
  const refusedForMs = refusedFromMs === null || refusedToMs === null ? 0 : refusedToMs - refusedFromMs;
  const result: CanaryFigures = { ...seen, refusedForMs };
  seen = { tried: 0, joined: 0, refused: 0, unreachable: 0, slowestMs: 0 };
  refusedFromMs = null;
  refusedToMs = null;
  process.send?.({ id, result });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, result: "ready" });
