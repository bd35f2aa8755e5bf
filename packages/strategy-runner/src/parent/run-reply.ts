import { MOST_EXPORT_CHARACTERS } from "../guest/inspect.ts";
import { isJson, storable } from "../guest/json-text.ts";
import { isSymbol } from "../guest/needs.ts";
import { readHostCall } from "../guest/run-calls.ts";
import { isPositiveDecimal } from "../guest/run-orders.ts";
import { isStateKey } from "../guest/run-state.ts";
import { shownText } from "../guest/shown-text.ts";
import type { RunReply, SettledTurn, StoppedAt } from "../guest/wire.ts";
import { LIMITS } from "../limits.ts";
import type { HostCall, JsonValue, LogLine, OrderIntent, RunError, RunResult } from "../run.types.ts";
import {
  type Fields,
  fieldsOf,
  isCount,
  isOneOf,
  type Read,
  readChoice,
  readCount,
  readList,
  readMatch,
} from "./read-fields.ts";

/** Of a call at which a replay stops. */
const MOST_ARGUMENT_CHARACTERS = 1000;
const MOST_ARGUMENTS = 50;

const RESULT_NAMES = ["result", "error", "intents", "statePatch", "logs", "notifications", "fuel", "imageHash"];
const RESULT_FIELDS = new Set(RESULT_NAMES);
const REPLY_FIELDS = new Set([...RESULT_NAMES, "turns", "stopped", "exports"]);
const ERROR_FIELDS = new Set(["code", "message", "line", "column", "stack"]);
const PLACE_FIELDS = new Set(["kind", "number", "symbol", "side", "type", "quantity", "price"]);
const CANCEL_FIELDS = new Set(["kind", "orderId"]);
const LOG_FIELDS = new Set(["level", "text"]);
const TURN_FIELDS = new Set(["calls", "settled"]);
const STOPPED_FIELDS = new Set(["call", "nowMs", "config", "portfolio", "openOrders", "state"]);
const STOPPED_CALL_FIELDS = new Set(["number", "name", "arguments"]);

/**
 * Reads what a child says came of a run; undefined for what cannot be. Counts, sizes and forms are checked once more and texts are cleaned once more,
 * because a child that was taken over may say anything. By hand, because it is done for each run: in the first thousands of runs of a process a schema takes twice as long.
 */
export function readRunReply(value: unknown): RunReply | undefined {
  const fields = fieldsOf(value, REPLY_FIELDS);
  const result = fields && resultOf(fields);
  if (result === undefined) return undefined;
  const turns = readList(fields?.["turns"], LIMITS.waitingCallCount, readTurn);
  const stopped = optional(fields, "stopped", readStopped);
  const exported = optional(fields, "exports", readExports);
  if (turns === undefined || stopped === undefined || exported === undefined) return undefined;
  return canBe(result) ? { ...result, turns, ...stopped, ...exported } : undefined;
}

/** Reads a result by itself, field by field; undefined for what is none. */
export function readRunResult(value: unknown): RunResult | undefined {
  const fields = fieldsOf(value, RESULT_FIELDS);
  return fields && resultOf(fields);
}

/** Reads calls that went out together. */
export const readCalls: Read<readonly HostCall[]> = (value) => readList(value, LIMITS.waitingCallCount, readHostCall);

function resultOf(fields: Fields): RunResult | undefined {
  const result = readChoice(fields["result"], ["ok", "failed"]);
  const error = optional(fields, "error", readError);
  const intents = readList(fields["intents"], LIMITS.orderCount, readIntent);
  const statePatch = readPatch(fields["statePatch"]);
  const logs = readList(fields["logs"], LIMITS.logLines, readLogLine);
  const notifications = readList(fields["notifications"], LIMITS.notificationCount, readNotification);
  const fuel = readCount(fields["fuel"]);
  const imageHash = readMatch(fields["imageHash"], /^([0-9a-f]{64})?$/);
  if (result === undefined || error === undefined || intents === undefined || statePatch === undefined)
    return undefined;
  if (logs === undefined || notifications === undefined || fuel === undefined || imageHash === undefined)
    return undefined;
  // In this order wherever it is written: a journal has the digest of its text.
  return { result, ...error, intents, statePatch, logs, notifications, fuel, imageHash };
}

/** Whether the fields of a result go together. */
function canBe({ result, error, intents, statePatch }: RunResult): boolean {
  const isFailed = result === "failed";
  // A failed run has a reason, and leaves nothing behind.
  if (isFailed !== (error !== undefined)) return false;
  if (isFailed && (intents.length > 0 || Object.keys(statePatch).length > 0)) return false;
  return intents.every(
    (intent, at) =>
      intent.kind !== "place" ||
      (intent.number === at + 1 && (intent.type === "market") === (intent.price === undefined)),
  );
}

/** Reads a field that may be missing: an object with it, or an empty one; undefined for one that cannot be. */
function optional<Name extends string, Value>(
  fields: Fields | undefined,
  name: Name,
  read: Read<Value>,
): { readonly [Key in Name]?: Value } | undefined {
  const given = fields?.[name];
  if (given === undefined) return {};
  const value = read(given);
  return value === undefined ? undefined : ({ [name]: value } as { readonly [Key in Name]: Value });
}

