import { createHash } from "node:crypto";
import { isNestedDeeper, MAX_JSON_LEVELS } from "@shoal/kernel";
import type { AnsweredTurn, RunMessage } from "../guest/wire.ts";
import type { RunRequest, RunResult } from "../run.types.ts";
import { StrategyError } from "../strategy-error.ts";
import type { CandlesReference, Journal } from "./journal.types.ts";
import { journalSchema } from "./journal-schema.ts";

const COLUMNS_PER_MARKET = 6;
/** All candles that a run may fetch, with every number at its longest, are half of that. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
/** The state that a run was given is JSON of its own, as is the patch in its outcome. */
const MOST_LEVELS = MAX_JSON_LEVELS + 2;

/** Makes the journal of a run that is over. */
export function makeJournal(run: {
  readonly buildId: string;
  readonly request: Pick<RunRequest, "strategyId">;
  readonly message: RunMessage;
  readonly columns: readonly Float64Array[];
  readonly turns: readonly AnsweredTurn[];
  readonly result: RunResult;
}): Journal {
  const { buildId, request, message, columns, turns, result } = run;
  const { fileName, fuel, nowMs, seed, config, state, portfolio, openOrders, canAsk } = message;
  const body = {
    version: 1,
    buildId,
    strategyId: request.strategyId,
    codeSha256: sha256(message.javascript),
    ...{ fileName, fuel, nowMs, seed, config, state, portfolio, openOrders, canAsk },
    candles: referencesOf(message.markets, columns),
    turns,
    outcome: result,
  } as const;
  return withDigest(body);
}

/** Hashes of the markets in columns that runs are given again and again. */
const hashesOf = new WeakMap<readonly Float64Array[], readonly string[]>();

/** Says which candles a run was given. */
export function referencesOf(markets: RunMessage["markets"], columns: readonly Float64Array[]): CandlesReference[] {
  const ofMarket = (index: number) => columns.slice(index * COLUMNS_PER_MARKET, (index + 1) * COLUMNS_PER_MARKET);
  const hashes = hashesOf.get(columns) ?? markets.map((_, index) => hashOf(ofMarket(index)));
  hashesOf.set(columns, hashes);
  return markets.map(({ symbol, timeframe }, index) => {
    const [openMs = new Float64Array(0)] = ofMarket(index);
    const [count, lastOpenMs] = [openMs.length, openMs.at(-1) ?? 0];
    return { symbol, timeframe, count, lastOpenMs, sha256: hashes[index] ?? "" };
  });
}

function hashOf(columns: readonly Float64Array[]): string {
  const hash = createHash("sha256");
  for (const column of columns) hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return hash.digest("hex");
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Writes a journal as text, for keeping. */
export function journalToText(journal: Journal): string {
  return JSON.stringify(journal);
}

/**
 * Reads a journal that was kept. Throws `STRATEGY_JOURNAL_CHANGED` unless it is, to the byte, what `journalToText` wrote; a text that is larger or nested
 * deeper than any journal is not parsed.
 */
export function journalFromText(text: string): Journal {
  if (text.length > MOST_CHARACTERS) throw changed(`it has ${text.length} characters, more than any journal`);
  if (isNestedDeeper(text, MOST_LEVELS)) throw changed("it is nested deeper than any journal");
  const value = parse(text);
  if (!journalSchema.safeParse(value).success) throw changed("its fields are not those of a journal");
  // Written again, so that not even a blank can be added: parsing alone would not notice.
  if (JSON.stringify(value) !== text) throw changed("the text is not as it was written");
  const journal = value as Journal;
  requireUnchanged(journal);
  return journal;
}

/** Throws `STRATEGY_JOURNAL_CHANGED` if a journal is not as it was made. */
export function requireUnchanged(journal: Journal): void {
  const { digest, ...body } = journal;
  if (withDigest(body).digest !== digest) throw changed("its digest is that of another one");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The digest is over the JSON of all the rest, keys in their order. */
function withDigest(body: Omit<Journal, "digest">): Journal {
  return { ...body, digest: sha256(JSON.stringify(body)) };
}

function changed(how: string): StrategyError {
  return new StrategyError(
    "STRATEGY_JOURNAL_CHANGED",
    `the journal was changed, or is none: ${how}; it cannot be replayed`,
  );
}
