import { type Clock, withTimeout } from "@shoal/kernel";
import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { type Failure, failureOf } from "./failure.ts";

/** Bounds the wait for the answer to a leave, in ms. */
const LEAVE_LIMIT_MS = 1500;

export interface ChannelRequest {
  readonly topic: string;
  /** Joins with presence under this key. */
  readonly presenceKey?: string;
  /** Adds the listeners; they must be there before the join. */
  readonly bind: (channel: RealtimeChannel) => void;
  readonly onJoined: () => void;
  /** Called at most once, and not after `leave`. The channel is gone then: its object is single-use. */
  readonly onDown: (failure: Failure) => void;
}

export interface JoinedChannel {
  readonly channel: RealtimeChannel;
  /** Whether the channel is joined and its socket open: otherwise the library would send by HTTP, with a warning. */
  readonly isJoined: boolean;
  /** Idempotent, bounded, never rejects. */
  leave(): Promise<void>;
}

/**
 * Joins a topic once. The library would retry for ever and without jitter, so the first failure removes the channel from the
 * client, and the caller decides about a fresh one.
 */
export function joinChannel(client: SupabaseClient, clock: Clock, request: ChannelRequest): JoinedChannel {
  const { topic, presenceKey } = request;
  const channel = client.channel(topic, {
    config: {
      private: true,
      broadcast: { self: false, ack: false },
      ...(presenceKey ? { presence: { key: presenceKey } } : {}),
    },
  });
  let status: "joining" | "joined" | "over" = "joining";
  let removal: Promise<void> | undefined;
  const remove = () => {
    removal ??= withTimeout(clock, LEAVE_LIMIT_MS, client.removeChannel(channel)).then(
      () => {},
      () => {},
    );
    return removal;
  };
  request.bind(channel);
  channel.subscribe((news, error) => {
    if (status === "over") return;
    if (news === "SUBSCRIBED") {
      status = "joined";
      request.onJoined();
      return;
    }
    // Removal calls back on the same stack: set the flag first, and remove later.
    status = "over";
    const failure = failureOf(news, error);
    queueMicrotask(() => void remove().then(() => request.onDown(failure)));
  });
  return {
    channel,
    get isJoined() {
      return status === "joined" && channel.state === "joined" && client.realtime.isConnected();
    },
    leave() {
      status = "over";
      return remove();
    },
  };
}
