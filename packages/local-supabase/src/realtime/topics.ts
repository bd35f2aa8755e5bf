import type { OutgoingMessage } from "./broadcast-message.ts";
import { jsonMessage } from "./broadcast-message.ts";
import type { Channel } from "./channel.ts";
import { type PresenceDiff, TopicPresence } from "./presence.ts";

/** Where channels of one name meet. A public and a private topic of one name are two topics. */
export interface Topic {
  readonly name: string;
  readonly isPrivate: boolean;
  readonly channels: Set<Channel>;
  readonly presence: TopicPresence<Channel>;
}

/** Every topic that has a channel. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #onDelivery: (count: number, kind: "broadcast" | "presence") => void;

  constructor(onDelivery: (count: number, kind: "broadcast" | "presence") => void) {
    this.#onDelivery = onDelivery;
  }

  get size(): number {
    return this.#topics.size;
  }

  /** Everybody tracked, in all topics. */
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

  /** Takes the channel out; whoever stays hears that its tracked presence left. False when it was not in. */
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
   * Everybody's entry is gone and nobody is told. Done before all sockets go at once: nobody is left to hear of the
   * others' leaving, which would cost n x n messages. @returns how many entries
   */
  forgetPresence(): number {
    const count = this.presenceEntries;
    for (const { presence } of this.#topics.values()) presence.clear();
    return count;
  }

  /** Sends to every channel of the topic that may read it, but `except`. @returns those it was meant for */
  publish(topic: Topic, message: OutgoingMessage, except?: Channel): Channel[] {
    const receivers: Channel[] = [];
    let delivered = 0;
    for (const channel of topic.channels) {
      if (channel === except || !channel.policies.broadcastRead) continue;
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
      if (channel.policies.presenceRead && channel.deliver(message)) delivered += 1;
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
