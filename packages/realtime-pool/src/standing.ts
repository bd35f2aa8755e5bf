import type { Failure } from "./classify.ts";
import type { ErrorClass } from "./types.ts";

/** What is joined: its name and whether it is private, since a policy decides only about private ones. */
export interface Subject {
  readonly topic: string;
  readonly isPrivate: boolean;
}

/**
 * Which topics may join beside others. A refused join holds its socket up for 5 s, so a topic of which nothing is known
 * joins alone first.
 *
 * No policy decides about public topics: what refuses one refuses all, so they are one family. The family of a private one
 * is its name up to the last `:`. A family is proven by the first of its topics that joins. A topic refused for what it is
 * stays suspect until it has joined; one refused because the server was in trouble puts its whole family in doubt instead,
 * and is itself suspect from the second time on.
 *
 * @source REALTIME.md 1 (joins of a socket are serial, refusals late) and 7.1 (probe socket)
 */
export interface Standing {
  /** What one probe would answer for: the topic itself or its family. Null: it may join beside others. */
  unknownOf(subject: Subject): string | null;
  /** Returns what is known from now on. */
  joined(subject: Subject): readonly string[];
  /** Returns whether the family is in doubt only since now. */
  refused(subject: Subject, failure: Failure): boolean;
}

export interface StandingLimits {
  /** Refused topics remembered, the oldest are forgotten. */
  readonly maxSuspects: number;
  /** Proven families remembered, the one that joined longest ago is forgotten. */
  readonly maxFamilies: number;
}

/** The server may be in trouble and say so to whoever asks: no fault of the topic. */
const NOT_THE_TOPIC: ReadonlySet<ErrorClass> = new Set(["server", "capacity", "rate", "network", "timeout", "auth"]);

export function createStanding({ maxSuspects, maxFamilies }: StandingLimits): Standing {
  const proven = new Set<string>();
  /** Refusals since the last join; the topics refused longest ago come first. */
  const refusals = new Map<string, { isSuspect: boolean }>();

  return {
    unknownOf(subject) {
      const name = nameOf(subject);
      if (refusals.get(name)?.isSuspect) return name;
      const family = familyOf(subject);
      return proven.has(family) ? null : family;
    },
    joined(subject) {
      const [name, family] = [nameOf(subject), familyOf(subject)];
      refusals.delete(name);
      proven.delete(family);
      proven.add(family);
      forgetOldest(proven, maxFamilies);
      return [name, family];
    },
    refused(subject, { errorClass }) {
      const name = nameOf(subject);
      const earlier = refusals.get(name);
      const isSuspect = earlier !== undefined || !NOT_THE_TOPIC.has(errorClass);
      refusals.delete(name);
      refusals.set(name, { isSuspect });
      forgetOldest(refusals, maxSuspects);
      return !isSuspect && proven.delete(familyOf(subject));
    },
  };
}

export function familyOf({ topic, isPrivate }: Subject): string {
  return isPrivate ? `private ${topic.slice(0, topic.lastIndexOf(":") + 1)}` : "public";
}

/** A name no family has. */
function nameOf({ topic, isPrivate }: Subject): string {
  return `${isPrivate ? "private" : "public"} topic ${topic}`;
}

function forgetOldest(memory: Set<string> | Map<string, unknown>, max: number): void {
  if (memory.size <= max) return;
  for (const oldest of memory.keys()) {
    memory.delete(oldest);
    return;
  }
}
