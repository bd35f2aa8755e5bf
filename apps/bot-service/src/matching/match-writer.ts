import {
  type Backoff,
  errorFields,
  fullJitter,
  type LoopReport,
  type ReportLoop,
  type Runtime,
  retry,
  unreported,
} from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import { isAboutTheValues } from "@shoal/store";
import type { MatchWriter } from "../fleet/bot.ts";

const GIVEN_UP =
  "a match could not be written and no retry will help: it stays open, and its bot gets no other, until this daemon ends";
const LEFT_OPEN = "a match could not be written before the daemon ended; its lease will end it";
const RETRY: Backoff = fullJitter(500, 5000);

type Written = Pick<Matchmaker, "confirm" | "confirmInRoom" | "endMatch">;

/**
 * Writes what bots decide about matches, and retries until the database has it, so that neither a slow nor a lost database
 * holds up a conversation. Each write is idempotent, so one that is still under way is not begun again.
 */
export class DurableMatchWriter implements MatchWriter {
  readonly #matchmaker: Written;
  readonly #runtime: Runtime;
  readonly #report: LoopReport;
  readonly #stop = new AbortController();
  readonly #open = new Map<string, Promise<void>>();
  /** Writes that failed and are retried. While there is one, the success of others does not mean that the loop works. */
  readonly #failing = new Set<string>();

  /** `reportLoop` receives how writes end, under the name `matches`. */
  constructor(matchmaker: Written, runtime: Runtime, reportLoop: ReportLoop = unreported) {
    this.#matchmaker = matchmaker;
    this.#runtime = runtime;
    this.#report = reportLoop("matches");
  }

  confirm(matchId: string, participantId: string): void {
    this.#write(matchId, `confirm ${participantId}`, () => this.#matchmaker.confirm(matchId, participantId));
  }

  confirmInRoom(matchId: string, participantId: string): void {
    this.#write(matchId, `see ${participantId}`, () => this.#matchmaker.confirmInRoom(matchId, participantId));
  }

  end(matchId: string, reason: string, leaverId?: string): void {
    this.#write(matchId, "end", () => this.#end(matchId, reason, leaverId));
  }

  /** Ends the match even if no column can hold the reason, which comes from a bot kind: else match and bot would stay for ever. */
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
        // Also after a write was given up, which is logged: it cannot fail any more.
        if (this.#failing.size === 0) this.#report.succeeded();
      }),
    );
  }

  /**
   * Retries a write until it succeeds or its own values are refused. A statement that is refused whatever it is given (a function
   * that is missing) is mended by whoever changed the schema, and would leave every match open until then. Never rejects.
   */
  async #repeat(matchId: string, key: string, work: () => Promise<unknown>): Promise<void> {
    const { log } = this.#runtime;
    const { signal } = this.#stop;
    try {
      await retry(work, {
        runtime: this.#runtime,
        backoff: RETRY,
        signal,
        when: (error) => !isAboutTheValues(error),
        onFailure: ({ error, attempt }) => {
          this.#failing.add(key);
          this.#report.failed(error);
          const message = "a match could not be written; trying again";
          log.debug({ match_id: matchId, attempt, ...errorFields(error) }, message);
        },
      });
    } catch (thrown) {
      // The drain ends the wait: one more try, then the lease ends the match.
      if (signal.aborted)
        await work().catch((error) => log.warn({ match_id: matchId, ...errorFields(error) }, LEFT_OPEN));
      else log.error({ match_id: matchId, ...errorFields(thrown) }, GIVEN_UP);
    }
  }

  /** Waits for the writes under way. Each failing one gets one more try at once; then the lease ends its match. */
  async drain(): Promise<void> {
    this.#stop.abort(new Error("the daemon drains"));
    await Promise.all(this.#open.values());
  }
}
