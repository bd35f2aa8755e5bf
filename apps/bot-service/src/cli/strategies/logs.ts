import { type Clock, isFleetError, printable, printableJson, SECOND_MS, sleep } from "@shoal/kernel";
import { z } from "zod";
import { type LogLineBody, logLineBody } from "../../strategies/desk/bodies.ts";
import type { Answer } from "../answer.ts";
import { ANSWER_LIMIT_MS } from "../daemon.ts";
import { type DeskClient, pathOf } from "./desk-client.ts";
import { when } from "./desk-view.ts";

const page = z.object({ lines: z.array(logLineBody) });

/** How often a log that is followed is asked for what is new. */
const LOOK_MS = SECOND_MS;
/** Silence of the daemon after which it is taken to be gone: a restart takes less. */
const SILENCE_LIMIT_MS = 60 * SECOND_MS;
/** Lines of one answer: what is held in memory, however long the log. */
const PAGE_LINES = 500;

const BEFORE_ALL = { epoch: 0, number: 0 };

/** Reads the newest lines of a log. */
export async function readLog(desk: DeskClient, id: string, limit: number): Promise<Answer> {
  const { body, view } = await desk.ask(page, { path: pathOf(`/strategies/${id}/logs`, { limit }) });
  return { text: view.lines.map(drawLine).join("") || "no lines\n", json: body };
}

export interface Following {
  readonly desk: DeskClient;
  readonly id: string;
  /** Lines of before that are shown first. */
  readonly limit: number;
  readonly isJson: boolean;
  readonly clock: Clock;
  /** Ends it: Ctrl-C. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
  readonly warn: (line: string) => void;
}

/**
 * Prints a log and what comes to it, until `signal` ends it. Bears a daemon that is away for a moment.
 * @throws CLI_NO_ANSWER the daemon stays away
 */
export async function followLog(following: Following): Promise<void> {
  const { desk, id, clock, signal, print, warn, isJson } = following;
  /** The last line that was printed; undefined before the first answer. */
  let last: Pick<LogLineBody, "epoch" | "number"> | undefined;
  let answeredMs = clock.monotonicMs();
  let isAway = false;
  while (!signal.aborted) {
    const place = last === undefined ? {} : { after: `${last.epoch}:${last.number}` };
    const limit = last === undefined ? following.limit : PAGE_LINES;
    try {
      const { lines } = (
        await desk.ask(page, { path: pathOf(`/strategies/${id}/logs`, { limit, ...place }), limitMs: ANSWER_LIMIT_MS })
      ).view;
      answeredMs = clock.monotonicMs();
      isAway = false;
      print(lines.map((line) => (isJson ? `${printableJson(line)}\n` : drawLine(line))).join(""));
      const isFull = last !== undefined && lines.length === PAGE_LINES;
      last = lines.at(-1) ?? last ?? BEFORE_ALL;
      // There may be more at once.
      if (isFull) continue;
    } catch (thrown) {
      if (signal.aborted) return;
      const isLong = clock.monotonicMs() - answeredMs > SILENCE_LIMIT_MS;
      if (isLong || !isFleetError(thrown) || !thrown.retryable) throw thrown;
      if (!isAway) warn(`${thrown.message}; trying again`);
      isAway = true;
    }
    await sleep(clock, LOOK_MS, signal).catch(() => {});
  }
}

function drawLine({ at, level, text }: LogLineBody): string {
  return `${printable(`${when(at)} ${level.padEnd("error".length)} ${text}`)}\n`;
}
