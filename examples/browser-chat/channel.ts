import type { RealtimeChannel, RealtimeChannelOptions, SupabaseClient } from "@supabase/supabase-js";

export interface ChannelOptions {
  readonly supabase: SupabaseClient;
  readonly topic: string;
  readonly config: RealtimeChannelOptions["config"];
  /** Adds the listeners; they must be there before the join. */
  readonly bind?: (channel: RealtimeChannel) => void;
  /** Called after each join, the first and all that follow a loss. */
  readonly onJoined: (channel: RealtimeChannel) => void;
  /** Called after each loss or refusal. The channel is joined again by itself. */
  readonly onDown: (error: Error) => void;
}

export interface KeptChannel {
  readonly isJoined: boolean;
  /** Resolves with the channel when it is joined; null once it is left. */
  joined(): Promise<RealtimeChannel | null>;
  leave(): Promise<void>;
}

/** Waits twice as long after each failure, up to 16 s, and never as long as others do: they would all come at once. */
export const againAfterMs = (failures: number) => 500 * 2 ** Math.min(failures, 5) * (0.5 + Math.random() / 2);

/** Lets those pass who come while it is open, and holds the others until then. */
export function createGate() {
  let passing = Promise.withResolvers<void>();
  let isOpen = false;
  return {
    open() {
      isOpen = true;
      passing.resolve();
    },
    close() {
      if (isOpen) passing = Promise.withResolvers();
      isOpen = false;
    },
    passed: () => passing.promise,
  };
}

/**
 * Keeps a channel joined until it is left. The client joins again by itself what was refused or lost with its socket, but not what the
 * server has closed (as it does when a token ends): that takes a fresh channel.
 */
export function keepJoined({ supabase, topic, config, bind, onJoined, onDown }: ChannelOptions): KeptChannel {
  let current: RealtimeChannel | undefined;
  let isOver = false;
  let failures = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  const gate = createGate();
  const isJoined = () => current?.state === "joined" && supabase.realtime.isConnected();

  const open = async () => {
    // Else the join is sent without the person's token, and refused.
    await supabase.realtime.setAuth().catch(() => {});
    if (isOver) return;
    const channel = supabase.channel(topic, { config });
    current = channel;
    bind?.(channel);
    channel.subscribe((status, error) => {
      if (isOver || current !== channel) return;
      if (status === "SUBSCRIBED") {
        failures = 0;
        gate.open();
        return onJoined(channel);
      }
      gate.close();
      if (status === "CLOSED") again = setTimeout(open, againAfterMs(failures++));
      onDown(error ?? new Error(status === "CLOSED" ? "closed by the server" : "timed out"));
    });
  };
  void open();

  return {
    get isJoined() {
      return isJoined();
    },
    async joined() {
      await gate.passed();
      return isOver ? null : (current ?? null);
    },
    async leave() {
      if (isOver) return;
      isOver = true;
      clearTimeout(again);
      gate.open();
      if (current) await supabase.removeChannel(current).catch(() => {});
    },
  };
}
