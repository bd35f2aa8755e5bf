import type { Runtime } from "@shoal/kernel";
import type { Channel } from "./channel.ts";
import type { Failure } from "./classify.ts";
import type { ChannelListener, DriverChannel, JoinRequest } from "./driver.ts";
import type { PoolOptions } from "./options.ts";
import type { SlotHolder } from "./socket.ts";
import type { ChannelStatus, PoolEvents } from "./types.ts";

/** What a channel may ask of its pool. */
export interface ChannelHost {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  emit<Name extends keyof PoolEvents>(name: Name, event: PoolEvents[Name]): void;
  /** The number of channels in each state is kept here. */
  changed(from: ChannelStatus, to: ChannelStatus): void;
  schedule(holder: SlotHolder, delayMs: number): void;
  vacate(holder: SlotHolder): void;
  settled(holder: SlotHolder): void;
  heed(holder: SlotHolder, failure: Failure): void;
  /** The holder gets the mover's slot, with the join that is in flight there or done, and the mover the holder's. */
  adopt(holder: SlotHolder, mover: SlotHolder): void;
  join(holder: SlotHolder, request: JoinRequest, listener: ChannelListener): DriverChannel | null;
  socketIdOf(holder: SlotHolder): string | null;
  /**
   * Null: one message may go now. Otherwise resolves when it may. Lower rank goes first.
   * @throws POOL_SEND_THROTTLED (retryable) the project's events stayed spent
   */
  maySend(topic: string, rank: number): Promise<void> | null;
  /** Calls `grant` when the project has room for one presence call. Returns how to take that back (idempotent). */
  askPresence(topic: string, rank: number, grant: () => void): () => void;
  /** The holder let go, or the channel failed: it is not the pool's any more. */
  ended(channel: Channel): void;
}
