import {
  type Backoff,
  backoffDelayMs,
  errorFields,
  fullJitter,
  type LoopReport,
  type ReportLoop,
  type Runtime,
  sleep,
  unreported,
} from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import { isAboutTheValues, isRefusedForGood } from "@shoal/store";
import type { MatchDesk } from "./bot.ts";

const GIVEN_UP =
  "a match could not be written, and no retry will mend that: it stays open, and its bot meets nobody, until this daemon ends";
const RETRY: Backoff = fullJitter(500, 5000);

/**
 * Writes what bots decide about matches, again and again until the database has it, so that neither a slow nor a lost
 * database holds up a conversation. Both writes are idempotent, so one that is still under way is not begun again.
 */
export class RetryingMatchDesk implements MatchDesk {
  readonly #matchmaker: Pick<Matchmaker, "confirm" | "endMatch">;
  readonly #runtime: Runtime;
  readonly #report: LoopReport;
  readonly #stop = new AbortController();
  readonly #open = new Map<string, Promise<void>>();
  /** Writes that failed and are tried again: while there is one, others that succeed are no sign that all get through. */
  readonly #failing = new Set<string>();

  /** `reportLoop` hears how writes end, as `matches`. */
  constructor(
    matchmaker: Pick<Matchmaker, "confirm" | "endMatch">,
    runtime: Runtime,
    reportLoop: ReportLoop = unreported,
  ) {
    this.#matchmaker = matchmaker;
    this.#runtime = runtime;
    this.#report = reportLoop("matches");
  }

  confirm(matchId: string, participantId: string): void {
    this.#write(matchId, `confirm ${participantId}`, () => this.#matchmaker.confirm(matchId, participantId));
  }

  end(matchId: string, reason: string, leaverId?: string): void {
    this.#write(matchId, "end", () => this.#end(matchId, reason, leaverId));
  }

  /** A reason comes from the code of a bot kind. One that no column can hold must not keep the match, and its bot, for ever. */
  async #end(matchId: string, reason: string, leaverId?: string): Promise<void> {
    try {
      await this.#matchmaker.endMatch(matchId, reason, leaverId);
    } catch (thrown) {
      if (!isAboutTheValues(thrown)) throw thrown;
      const message = "a match is ended with the reason 'unknown': the database refused the one it was given";
      this.#runtime.log.warn({ match_id: matchId, ...errorFields(thrown) }, message);
      await this.#matchmaker.endMatch(matchId, "unknown", leaverId);
    }
  }

  #write(matchId: string, what: string, work: () => Promise<unknown>): void {
    const key = `${matchId} ${what}`;
    if (this.#open.has(key)) return;
    this.#open.set(
      key,
      this.#repeat(matchId, key, work).finally(() => {
        this.#open.delete(key);
        this.#failing.delete(key);
        // Also when it was given up for good, which the log says: nothing is left of it that could fail.
        if (this.#failing.size === 0) this.#report.succeeded();
      }),
    );
  }

  /** Never rejects. */
  async #repeat(matchId: string, key: string, work: () => Promise<unknown>): Promise<void> {
    const { clock, rng, log } = this.#runtime;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await work();
        return;
      } catch (thrown) {
        const fields = { match_id: matchId, attempt, ...errorFields(thrown) };
        if (isRefusedForGood(thrown)) {
          return log.error(fields, GIVEN_UP);
        }
        this.#failing.add(key);
        this.#report.failed(thrown);
        log.debug(fields, "a match could not be written; trying again");
        if (this.#stop.signal.aborted) return;
        // An abort ends the wait: one more try, then it is given up (the lease will end the match).
        await sleep(clock, backoffDelayMs(RETRY, attempt, rng), this.#stop.signal).catch(() => {});
      }
    }
  }

  /** Waits for what is being written; each gets one more try at once, then is left to the lease. */
  async drain(): Promise<void> {
    this.#stop.abort(new Error("the daemon drains"));
    await Promise.all(this.#open.values());
  }
}
