import { areBytesTooMany, countDeliveries, publishBroadcast } from "../broadcast.ts";
import type { RowMessage } from "../changes/pgoutput.ts";
import { TOPIC_PREFIX } from "../channel.ts";
import type { Core } from "../core.ts";
import { liveMessage } from "./stored-message.ts";

/** Whether a change is one of `realtime.messages`, or of a partition of it. */
export function isMessageRow({ relation: { schema, table } }: RowMessage): boolean {
  return schema === "realtime" && /^messages(_|$)/.test(table);
}

/**
 * Broadcasts a committed row. No policy is asked: who inserted it was allowed to. Rows that miss a part, or are over the
 * limits, stay in the table and are told to nobody.
 */
export function deliverRow(core: Core, { action, relation, newRow }: RowMessage): void {
  if (action !== "INSERT") return;
  const values = new Map(relation.columns.map(({ name }, index) => [name, newRow?.[index] ?? undefined]));
  const [id, topicName, event, isPrivate] = ["id", "topic", "event", "private"].map((name) => values.get(name));
  const content = values.get("payload") ?? bytesOf(values.get("binary_payload"));
  if (id === undefined || topicName === undefined || event === undefined || isPrivate === undefined) return;
  if (content === undefined || areBytesTooMany(core.project.limits.payloadBytes, Buffer.byteLength(content))) return;
  if (core.admission.admitBatch(1).kind === "refused") return;
  core.admission.countEvent();
  const message = liveMessage(TOPIC_PREFIX + topicName, { id, event, content });
  const broadcast = { topicName, isPrivate: isPrivate === "t", userEvent: event, message };
  countDeliveries(
    core,
    publishBroadcast(core, broadcast, (channel) => channel.replayedIds.has(id)),
  );
}

/** Reads bytes as Postgres writes them: `\x0001ff`. */
function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text.slice("\\x".length), "hex");
}
