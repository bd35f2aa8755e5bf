import { type Failure, FleetError, MINUTE_MS, proportionalJitter, type Runtime, retry, SECOND_MS } from "@shoal/kernel";
import type { PooledChannel, RealtimePool } from "@shoal/realtime-pool";

/** Delays between attempts after the pool gave the lobby up (full, forbidden, wrong key): no restart is needed once that is mended. */
const JOIN_AGAIN = proportionalJitter(5 * SECOND_MS, 5 * MINUTE_MS);

export interface LobbyStay {
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly runtime: Pick<Runtime, "clock" | "rng">;
  readonly topic: string;
  /** Of whom the channel is, and under which its presence is shown. */
  readonly key: string;
  readonly isStaggered: boolean;
  /** Whether the presence of others is delivered. */
  readonly listens: boolean;
  /** Ends the stay. A channel that is joined by then is released by its owner. */
  readonly signal: AbortSignal;
  /** Called for each channel; `attempt` is 1 unless an attempt before has failed. */
  readonly onJoined: (channel: PooledChannel, attempt: number) => void;
  /** Called when the lobby cannot be joined, or its channel is lost for good. */
  readonly onFailure: (failure: Failure) => void;
}

/** Stays in the lobby until `signal`: joins again whenever that fails, and after each final loss. Never rejects. */
export async function stayInLobby(stay: LobbyStay): Promise<void> {
  const { pool, runtime, topic, key, isStaggered, listens, signal, onJoined, onFailure } = stay;
  // Who watches it goes before all that are only shown there: part of the budget of joins is kept for that.
  const priority = listens ? "lobby" : "idle";
  const join = async (attempt: number, startOver: () => void): Promise<never> => {
    const channel = await pool.acquire(topic, {
      ...{ clientId: key, priority, isStaggered, signal },
      config: { presence: { key, listen: listens } },
    });
    if (signal.aborted) await channel.release();
    signal.throwIfAborted();
    const lost = channel.events.next("failed", undefined, signal);
    startOver();
    onJoined(channel, attempt);
    throw new FleetError("FLEET_LOBBY_LOST", `the lobby channel failed: ${(await lost).reason}`);
  };
  await retry(({ number, startOver }) => join(number, startOver), {
    ...{ runtime, signal, onFailure, backoff: JOIN_AGAIN },
    when: () => true,
  }).catch(() => {});
}
