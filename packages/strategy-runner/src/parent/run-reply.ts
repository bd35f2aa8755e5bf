import { MOST_CALLS } from "../guest/call-list.ts";
import { MOST_EXPORT_CHARACTERS } from "../guest/inspect.ts";
import { isJson, storable } from "../guest/json-text.ts";
import { isSymbol } from "../guest/needs.ts";
import { readHostCall } from "../guest/run-calls.ts";
import { isPositiveDecimal } from "../guest/run-orders.ts";
import { isStateKey } from "../guest/run-state.ts";
import { shownText } from "../guest/shown-text.ts";
import type { RunReply, SeenCall, SettledTurn, StoppedAt } from "../guest/wire.ts";
import { LIMITS } from "../limits.ts";
import type { HostCall, JsonValue, LogLine, OrderIntent, RunError, RunResult } from "../run.types.ts";
import { type FieldReaders, integerFrom, listOf, objectOf, oneOf, type Read, textWhere } from "./read-fields.ts";

/** Of a call at which a replay stops. */
const MOST_ARGUMENT_CHARACTERS = 1000;
const MOST_ARGUMENTS = 50;

const count = integerFrom(0);
const symbol = textWhere(isSymbol);
const decimal = textWhere(isPositiveDecimal);

/** Room for what is written out of a text that is cleaned once more. */
function shown(mostCharacters: number): Read<string> {
  return (value) => (typeof value === "string" ? shownText(value, mostCharacters) : undefined);
}

const json = <Value>(value: unknown) => (isJson(value) ? (value as Value) : undefined);

const error = objectOf<RunError>(
  {
    code: textWhere((text) => /^STRATEGY_[A-Z_]{1,40}$/.test(text)) as Read<RunError["code"]>,
    message: shown(LIMITS.errorCharacters),
    line: integerFrom(1),
    column: integerFrom(1),
    stack: readStack,
  },
  ["line", "column", "stack"],
);

function readStack(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const lines = value.split("\n", LIMITS.stackLines);
  return lines.map((line) => shownText(line, 100)).join("\n");
}

type Placement = Extract<OrderIntent, { readonly kind: "place" }>;

const placement = objectOf<Placement>(
  {
    kind: oneOf("place"),
    number: integerFrom(1, LIMITS.orderCount),
    symbol,
    side: oneOf("buy", "sell"),
    type: oneOf("market", "limit", "stop"),
    quantity: decimal,
    price: decimal,
  },
  ["price"],
);

const cancellation = objectOf<Exclude<OrderIntent, Placement>>({
  kind: oneOf("cancel"),
  orderId: textWhere((text) => text.length <= 200),
});

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

/** Reads calls that went out together. */
export const readCalls: Read<readonly HostCall[]> = listOf(LIMITS.waitingCallCount, readHostCall);

const stopped = objectOf<StoppedAt>({
  call: objectOf<StoppedAt["call"]>({
    number: count,
    name: shown(MOST_ARGUMENT_CHARACTERS),
    arguments: listOf(MOST_ARGUMENTS, shown(MOST_ARGUMENT_CHARACTERS)),
  }),
  nowMs: integerFrom(Number.MIN_SAFE_INTEGER),
  // Each of these is as deep as JSON may be.
  ...{ config: json, portfolio: json, openOrders: json, state: json },
});

const seenCall = objectOf<SeenCall>({
  number: integerFrom(1),
  name: shown(MOST_ARGUMENT_CHARACTERS),
  arguments: listOf(MOST_ARGUMENTS, shown(MOST_ARGUMENT_CHARACTERS)),
  fuel: count,
  outcome: oneOf("answered", "refused", "waits", "ended"),
  answer: shown(MOST_ARGUMENT_CHARACTERS),
});

// In this order wherever it is written: a journal has the digest of its text.
const RESULT: FieldReaders<RunResult> = {
  result: oneOf("ok", "failed"),
  error,
  intents: listOf(LIMITS.orderCount, (value) => placement(value) ?? cancellation(value)),
  statePatch: readPatch,
  logs: listOf(
    LIMITS.logLines,
    objectOf<LogLine>({ level: oneOf("info", "warn", "error"), text: shown(LIMITS.logCharacters) }),
  ),
  notifications: listOf(LIMITS.notificationCount, shown(LIMITS.notificationCharacters)),
  fuel: count,
  imageHash: textWhere((text) => /^([0-9a-f]{64})?$/.test(text)),
};

/** Reads a result by itself, field by field; undefined for what is none. */
export const readRunResult: Read<RunResult> = objectOf<RunResult>(RESULT, ["error"]);

const readFields = objectOf<RunReply>(
  {
    ...RESULT,
    turns: listOf(
      LIMITS.waitingCallCount,
      objectOf<SettledTurn>({ calls: readCalls, settled: listOf(LIMITS.waitingCallCount, count) }),
    ),
    stopped,
    calls: listOf(MOST_CALLS, seenCall),
    exports: textWhere((text) => text.length <= MOST_EXPORT_CHARACTERS),
  },
  ["error", "stopped", "calls", "exports"],
);

/**
 * Reads what a child says came of a run; undefined for what cannot be. Counts, sizes and forms are checked once more and texts are cleaned once more,
 * because a child that was taken over may say anything. By readers of our own, because it is done for each run: in the first thousands of runs of a process a
 * schema takes twice as long.
 */
export function readRunReply(value: unknown): RunReply | undefined {
  const reply = readFields(value);
  return reply && canBe(reply) ? reply : undefined;
}

/** Whether the fields of a result go together. */
function canBe({ result, error: reason, intents, statePatch }: RunResult): boolean {
  const isFailed = result === "failed";
  // A failed run has a reason, and leaves nothing behind.
  if (isFailed !== (reason !== undefined)) return false;
  if (isFailed && (intents.length > 0 || Object.keys(statePatch).length > 0)) return false;
  return intents.every(
    (intent, at) =>
      intent.kind !== "place" ||
      (intent.number === at + 1 && (intent.type === "market") === (intent.price === undefined)),
  );
}
