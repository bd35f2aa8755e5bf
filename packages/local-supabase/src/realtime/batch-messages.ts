import { asRecord } from "./join-payload.ts";

/** One message of a batch. */
export interface BatchMessage {
  readonly topic: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly isPrivate: boolean;
}

type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** The messages of a request, or what is wrong with each. */
export type Batch =
  | { readonly kind: "valid"; readonly messages: readonly BatchMessage[] }
  | { readonly kind: "invalid"; readonly errors: { readonly messages: readonly (string | FieldErrors)[] } };

const BLANK = "can't be blank";
const INVALID = "is invalid";
export const TOO_LARGE = "Payload size exceeds tenant limit";

/** @source REALTIME-FRAMES.md, http; supabase/realtime 2.129.8, lib/realtime/tenants/batch_broadcast.ex */
export function readBatch(messages: unknown, isTooLarge: (payload: unknown) => boolean): Batch {
  if (messages === undefined || messages === null) return { kind: "invalid", errors: { messages: [BLANK] } };
  if (!Array.isArray(messages)) return { kind: "invalid", errors: { messages: [INVALID] } };
  if (messages.length === 0) return { kind: "invalid", errors: { messages: [BLANK] } };
  const errors = messages.map((message) => messageErrors(message, isTooLarge));
  if (errors.some((fields) => Object.keys(fields).length > 0)) return { kind: "invalid", errors: { messages: errors } };
  return { kind: "valid", messages: messages.flatMap(toBatchMessage) };
}

function messageErrors(message: unknown, isTooLarge: (payload: unknown) => boolean): FieldErrors {
  const fields = asRecord(message) ?? {};
  const errors: Record<string, string[]> = {};
  const check = (name: string, isRight: (value: unknown) => boolean) => {
    const value = fields[name];
    if (value === undefined || value === null || value === "") errors[name] = [BLANK];
    else if (!isRight(value)) errors[name] = [INVALID];
  };
  check("topic", (value) => typeof value === "string");
  check("event", (value) => typeof value === "string");
  check("payload", (value) => asRecord(value) !== undefined);
  if (!errors["payload"] && isTooLarge(fields["payload"])) errors["payload"] = [TOO_LARGE];
  if (![undefined, null, true, false, "true", "false"].includes(fields["private"] as boolean)) {
    errors["private"] = [INVALID];
  }
  return errors;
}

function toBatchMessage(message: unknown): BatchMessage | [] {
  const { topic, event, payload, private: isPrivate } = asRecord(message) ?? {};
  const record = asRecord(payload);
  if (typeof topic !== "string" || typeof event !== "string" || !record) return [];
  return { topic, event, payload: record, isPrivate: isPrivate === true || isPrivate === "true" };
}
