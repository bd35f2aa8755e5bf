import { createSystemRuntime, withTimeout } from "@shoal/kernel";
import type { LocalSupabase } from "@shoal/local-supabase";
import { createDatabase } from "@shoal/store";
import { Client } from "./client.ts";

const LOBBY = "global:lobby";
/** Longer than it may take, so that a machine that is busy elsewhere shows as a long wait and not as a match that never comes. */
const PATIENCE_MS = 90_000;
const runtime = createSystemRuntime();
const { clock } = runtime;

/** Somebody who waits in the lobby, is matched, and talks. */
export interface Person {
  readonly id: string;
  /** From the wait to the notice, in ms; null: nobody came within 90 s. */
  readonly matchedInMs: number | null;
  readonly roomId: string;
  say(text: string): void;
  leave(): void;
}

export async function enter(backend: LocalSupabase): Promise<Person> {
  const client = await Client.open(backend);
  const matched = Promise.withResolvers<string>();
  const entry = (status: string) =>
    JSON.stringify({ user_id: client.id, name: "Ada", status, since: new Date(clock.now()).toISOString() });
  await client.join(`user:${client.id}`, (event, { event: name, payload }) => {
    if (event !== "broadcast" || name !== "stranger_matched") return;
    matched.resolve(String((payload as Record<string, unknown>)["room_id"]));
  });
  await client.join(LOBBY);
  const startedMs = clock.monotonicMs();
  client.track(LOBBY, entry("waiting"));
  const outcome = await withTimeout(clock, PATIENCE_MS, matched.promise);
  const roomId = outcome.kind === "value" ? outcome.value : "";
  const matchedInMs = roomId === "" ? null : Math.round(clock.monotonicMs() - startedMs);
  const room = `room:${roomId}`;
  if (roomId !== "") {
    await client.join(room);
    client.track(room, `{"user_id":"${client.id}"}`);
  }
  return {
    id: client.id,
    matchedInMs,
    roomId,
    say(text) {
      const message = { id: crypto.randomUUID(), from: client.id, text, sent_at: new Date(clock.now()).toISOString() };
      client.broadcast(room, "message", JSON.stringify(message));
    },
    leave() {
      client.broadcast(room, "leave", JSON.stringify({ from: client.id, reason: "done" }));
      client.close();
    },
  };
}

/** What the database has of a person's wait, which tells how far it came; null: nothing. Times in ms. */
export async function ticketOf({ databaseUrl }: LocalSupabase, { id }: Person): Promise<object | null> {
  const database = createDatabase<string>({ url: databaseUrl, runtime });
  const [ticket] = await database.query(
    `select status, closed_reason, unconfirmed, round(extract(epoch from opened_at - since) * 1000)::int as opened_after_ms
     from shoal.match_tickets where user_id = $1 order by opened_at desc limit 1`,
    [id],
  );
  await database.close();
  return ticket ?? null;
}
