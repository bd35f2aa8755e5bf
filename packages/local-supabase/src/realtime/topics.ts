import type { Channel } from "./channel.ts";
import { jsonMessage, type OutgoingMessage } from "./frames.ts";
import { type PresenceDiff, TopicPresence } from "./presence.ts";

/** The channels of one name. A public and a private topic of one name are two topics. */
export interface Topic {
  readonly name: string;
  readonly isPrivate: boolean;
  readonly channels: Set<Channel>;
  /** By the channel that tracks it; those of a crowd have none. */
  readonly presence: TopicPresence<Channel | symbol>;
}

/** All topics that have a channel. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #onDelivery: (count: number, kind: "broadcast" | "presence") => void;

  constructor(onDelivery: (count: number, kind: "broadcast" | "presence") => void) {
    this.#onDelivery = onDelivery;
  }

  get size(): number {
    return this.#topics.size;
  }

  /** The number of entries tracked in all topics. */
  get presenceEntries(): number {
    let entries = 0;
    for (const topic of this.#topics.values()) entries += topic.presence.size;
    return entries;
  }

  find(name: string, isPrivate: boolean): Topic | undefined {
    return this.#topics.get(topicKey(name, isPrivate));
  }

  enter(channel: Channel): Topic {
    const key = topicKey(channel.topicName, channel.isPrivate);
    const topic = this.#topics.get(key) ?? newTopic(channel);
    this.#topics.set(key, topic);
    topic.channels.add(channel);
    return topic;
  }

  /** Removes the channel and tells those that stay that its tracked presence left. False when it was not in its topic. */
  exit(channel: Channel): boolean {
    const key = topicKey(channel.topicName, channel.isPrivate);
    const topic = this.#topics.get(key);
    if (!topic?.channels.delete(channel)) return false;
    const diff = topic.presence.untrack(channel);
    if (topic.channels.size === 0) this.#topics.delete(key);
    else if (diff) this.publishPresence(topic, diff);
    return true;
  }

  /**
   * Removes all presence entries without telling any channel. Used before all sockets close at once: telling each of the
   * others would cost n x n messages that no client receives. @returns how many entries
   */
  forgetPresence(): number {
    const count = this.presenceEntries;
    for (const { presence } of this.#topics.values()) presence.clear();
    return count;
  }

  /** Shows `entries` of nobody in the topic under the names of their symbols, told in one diff. Returns what takes them out. */
  crowd(topic: Topic, entries: ReadonlyMap<symbol, Readonly<Record<string, unknown>>>): () => void {
    const diffs = [...entries].map(([owner, payload]) => {
      const key = owner.description ?? "";
      return topic.presence.track(owner, key, payload, key);
    });
    this.publishPresence(topic, { joins: Object.assign({}, ...diffs.map((diff) => diff?.joins)), leaves: {} });
    return () => {
      const left = [...entries.keys()].map((owner) => topic.presence.untrack(owner)?.leaves);
      this.publishPresence(topic, { joins: {}, leaves: Object.assign({}, ...left) });
    };
  }

  /** Sends to every channel of the topic that may read it and is not spared. @returns the channels it was meant for */
  publish(topic: Topic, message: OutgoingMessage, isSpared: (channel: Channel) => boolean): Channel[] {
    const receivers: Channel[] = [];
    let delivered = 0;
    for (const channel of topic.channels) {
      if (!channel.reads.broadcast || isSpared(channel)) continue;
      receivers.push(channel);
      if (channel.deliver(message)) delivered += 1;
    }
    this.#onDelivery(delivered, "broadcast");
    return receivers;
  }

  publishPresence(topic: Topic, diff: PresenceDiff): void {
    const message = jsonMessage(`realtime:${topic.name}`, "presence_diff", diff);
    let delivered = 0;
    for (const channel of topic.channels) {
      if (channel.reads.presence === true && channel.deliver(message)) delivered += 1;
    }
    this.#onDelivery(delivered, "presence");
  }
}

function topicKey(name: string, isPrivate: boolean): string {
  return isPrivate ? `private:${name}` : `public:${name}`;
}

function newTopic(channel: Channel): Topic {
  return {
    name: channel.topicName,
    isPrivate: channel.isPrivate,
    channels: new Set(),
    presence: new TopicPresence(),
  };
}