/** Room for what is written out of a text that is cleaned once more. */
function readShown(value: unknown, mostCharacters: number): string | undefined {
  return typeof value === "string" ? shownText(value, mostCharacters) : undefined;
}

function readError(value: unknown): RunError | undefined {
  const fields = fieldsOf(value, ERROR_FIELDS);
  const code = readMatch(fields?.["code"], /^STRATEGY_[A-Z_]{1,40}$/);
  const message = readShown(fields?.["message"], LIMITS.errorCharacters);
  const line = optional(fields, "line", readPlace);
  const column = optional(fields, "column", readPlace);
  const stack = optional(fields, "stack", readStack);
  if (code === undefined || message === undefined || line === undefined) return undefined;
  if (column === undefined || stack === undefined) return undefined;
  return { code: code as RunError["code"], message, ...line, ...column, ...stack };
}

const readPlace: Read<number> = (value) => (isCount(value) && value >= 1 ? value : undefined);

const readStack: Read<string> = (value) => {
  if (typeof value !== "string") return undefined;
  const lines = value.split("\n", LIMITS.stackLines);
  return lines.map((line) => shownText(line, 100)).join("\n");
};

function readIntent(value: unknown): OrderIntent | undefined {
  const place = fieldsOf(value, PLACE_FIELDS);
  if (place?.["kind"] === "place") return readPlacement(place);
  const cancel = fieldsOf(value, CANCEL_FIELDS);
  const orderId = cancel?.["orderId"];
  if (cancel?.["kind"] !== "cancel" || typeof orderId !== "string" || orderId.length > 200) return undefined;
  return { kind: "cancel", orderId };
}

function readPlacement({ number, symbol, side, type, quantity, price }: Fields): OrderIntent | undefined {
  if (!isCount(number) || number < 1 || number > LIMITS.orderCount) return undefined;
  if (typeof symbol !== "string" || !isSymbol(symbol)) return undefined;
  if (!isOneOf(side, ["buy", "sell"]) || !isOneOf(type, ["market", "limit", "stop"])) return undefined;
  if (!isDecimal(quantity) || (price !== undefined && !isDecimal(price))) return undefined;
  return { kind: "place", number, symbol, side, type, quantity, ...(price === undefined ? {} : { price }) };
}

const isDecimal = (value: unknown): value is string => typeof value === "string" && isPositiveDecimal(value);

function readPatch(value: unknown): RunResult["statePatch"] | undefined {
  if (!isJson(value)) return undefined;
  const patch = storable(value);
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return undefined;
  const keys = Object.keys(patch);
  // A run may delete as many keys as there can be, and set as many.
  const isSmall = keys.length <= 2 * LIMITS.stateKeyCount && keys.every(isStateKey);
  return isSmall && isWithin(patch, 4 * LIMITS.stateBytes) ? (patch as RunResult["statePatch"]) : undefined;
}

function isWithin(value: JsonValue, limitBytes: number): boolean {
  return Buffer.byteLength(JSON.stringify(value)) <= limitBytes;
}

function readLogLine(value: unknown): LogLine | undefined {
  const fields = fieldsOf(value, LOG_FIELDS);
  const level = readChoice(fields?.["level"], ["info", "warn", "error"]);
  const text = readShown(fields?.["text"], LIMITS.logCharacters);
  return level === undefined || text === undefined ? undefined : { level, text };
}

const readNotification: Read<string> = (value) => readShown(value, LIMITS.notificationCharacters);

function readTurn(value: unknown): SettledTurn | undefined {
  const fields = fieldsOf(value, TURN_FIELDS);
  const calls = readCalls(fields?.["calls"]);
  const settled = readList(fields?.["settled"], LIMITS.waitingCallCount, readCount);
  return calls === undefined || settled === undefined ? undefined : { calls, settled };
}

const readExports: Read<string> = (value) =>
  typeof value === "string" && value.length <= MOST_EXPORT_CHARACTERS ? value : undefined;

function readStopped(value: unknown): StoppedAt | undefined {
  const fields = fieldsOf(value, STOPPED_FIELDS);
  const call = readStoppedCall(fields?.["call"]);
  if (fields === undefined || call === undefined || !Number.isSafeInteger(fields["nowMs"])) return undefined;
  const { nowMs, config, portfolio, openOrders, state } = fields;
  // Each of its fields is as deep as JSON may be.
  if (![config, portfolio, openOrders, state].every(isJson)) return undefined;
  return { call, nowMs, config, portfolio, openOrders, state } as StoppedAt;
}

function readStoppedCall(value: unknown): StoppedAt["call"] | undefined {
  const fields = fieldsOf(value, STOPPED_CALL_FIELDS);
  const number = readCount(fields?.["number"]);
  const name = readShown(fields?.["name"], MOST_ARGUMENT_CHARACTERS);
  const args = readList(fields?.["arguments"], MOST_ARGUMENTS, (each) => readShown(each, MOST_ARGUMENT_CHARACTERS));
  if (number === undefined || name === undefined || args === undefined) return undefined;
  return { number, name, arguments: args };
}
