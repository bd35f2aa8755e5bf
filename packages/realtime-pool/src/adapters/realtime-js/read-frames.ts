import type { Payload, RowChange } from "../../types.ts";

/** Reads what comes off the wire, which is unknown until then. What does not fit is null, and dropped. */
export function readBroadcast(message: unknown): { readonly event: string; readonly payload: Payload } | null {
  if (!isRecord(message) || typeof message["event"] !== "string") return null;
  const payload = message["payload"] ?? {};
  return isRecord(payload) ? { event: message["event"], payload } : null;
}

export interface SystemMessage {
  readonly extension: string;
  readonly isOk: boolean;
  readonly message: string;
}

export function readSystem(payload: unknown): SystemMessage | null {
  if (!isRecord(payload) || typeof payload["message"] !== "string") return null;
  return {
    extension: typeof payload["extension"] === "string" ? payload["extension"] : "system",
    isOk: payload["status"] === "ok",
    message: payload["message"],
  };
}

/** A row as the library hands it on, with its columns already converted. */
export function readChange(row: unknown): RowChange | null {
  if (!isRecord(row)) return null;
  const { eventType: type, schema, table, commit_timestamp: commitTimestamp } = row;
  if (type !== "INSERT" && type !== "UPDATE" && type !== "DELETE") return null;
  if (typeof schema !== "string" || typeof table !== "string" || typeof commitTimestamp !== "string") return null;
  const record = isRecord(row["new"]) ? row["new"] : {};
  const oldRecord = isRecord(row["old"]) ? row["old"] : {};
  return { type, schema, table, commitTimestamp, record, oldRecord };
}

/** A plain JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
