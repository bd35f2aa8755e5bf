import { type Candles, sliceCandles } from "@shoal/market";
import type { RunMessage, SeenCall, StoppedAt } from "../guest/wire.ts";
import type { Sandbox } from "../parent/sandbox.types.ts";
import type { CheckedCode, RunResult } from "../run.types.ts";
import { StrategyError } from "../strategy-error.ts";
import { requireUnchanged, sha256 } from "./journal.ts";
import type { Journal } from "./journal.types.ts";
import { columnsOf, recordedCandles } from "./recorded-candles.ts";

export interface ReplayOptions {
  /** A child of the same build as that of the journal. */
  readonly sandbox: Sandbox;
  /** The code that ran; the journal knows only its hash. */
  readonly code: Pick<CheckedCode, "javascript">;
  /** Candles that contain those of the run; the journal knows only their hashes. */
  readonly candles: readonly Candles[];
  /** Stops before this call of `ctx`, counted from 1, and shows what the strategy sees there. */
  readonly stopAt?: number;
  /** The report has the calls of `ctx` with their answers, up to the stop. */
  readonly listsCalls?: boolean;
}

export interface ReplayDifference {
  readonly field: keyof RunResult;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

export interface ReplayReport {
  /** Whether everything was as recorded, down to the fuel and each byte of memory. True also where the replay stopped early. */
  readonly isEqual: boolean;
  readonly differences: readonly ReplayDifference[];
  readonly replayed: RunResult;
  /** Present where the replay stopped at `stopAt`; absent if the run has fewer calls. */
  readonly stopped?: StoppedAt;
  /** The newest calls of `ctx`, in their order; present where they were to be listed. Of a run with many, stop it earlier to see earlier ones. */
  readonly calls?: readonly SeenCall[];
}

const COMPARED = [
  "result",
  "error",
  "intents",
  "statePatch",
  "logs",
  "notifications",
  "fuel",
  "imageHash",
] as const satisfies readonly (keyof RunResult)[];

/**
 * Does a recorded run again, with the recorded answers, and compares. Throws a `StrategyError`: `STRATEGY_JOURNAL_CHANGED`;
 * `STRATEGY_JOURNAL_OTHER_BUILD` for a journal of another build of the engine; `STRATEGY_JOURNAL_INPUTS` if code or candles are not those
 * of the run; `STRATEGY_REQUEST_INVALID` for a `stopAt` that is no call's number.
 */
export async function replay(journal: Journal, options: ReplayOptions): Promise<ReplayReport> {
  const { sandbox, code, candles, stopAt, listsCalls } = options;
  requireUnchanged(journal);
  if (journal.buildId !== sandbox.buildId) {
    throw new StrategyError(
      "STRATEGY_JOURNAL_OTHER_BUILD",
      `the journal is of engine build ${journal.buildId.slice(0, 12)}, this is ${sandbox.buildId.slice(0, 12)}: their fuel and memory differ; replay it with the version of Shoal that recorded it`,
    );
  }
  if (sha256(code.javascript) !== journal.codeSha256) {
    throw new StrategyError("STRATEGY_JOURNAL_INPUTS", "the code given for the replay is not the code of the run");
  }
  if (stopAt !== undefined && !(Number.isSafeInteger(stopAt) && stopAt >= 1)) {
    throw new StrategyError("STRATEGY_REQUEST_INVALID", `a replay stops at a call from 1 up, and not at ${stopAt}`);
  }
  const columns = journal.candles.flatMap((reference) => {
    const found = recordedCandles(reference, candles);
    return columnsOf(sliceCandles(found.candles, found.startIndex, found.endIndex));
  });
  const reply = await sandbox.execute(
    { ...messageOf(journal, code.javascript, stopAt), ...(listsCalls && { listsCalls }) },
    columns,
  );
  const { turns, stopped, calls, exports, ...replayed } = reply;
  const differences = stopped === undefined ? differencesOf(journal.outcome, replayed) : [];
  return {
    isEqual: differences.length === 0,
    differences,
    replayed,
    ...(stopped === undefined ? {} : { stopped }),
    ...(calls === undefined ? {} : { calls }),
  };
}

function messageOf(journal: Journal, javascript: string, stopAt: number | undefined): RunMessage {
  const { fileName, fuel, nowMs, seed, config, state, portfolio, openOrders, canAsk, candles, turns } = journal;
  return {
    entry: "run",
    ...{ javascript, fileName, fuel, nowMs, seed, config, state, portfolio, openOrders, canAsk },
    markets: candles.map(({ symbol, timeframe }) => ({ symbol, timeframe })),
    keepJournal: true,
    recorded: turns,
    ...(stopAt === undefined ? {} : { stopAt }),
  };
}

function differencesOf(recorded: RunResult, replayed: RunResult): ReplayDifference[] {
  // Where the engine's native stack broke off is the machine's, so that fuel and memory say nothing.
  const isComparable = recorded.imageHash !== "" || replayed.imageHash !== "";
  return COMPARED.filter((field) => isComparable || field !== "fuel").flatMap((field) =>
    JSON.stringify(recorded[field]) === JSON.stringify(replayed[field])
      ? []
      : [{ field, recorded: recorded[field], replayed: replayed[field] }],
  );
}
