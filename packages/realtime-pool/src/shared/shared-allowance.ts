import { type Clock, createEmitter, type EventSource, SECOND_MS, type Timer, toError } from "@shoal/kernel";
import { type JoinAllowance, type JoinGrant, type JoinLine, type Throttled, URGENT_RANK } from "../join-allowance.ts";
import {
  afterQuiet,
  COOL_DOWN_MS,
  KEPT_RATIO,
  letInAgain,
  limitReached,
  nextLookMs,
  record,
  room,
  serverStarted,
  spend,
  usage,
  type WindowBudget,
  windowBudget,
} from "../window-budget.ts";
import { createGrantStock } from "./grant-stock.ts";
import {
  HELD_MS,
  type LedgerAnswer,
  type LedgerFleet,
  type LedgerTurn,
  type ServerNews,
  sharedLimits,
} from "./join-ledger.ts";

export interface SharedAllowanceEvents {
  /** The ledger was asked for so many joins. */
  "joins:asked": { readonly count: number };
  "joins:granted": { readonly count: number };
  /** Grants that were not used in time, or may not be any more. */
  "joins:returned": { readonly count: number };
  /** One join was sent without asking the ledger. */
  "joins:counted": Record<never, never>;
  /** The ledger does not answer: until it does, this pool spends its part of the share by itself. */
  "ledger:lost": { readonly error: Error };
  "ledger:found": Record<never, never>;
}

export interface SharedAllowanceOptions {
  readonly clock: Clock;
  readonly limits: LedgerFleet["limits"];
  /** Takes a turn at the ledger that all replicas share. May reject: whether it was taken is then unknown. */
  readonly applyTurn: (turn: LedgerTurn) => Promise<LedgerAnswer>;
  /** Number of the replicas that share the project, this one included; null while it is not known. */
  readonly replicaCount: () => number | null;
}

/** An allowance that a fleet shares. */
export interface SharedAllowance extends JoinAllowance {
  readonly events: EventSource<SharedAllowanceEvents>;
  /** Another replica told the ledger something of the server: what was granted before that is not used any more. */
  changed(): void;
  /** Leaves no timer, and grants nothing any more. Idempotent. */
  close(): void;
}

/** Joins must not wait for a ledger that takes longer. */
const ANSWER_LIMIT_MS = SECOND_MS;
const PROBE_EVERY_MS = SECOND_MS;
/** After an outage nobody asks before all had time to see that it is over, and to tell what they joined meanwhile. */
const ALL_TELL_MS = 2.5 * SECOND_MS;
/** What was withheld for others is asked for again after this. */
const WITHHELD_MS = SECOND_MS / 4;
/** Taken for the number of replicas until anything tells: more than most have. */
const UNKNOWN_COUNT = 10;

const OPEN = { urgent: Number.NEGATIVE_INFINITY, idle: Number.NEGATIVE_INFINITY };

/**
 * Makes the allowance of one of several pools that spend a project's joins together: a ledger grants them in batches, for what
 * stands in line. While it is away this pool spends its part of what is certainly left: what others may have taken since is not.
 */
export function createSharedAllowance(options: SharedAllowanceOptions): SharedAllowance {
  return new Shared(options);
}

class Shared implements SharedAllowance {
  readonly #options: SharedAllowanceOptions;
  readonly #emitter = createEmitter<SharedAllowanceEvents>();
  readonly #stock = createGrantStock();
  #onGranted = () => {};
  /** The fleet's, as of the last answer, in monotonic ms of this process. While the ledger is away, each join here counts for all. */
  #budget: WindowBudget;
  /** Until when nothing can be granted that was not. */
  #closedUntilMs = OPEN;
  #untold: Untold = nothing();
  #isAsking = false;
  /**
   * Set while the ledger is away, or not known to be there. `answersSinceMs`: it answers, and all tell what they joined. So one that
   * starts when an outage ends waits for the others, too.
   */
  #away: { answersSinceMs: number | null; isReported: boolean } | null = { answersSinceMs: null, isReported: false };
  /** As of the last answer. */
  #othersCount: number | null = null;
  #limit: Timer | undefined;
  #expiry: Timer | undefined;
  #probe: Timer | undefined;
  #isClosed = false;

  constructor(options: SharedAllowanceOptions) {
    this.#options = options;
    const fresh = windowBudget(sharedLimits(options.limits));
    this.#budget = serverStarted(fresh, options.clock.monotonicMs(), false);
    this.#leaveToOthers();
  }

  get events() {
    return this.#emitter;
  }

