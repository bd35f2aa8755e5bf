import { type Clock, SECOND_MS, type Timer } from "@shoal/kernel";
import type { Failure } from "../classify.ts";
import type { ErrorClass } from "../types.ts";

/** What is joined: its name and whether it is private, since a policy decides only about private ones. */
export interface TopicKey {
  readonly topic: string;
  readonly isPrivate: boolean;
}

export interface TopicTrustParts {
  readonly clock: Clock;
  /** Refused topics remembered, the oldest are forgotten. */
  readonly maxSuspects: number;
  /** Proven families remembered, the one that joined longest ago is forgotten. */
  readonly maxFamilies: number;
  /** The answer to a probe is late: another topic of its family may be tried. */
  readonly onLateProbe: () => void;
}

interface Probe {
  /** What its answer proves: a family, or a suspect topic. */
  readonly subject: string;
  isLate: boolean;
  timer: Timer | undefined;
}

/** More would open sockets for nothing when many topics are untried; fewer would let four refusals stop all the others. */
export const MAX_PROBES = 4;
/** A join that will succeed is answered in ms, a refusal takes 5 s: after this another of the family may try. @source REALTIME.md 1 */
const LATE_AFTER_MS = SECOND_MS;
/** The server may be in trouble and refuse everybody for it: no fault of the topic. */
const NOT_THE_TOPIC: ReadonlySet<ErrorClass> = new Set(["server", "capacity", "rate", "network", "timeout", "auth"]);

/**
 * Which topics may join beside others. A refused join holds its socket up for 5 s, so a topic of which nothing is known is
 * a probe: it joins alone first, a few at a time, and one for each subject until its answer is late.
 *
 * No policy decides about public topics: what refuses one refuses all, so they are one family. The family of a private one
 * is its name up to the last `:`. A family is proven by the first of its topics that joins. A topic refused for what it is
 * stays suspect until it has joined; one refused because the server was in trouble puts its whole family in doubt instead,
 * and is itself suspect from the second time on.
 *
 * @source REALTIME.md 1 (joins of a socket are serial, refusals late) and 7.1 (probe socket)
 */
export class TopicTrust<Holder extends TopicKey> {
  readonly #parts: TopicTrustParts;
  readonly #proven = new Set<string>();
  /** Refusals since the last join; the topics refused longest ago come first. */
  readonly #refusals = new Map<string, { readonly isSuspect: boolean }>();
  readonly #probes = new Map<Holder, Probe>();

  constructor(parts: TopicTrustParts) {
    this.#parts = parts;
  }

  /** The subject a probe would prove, the topic itself or its family. Null: the topic may join beside others. */
  needsProbe(key: TopicKey): string | null {
    const name = nameOf(key);
    if (this.#refusals.get(name)?.isSuspect) return name;
    const family = familyOf(key);
    return this.#proven.has(family) ? null : family;
  }

  /** Returns the subjects that need no probe from now on. */
  joined(key: TopicKey): readonly string[] {
    const [name, family] = [nameOf(key), familyOf(key)];
    this.#refusals.delete(name);
    this.#proven.delete(family);
    this.#proven.add(family);
    forgetOldest(this.#proven, this.#parts.maxFamilies);
    return [name, family];
  }

  /** Returns whether this refusal put the family in doubt. */
  refused(key: TopicKey, { errorClass }: Failure): boolean {
    const name = nameOf(key);
    const isSuspect = this.#refusals.has(name) || !NOT_THE_TOPIC.has(errorClass);
    this.#refusals.delete(name);
    this.#refusals.set(name, { isSuspect });
    forgetOldest(this.#refusals, this.#parts.maxSuspects);
    return !isSuspect && this.#proven.delete(familyOf(key));
  }

  get probeCount(): number {
    return this.#probes.size;
  }

  get canProbe(): boolean {
    return this.#probes.size < MAX_PROBES;
  }

  mayProbe(subject: string): boolean {
    if (!this.canProbe) return false;
    for (const probe of this.#probes.values()) if (probe.subject === subject && !probe.isLate) return false;
    return true;
  }

  isProbe(holder: Holder): boolean {
    return this.#probes.has(holder);
  }

  startProbe(holder: Holder, subject: string): void {
    this.#probes.set(holder, { subject, isLate: false, timer: undefined });
  }

  /** Its join is on its way. */
  probeSent(holder: Holder): void {
    const probe = this.#probes.get(holder);
    if (!probe) return;
    probe.timer?.cancel();
    probe.timer = this.#parts.clock.after(LATE_AFTER_MS, () => {
      probe.isLate = true;
      this.#parts.onLateProbe();
    });
  }

  /** Answered, or given up. False when the holder was no probe. */
  endProbe(holder: Holder): boolean {
    this.#probes.get(holder)?.timer?.cancel();
    return this.#probes.delete(holder);
  }

  stop(): void {
    for (const holder of [...this.#probes.keys()]) this.endProbe(holder);
  }
}

export function familyOf({ topic, isPrivate }: TopicKey): string {
  return isPrivate ? `private ${topic.slice(0, topic.lastIndexOf(":") + 1)}` : "public";
}

/** A name no family has. */
function nameOf({ topic, isPrivate }: TopicKey): string {
  return `${isPrivate ? "private" : "public"} topic ${topic}`;
}

function forgetOldest(memory: Set<string> | Map<string, unknown>, max: number): void {
  if (memory.size <= max) return;
  for (const oldest of memory.keys()) {
    memory.delete(oldest);
    return;
  }
}
