import { integer, pick } from "@shoal/kernel";
import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkMessages, type MessageEvent, type MessageViolationKind } from "./message-history.ts";

const MAX_READS = 3;

/** Messages read once or several times, then archived or dead. */
function lawfulHistory(seed: number): MessageEvent[] {
  const rng = seededRng(seed);
  return Array.from({ length: integer(rng, 2, 6) }, (_, index) => String(index)).flatMap((key): MessageEvent[] => {
    const [transaction, idempotencyKey] = [`t${key}`, `queue:${key}`];
    const isDead = rng.next() < 0.5;
    const isPoison = isDead && rng.next() < 0.3;
    const readCount = isDead && !isPoison ? MAX_READS : integer(rng, 1, MAX_READS);
    const runs = Array.from(
      { length: readCount },
      (_run, index): MessageEvent => ({ kind: "ran", key, readCount: index + 1, idempotencyKey }),
    );
    const end: MessageEvent[] = isDead
      ? [{ kind: "dead", key, transaction }]
      : [{ kind: "archived", key, transaction }];
    // Whether the original of a dead one is archived too is the consumer's choice.
    if (isDead && rng.next() < 0.5) end.push({ kind: "archived", key, transaction });
    return [
      { kind: "sent", key, isPoison },
      { kind: "acknowledged", key },
      ...runs,
      { kind: "effect", key, idempotencyKey },
      { kind: "gone", key, transaction, readCount },
      ...end,
    ];
  });
}

type Break = (event: MessageEvent) => MessageEvent[];
const isEnd = (event: MessageEvent) => event.kind === "archived" || event.kind === "dead";

/** Which event to break, and by what to replace it. */
const BREAKS: Readonly<Record<MessageViolationKind, readonly [(event: MessageEvent) => boolean, Break]>> = {
  lost: [(event) => event.kind === "sent", () => []],
  unfinished: [(event) => event.kind === "gone", () => []],
  vanished: [
    (event) => event.kind === "gone",
    (event) => (event.kind === "gone" ? [{ ...event, transaction: "another" }] : []),
  ],
  "ended twice": [
    isEnd,
    (event) => (event.kind === "archived" ? [event, { ...event, transaction: "another" }] : [event, event]),
  ],
  "died early": [
    (event) => event.kind === "sent" && !event.isPoison,
    (event) => [
      event,
      { kind: "gone", key: event.key, transaction: "early", readCount: 1 },
      { kind: "dead", key: event.key, transaction: "early" },
    ],
  ],
  "archived unrun": [
    (event) => event.kind === "ran",
    (event) => (event.kind === "ran" ? [{ ...event, readCount: 0 }] : []),
  ],
  "ran twice": [(event) => event.kind === "ran", (event) => [event, event]],
  "key shared": [(event) => event.kind === "effect", (event) => [event, { ...event, key: "another" }]],
  "key changed": [
    (event) => event.kind === "ran",
    (event) => (event.kind === "ran" ? [event, { ...event, idempotencyKey: "another" }] : []),
  ],
  "effect repeated": [(event) => event.kind === "effect", (event) => [event, event]],
};

describe("the checker of message histories", () => {
  it("finds nothing in a history without fault", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(checkMessages(lawfulHistory(seed), MAX_READS)).toEqual([]);
      }),
    );
  });

  it.each(Object.keys(BREAKS) as MessageViolationKind[])("finds: %s", (kind) => {
    const [accept, broken] = BREAKS[kind];
    let brokenCount = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const events = lawfulHistory(seed);
        const places = events.filter(accept);
        if (places.length === 0) return;
        const chosen = pick(seededRng(seed), places);
        const isChosen = (event: MessageEvent) => (kind === "archived unrun" ? event.kind === "ran" : event === chosen);
        const after = events.flatMap((event) => (isChosen(event) ? broken(event) : [event]));
        const hasArchived = after.some((event) => event.kind === "archived" && !isDeadKey(after, event.key));
        if (kind === "archived unrun" && !hasArchived) return;
        brokenCount += 1;
        expect(checkMessages(after, MAX_READS).map((violation) => violation.kind)).toContain(kind);
      }),
    );
    expect(brokenCount).toBeGreaterThan(10);
  });
});

function isDeadKey(events: readonly MessageEvent[], key: string): boolean {
  return events.some((event) => event.kind === "dead" && event.key === key);
}
