/**
 * What happened to pgmq messages, by rows that committed, in their order. `key` is the number a message carries, because
 * its id is another one in the dead letter queue; `transaction` is the one that wrote the row.
 */
export type MessageEvent =
  /** Whoever sent it was told that it is in. */
  | { readonly kind: "acknowledged"; readonly key: string }
  /** `isPoison`: its handler gives it up at once. */
  | { readonly kind: "sent"; readonly key: string; readonly isPoison: boolean }
  /** Out of the queue. `readCount`: how often it had been read. */
  | { readonly kind: "gone"; readonly key: string; readonly transaction: string; readonly readCount: number }
  | { readonly kind: "archived"; readonly key: string; readonly transaction: string }
  /** Into the dead letter queue. */
  | { readonly kind: "dead"; readonly key: string; readonly transaction: string }
  /** A handler was at work on it. */
  | { readonly kind: "ran"; readonly key: string; readonly readCount: number; readonly idempotencyKey: string }
  | { readonly kind: "effect"; readonly key: string; readonly idempotencyKey: string };

export type MessageViolationKind =
  | "lost" // acknowledged, and never there
  | "unfinished" // still in the queue
  | "vanished" // out of the queue, and in the same transaction neither into the archive nor among the dead
  | "ended twice"
  | "died early" // with reads left
  | "archived unrun" // by that read
  | "ran twice" // by one read
  | "key shared"
  | "key changed"
  | "effect repeated";

export interface MessageViolation {
  readonly kind: MessageViolationKind;
  readonly key: string;
  readonly detail: string;
}

/** Everything in a finished history that must not be. Pure; `[]` is the proof. `maxReads`: fewer must not make it dead. */
export function checkMessages(events: readonly MessageEvent[], maxReads: number): MessageViolation[] {
  const messages = Map.groupBy(events, (event) => event.key);
  const violations = [...messages].flatMap(([key, own]) => checkMessage(key, own, maxReads));
  return [...violations, ...sharedKeys(events)];
}

function checkMessage(key: string, events: readonly MessageEvent[], maxReads: number): MessageViolation[] {
  const violations: MessageViolation[] = [];
  const report = (kind: MessageViolationKind, detail: string) => violations.push({ kind, key, detail });
  const all = <Kind extends MessageEvent["kind"]>(kind: Kind) =>
    events.filter((event): event is Extract<MessageEvent, { kind: Kind }> => event.kind === kind);
  const [sent, gone, archived, dead, runs] = [all("sent"), all("gone"), all("archived"), all("dead"), all("ran")];

  const isPoison = sent.some((message) => message.isPoison);
  if (all("acknowledged").length > 0 && sent.length === 0) report("lost", "acknowledged, but never in the queue");
  if (sent.length > gone.length) report("unfinished", "still in the queue");
  const seen = new Set<number>();
  for (const { readCount } of runs) {
    if (seen.has(readCount)) report("ran twice", `by read ${readCount}`);
    seen.add(readCount);
  }
  for (const { transaction, readCount } of gone) {
    const isDead = dead.some((end) => end.transaction === transaction);
    const isKept = isDead || archived.some((end) => end.transaction === transaction);
    if (!isKept) report("vanished", `in transaction ${transaction}`);
    if (isDead && !isPoison && readCount < maxReads)
      report("died early", `dead after ${readCount} of ${maxReads} reads`);
    if (!isDead && !seen.has(readCount)) report("archived unrun", `by read ${readCount}`);
  }
  // A dead one may be archived besides, in the same breath.
  const ends = new Set([...archived, ...dead].map((end) => end.transaction));
  if (ends.size > 1 || archived.length > 1 || dead.length > 1) {
    report("ended twice", `archived ${archived.length} times, dead ${dead.length} times`);
  }
  const idempotencyKeys = new Set(runs.map((run) => run.idempotencyKey));
  if (idempotencyKeys.size > 1) report("key changed", [...idempotencyKeys].join(", "));
  if (all("effect").length > 1) report("effect repeated", `${all("effect").length} times`);
  return violations;
}

function sharedKeys(events: readonly MessageEvent[]): MessageViolation[] {
  const owners = new Map<string, string>();
  const violations: MessageViolation[] = [];
  for (const event of events) {
    if (event.kind !== "ran" && event.kind !== "effect") continue;
    const owner = owners.get(event.idempotencyKey) ?? event.key;
    owners.set(event.idempotencyKey, owner);
    if (owner === event.key) continue;
    violations.push({ kind: "key shared", key: event.key, detail: `${event.idempotencyKey} is ${owner}'s` });
  }
  return violations;
}
