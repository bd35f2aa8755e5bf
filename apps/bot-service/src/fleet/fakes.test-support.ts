import { createEmitter } from "@shoal/kernel";
import type {
  AcquireOptions,
  ChannelStatus,
  Payload,
  PooledChannel,
  PooledChannelEvents,
  PresenceState,
  RealtimePool,
  RowChange,
} from "@shoal/realtime-pool";

/** A channel whose other end is the test. */
export class FakeChannel implements PooledChannel {
  readonly topic: string;
  readonly clientId: string;
  readonly #emitter = createEmitter<PooledChannelEvents>();
  readonly events = this.#emitter;
  readonly sent: { event: string; payload: Payload }[] = [];
  readonly tracked: Payload[] = [];
  /** Whether the latest of them is still shown. */
  isTracked = false;
  status: ChannelStatus = "joined";
  readonly #broadcasts = new Map<string, (payload: Payload, event: string) => void>();
  #presence: (state: PresenceState) => void = () => {};
  #change: (change: RowChange) => void = () => {};

  constructor(topic: string, clientId: string) {
    this.topic = topic;
    this.clientId = clientId;
  }

  onBroadcast(event: string, listener: (payload: Payload, event: string) => void) {
    this.#broadcasts.set(event, listener);
    return () => void this.#broadcasts.delete(event);
  }
  onPresence(listener: (state: PresenceState) => void) {
    this.#presence = listener;
    return () => {};
  }
  onChange(listener: (change: RowChange) => void) {
    this.#change = listener;
    return () => {};
  }
  async send(event: string, payload: Payload) {
    this.sent.push({ event, payload });
  }
  async track(entry: Payload) {
    this.tracked.push(entry);
    this.isTracked = true;
  }
  async untrack() {
    this.isTracked = false;
  }
  async release() {
    this.status = "released";
  }

  /** Broadcasts from the other end. */
  receive(event: string, payload: Payload): void {
    this.#broadcasts.get(event)?.(payload, event);
  }
  /** Sets the ids that are present in the topic. */
  present(...ids: string[]): void {
    this.show(Object.fromEntries(ids.map((id) => [id, [{ user_id: id }]])));
  }
  /** Sets the topic's presence. */
  show(state: PresenceState): void {
    this.#presence(state);
  }
  /** Reports that the database has changed that row. */
  change(change: RowChange): void {
    this.#change(change);
  }
  /** Emits an event of the pool about the channel. */
  report<Name extends keyof PooledChannelEvents>(name: Name, event: PooledChannelEvents[Name]): void {
    this.#emitter.emit(name, event);
  }
}

/** The part of a pool that bots use: every `acquire` is answered by `answer`, by default with a joined channel. */
export function fakePool(answer: (topic: string) => Promise<void> = async () => {}) {
  const channels: FakeChannel[] = [];
  const pool: Pick<RealtimePool, "acquire"> = {
    async acquire(topic: string, options: AcquireOptions = {}) {
      await answer(topic);
      options.signal?.throwIfAborted();
      const channel = new FakeChannel(topic, options.clientId ?? "");
      channels.push(channel);
      return channel;
    },
  };
  const channel = (topic: string, clientId?: string): FakeChannel => {
    const found = channels.findLast((each) => each.topic === topic && (!clientId || each.clientId === clientId));
    if (!found) throw new Error(`no channel was acquired for ${topic}`);
    return found;
  };
  return { pool, channels, channel };
}