  get usage() {
    return usage(this.#budget, this.#nowMs());
  }

  onGranted(listener: () => void): void {
    this.#onGranted = listener;
  }

  take({ rank, count, urgentCount }: JoinLine): JoinGrant {
    const isUrgent = rank <= URGENT_RANK;
    if (this.#isClosed) return { isGranted: false, retryAtMs: null };
    if (this.#stock.take(isUrgent, this.#nowMs())) return { isGranted: true };
    if (this.#away) {
      if (!this.#probe) this.#ask(0, count - urgentCount);
      return this.#count(isUrgent);
    }
    const closedUntilMs = isUrgent ? this.#closedUntilMs.urgent : this.#closedUntilMs.idle;
    if (this.#nowMs() < closedUntilMs) return { isGranted: false, retryAtMs: closedUntilMs };
    this.#ask(urgentCount, count - urgentCount);
    return { isGranted: false, retryAtMs: null };
  }

  rateLimited(): Throttled | null {
    const before = this.#budget;
    this.#budget = limitReached(before, this.#nowMs());
    if (this.#budget === before) return null;
    this.#tell("limited");
    this.#flush();
    return { ratio: this.usage.ratio, coolDownMs: COOL_DOWN_MS };
  }

  letInAgain(): void {
    const before = this.#budget;
    this.#budget = letInAgain(before, this.#nowMs());
    if (this.#budget === before) return;
    this.#tell("let-in");
    this.#flush();
  }

  serverStarted(isCertain: boolean): void {
    this.#budget = serverStarted(this.#budget, this.#nowMs(), isCertain);
    // The joins that follow take it along.
    this.#tell(isCertain ? "restarted" : "maybe-restarted");
  }

  changed(): void {
    this.#closedUntilMs = OPEN;
    this.#return(this.#stock.remove());
    this.#flush();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of [this.#limit, this.#expiry, this.#probe]) timer?.cancel();
  }

  /** Keeps news for the ledger. What it granted before it knew of them is not used. */
  #tell(news: ServerNews): void {
    this.#untold.news.push(news);
    this.#closedUntilMs = OPEN;
    this.#return(this.#stock.remove());
  }

  #return(back: LedgerTurn["back"]): void {
    const count = back.reduce((sum, [, each]) => sum + each, 0);
    if (count === 0) return;
    this.#untold.back.push(...back);
    this.#emitter.emit("joins:returned", { count });
  }

  /** Tells what is untold, unless there is nothing or the ledger is away. */
  #flush(): void {
    const { news, spent, back } = this.#untold;
    if (!this.#away && news.length + spent + back.length > 0) this.#ask(0, 0);
  }

  /** Takes one turn at a time; what comes up meanwhile is for the next one. */
  #ask(urgent: number, idle: number): void {
    if (this.#isAsking || this.#isClosed) return;
    this.#isAsking = true;
    const turn = { ...this.#untold, urgent, idle };
    this.#untold = nothing();
    if (urgent + idle > 0) this.#emitter.emit("joins:asked", { count: urgent + idle });
    void this.#applyTurn(turn);
  }

  /** Never rejects. */
  async #applyTurn(turn: LedgerTurn): Promise<void> {
    const { clock, applyTurn } = this.#options;
    const sentAtMs = this.#nowMs();
    this.#limit = clock.after(ANSWER_LIMIT_MS, () =>
      this.#lost(new Error(`the ledger of joins did not answer within ${ANSWER_LIMIT_MS} ms`)),
    );
    try {
      const answer = await applyTurn(turn);
      this.#limit.cancel();
      this.#isAsking = false;
      this.#answered(turn, answer, sentAtMs);
    } catch (thrown) {
      this.#limit.cancel();
      this.#isAsking = false;
      const { news, spent, back } = this.#untold;
      // Counted twice is on the safe side; given back twice is not.
      this.#untold = { news: [...turn.news, ...news], spent: turn.spent + spent, back };
      this.#lost(toError(thrown));
    }
  }

  #answered(turn: LedgerTurn, answer: LedgerAnswer, sentAtMs: number): void {
    if (this.#isClosed) return;
    const granted = answer.urgent + answer.idle;
    if (granted > 0) this.#emitter.emit("joins:granted", { count: granted });
    this.#stock.add(answer, sentAtMs + HELD_MS);
    this.#othersCount = answer.othersCount;
    const isFound = this.#isFound();
    // What is counted here took its place, or the ledger did not know of the news.
    if (!isFound || this.#untold.news.length > 0) this.#return(this.#stock.remove());
    if (!isFound) return this.#probeLater();
    const budget = inTimeOf(this.#nowMs(), answer, this.#budget);
    this.#budget = this.#untold.spent > 0 ? record(budget, this.#nowMs(), this.#untold.spent) : budget;
    this.#closedUntilMs = this.#closedAfter(turn, answer);
    if (this.#away?.isReported) this.#emitter.emit("ledger:found", {});
    this.#away = null;
    this.#probe = undefined;
    this.#expireLater();
    // Who asks for more takes along what is untold.
    this.#onGranted();
    this.#flush();
  }

  #closedAfter(turn: LedgerTurn, answer: LedgerAnswer): typeof OPEN {
    const nowMs = this.#nowMs();
    const until = (isMissing: boolean, keptRatio: number) => {
      if (!isMissing) return Number.NEGATIVE_INFINITY;
      return room(this.#budget, nowMs, keptRatio) > 0 ? nowMs + WITHHELD_MS : nextLookMs(this.#budget, nowMs);
    };
    return {
      urgent: until(answer.urgent < turn.urgent, 0),
      idle: turn.idle === 0 ? this.#closedUntilMs.idle : until(answer.idle < turn.idle, KEPT_RATIO),
    };
  }

  /** Whether the ledger may be asked: after an outage, when all had time to tell what they joined meanwhile. */
  #isFound(): boolean {
    if (!this.#away || this.#replicaCount === 1) return true;
    this.#away.answersSinceMs ??= this.#nowMs();
    return this.#nowMs() - this.#away.answersSinceMs >= ALL_TELL_MS;
  }

  #lost(error: Error): void {
    if (this.#isClosed) return;
    const wasAway = this.#away;
    this.#away = { answersSinceMs: null, isReported: true };
    this.#probeLater();
    if (!wasAway?.isReported) this.#emitter.emit("ledger:lost", { error });
    if (wasAway) return;
    if (this.#replicaCount > 1) this.#leaveToOthers();
    this.#onGranted();
  }

  /** Takes all that is left for spent by others in the meantime, but for what is kept for urgent joins. */
  #leaveToOthers(): void {
    const { used, allowed } = this.usage;
    const left = allowed - Math.floor(allowed * KEPT_RATIO) - used;
    if (left > 0) this.#budget = record(this.#budget, this.#nowMs(), left);
  }

  /** Spends without the ledger: as much as if all replicas did the same. */
  #count(isUrgent: boolean): JoinGrant {
    const nowMs = this.#nowMs();
    this.#budget = afterQuiet(this.#budget, nowMs);
    const verdict = spend(this.#budget, nowMs, this.#replicaCount, isUrgent ? 0 : KEPT_RATIO);
    if (!verdict.granted) return { isGranted: false, retryAtMs: verdict.retryAtMs };
    this.#budget = verdict.budget;
    this.#untold.spent += 1;
    this.#emitter.emit("joins:counted", {});
    return { isGranted: true };
  }

  get #replicaCount(): number {
    return this.#options.replicaCount() ?? (this.#othersCount === null ? UNKNOWN_COUNT : this.#othersCount + 1);
  }

  #probeLater(): void {
    this.#probe?.cancel();
    this.#probe = this.#options.clock.after(PROBE_EVERY_MS, () => {
      this.#return(this.#stock.remove(this.#nowMs()));
      this.#ask(0, 0);
    });
  }

  #expireLater(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const { usableUntilMs } = this.#stock;
    if (usableUntilMs === null) return;
    this.#expiry = this.#options.clock.after(usableUntilMs - this.#nowMs(), () => {
      this.#return(this.#stock.remove(this.#nowMs()));
      this.#expireLater();
      this.#flush();
    });
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

interface Untold {
  readonly news: ServerNews[];
  spent: number;
  readonly back: LedgerTurn["back"][number][];
}

const nothing = (): Untold => ({ news: [], spent: 0, back: [] });

/** The ledger's budget by another clock. It was read before `nowMs`, so that it counts late rather than early. */
function inTimeOf(nowMs: number, answer: LedgerAnswer, { limits }: WindowBudget): WindowBudget {
  const { earlier, newest, starts, throttle } = answer.budget;
  const byMs = nowMs - answer.nowMs;
  const moved = <At extends { readonly atMs: number }>(at: At): At => ({ ...at, atMs: at.atMs + byMs });
  return {
    limits,
    earlier: earlier.map(moved),
    newest: newest && moved(newest),
    starts: starts.map(({ firstMs, lastMs }) => ({ firstMs: firstMs + byMs, lastMs: lastMs + byMs })),
    throttle: throttle && moved(throttle),
  };
}
