import type { Clock } from "@shoal/kernel";
import { testClient } from "../../apps/bot-service/test/test-person.ts";

/** One who looks into the lobby and is not in it. */
export interface LobbyWatch extends AsyncDisposable {
  /** Of the whole time. */
  figures(): LobbyFigures;
}

export interface LobbyFigures {
  /** The longest time that one bot id had two entries. */
  readonly idTwiceMs: number;
  readonly idTwice: string | null;
  /** The longest time that two bots of the fleet had one name. */
  readonly nameTwiceMs: number;
  readonly nameTwice: string | null;
  /** Most bots of the fleet that were shown at the same time. */
  readonly mostBots: number;
}

interface Entry {
  readonly user_id?: string;
  readonly name?: string;
  readonly bot?: boolean;
}

/** Remembers for how long each key was there more than once. */
class Doubles {
  readonly #sinceMs = new Map<string, number>();
  longestMs = 0;
  longest: string | null = null;

  update(keys: Iterable<string>, nowMs: number): void {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    const double = new Set([...counts].flatMap(([key, count]) => (count > 1 ? [key] : [])));
    this.close(nowMs);
    for (const key of this.#sinceMs.keys()) if (!double.has(key)) this.#sinceMs.delete(key);
    for (const key of double) if (!this.#sinceMs.has(key)) this.#sinceMs.set(key, nowMs);
  }

  /** Counts those that last. */
  close(nowMs: number): void {
    for (const [key, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs <= this.longestMs) continue;
      this.longestMs = nowMs - sinceMs;
      this.longest = key;
    }
  }
}

export async function watchLobby(
  { url, anonKey }: { readonly url: string; readonly anonKey: string },
  clock: Clock,
): Promise<LobbyWatch> {
  const client = testClient({ SUPABASE_URL: url, SUPABASE_ANON_KEY: anonKey });
  const lobby = client.channel("global:lobby", { config: { presence: { key: "lobby-watch" } } });
  const [ids, names] = [new Doubles(), new Doubles()];
  let mostBots = 0;
  lobby.on("presence", { event: "sync" }, () => {
    const entries = Object.values(lobby.presenceState<Entry>())
      .flat()
      .filter(({ bot }) => bot === true);
    const nowMs = clock.monotonicMs();
    ids.update(
      entries.flatMap(({ user_id }) => user_id ?? []),
      nowMs,
    );
    // Bots by command may be named as their operator likes.
    const ofFleet = entries.filter(({ user_id }) => user_id?.startsWith("bot-"));
    const namesById = new Map(ofFleet.map(({ user_id, name }) => [user_id, name ?? ""]));
    names.update(namesById.values(), nowMs);
    mostBots = Math.max(mostBots, namesById.size);
  });
  await new Promise<void>((resolve) => lobby.subscribe((status) => status === "SUBSCRIBED" && resolve()));
  return {
    figures() {
      ids.close(clock.monotonicMs());
      names.close(clock.monotonicMs());
      return {
        ...{ idTwiceMs: Math.round(ids.longestMs), idTwice: ids.longest },
        ...{ nameTwiceMs: Math.round(names.longestMs), nameTwice: names.longest, mostBots },
      };
    },
    async [Symbol.asyncDispose]() {
      await client.removeAllChannels();
      await client.realtime.disconnect();
    },
  };
}
