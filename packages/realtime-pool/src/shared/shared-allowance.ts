import { type Alarm, createAlarm, createEmitter, SECOND_MS, type Timer, toError } from "@shoal/kernel";
import { type JoinGrant, type JoinLine, type Throttled, URGENT_RANK } from "../join-allowance.ts";
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
import { HELD_MS, inTimeOf, type LedgerAnswer, type LedgerTurn, type ServerNews, sharedLimits } from "./join-ledger.ts";
import type { SharedAllowance, SharedAllowanceEvents, SharedAllowanceOptions } from "./shared-allowance.types.ts";

/** Joins must not wait for a ledger that takes longer. */
const ANSWER_LIMIT_MS = SECOND_MS;
const PROBE_EVERY_MS = SECOND_MS;
/** After an outage nobody asks before all had time to see that it is over, and to tell what they joined meanwhile. */
const ALL_TELL_MS = 2.5 * SECOND_MS;
/** How old the last failure may be for the ledger to be away now: a probe, its limit and some time. */
const UP_TO_DATE_MS = PROBE_EVERY_MS + ANSWER_LIMIT_MS + 2 * SECOND_MS;
/** A driver gives up a server that says nothing after 10 s. */
const LONGEST_TURN_MS = 15 * SECOND_MS;
/** Until the last that was granted has left the window: how long it may be used, the second it is counted in, and late ticks. */
const OTHERS_MARGIN_MS = HELD_MS + 2 * SECOND_MS;
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
  /** What is kept for urgent joins, and what was spent of it without the ledger: the same over several outages. */
  #kept: WindowBudget;
  /** Until when nothing can be granted that was not. */
  #closedUntilMs = OPEN;
  #untold: Untold = nothing();
  #isAsking = false;
  /** The last turn failed, or takes too long. */
  #isAway = false;
  /** From when on idle joins are asked for: others may have to tell first. Null before the first answer. */
  #settledAtMs: number | null = null;
  /** While the ledger is away: until when others may have spent all but what is kept. */
  #othersUntilMs = Number.NEGATIVE_INFINITY;
  /** When the last turn was sent that failed. */
  #failedTurnAtMs = Number.NEGATIVE_INFINITY;
  /** As of the last answer. */
  #othersCount: number | null = null;
  #limit: Timer | undefined;
  readonly #expiry: Alarm;
  readonly #probe: Alarm;
  #isClosed = false;

  constructor(options: SharedAllowanceOptions) {
    this.#options = options;
    this.#expiry = createAlarm(options.clock, () => this.#expire());
    this.#probe = createAlarm(options.clock, () => {
      this.#return(this.#stock.remove(this.#nowMs()));
      this.#ask(0, 0);
    });
    const fresh = windowBudget(sharedLimits(options.limits));
    this.#budget = serverStarted(fresh, options.clock.monotonicMs(), false);
    this.#kept = windowBudget({ ...fresh.limits, joinShare: fresh.limits.joinShare * KEPT_RATIO });
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
    if (this.#isAway) return this.#count(isUrgent);
    const closedUntilMs = isUrgent
      ? this.#closedUntilMs.urgent
      : Math.max(this.#closedUntilMs.idle, this.#settledAtMs ?? 0);
    if (this.#nowMs() < closedUntilMs) return { isGranted: false, retryAtMs: closedUntilMs };
    this.#ask(urgentCount, this.#isSettled ? count - urgentCount : 0);
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
    this.#kept = serverStarted(this.#kept, this.#nowMs(), isCertain);
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
    if (!this.#isAway && news.length + spent + back.length > 0) this.#ask(0, 0);
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
    const late = () => new Error(`the ledger of joins did not answer within ${ANSWER_LIMIT_MS} ms`);
    this.#limit = clock.after(ANSWER_LIMIT_MS, () => this.#lost(late(), sentAtMs));
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
      this.#lost(toError(thrown), sentAtMs);
    }
  }

  #answered(turn: LedgerTurn, answer: LedgerAnswer, sentAtMs: number): void {
    if (this.#isClosed) return;
    const granted = answer.urgent + answer.idle;
    if (granted > 0) this.#emitter.emit("joins:granted", { count: granted });
    this.#stock.add(answer, sentAtMs + HELD_MS);
    this.#othersCount = answer.othersCount;
    const hasNews = this.#untold.news.length > 0;
    // What is counted here took its place, or the ledger did not know of the news.
    if (this.#isAway || hasNews) this.#return(this.#stock.remove());
    if (this.#isAway || this.#settledAtMs === null)
      this.#settledAtMs = this.#nowMs() + (this.#replicaCount > 1 ? ALL_TELL_MS : 0);
    if (this.#isAway) this.#emitter.emit("ledger:found", {});
    this.#isAway = false;
    this.#probe.cancel();
    if (!hasNews) this.#budget = this.#told(answer);
    this.#closedUntilMs = this.#closedAfter(turn, answer);
    this.#expireLater();
    // Who asks for more takes along what is untold.
    this.#onGranted();
    this.#flush();
  }

  /** The fleet's budget with what was joined here since the turn was sent. */
  #told(answer: LedgerAnswer): WindowBudget {
    const budget = { ...inTimeOf(answer, this.#nowMs()), limits: this.#budget.limits };
    const { spent } = this.#untold;
    return spent > 0 ? record(budget, this.#nowMs(), spent) : budget;
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

  /** Whether all had time to tell what they joined while the ledger was away. Who is alone need not wait. */
  get #isSettled(): boolean {
    if (this.#settledAtMs === null) return this.#options.replicaCount() === 1;
    return this.#nowMs() >= this.#settledAtMs;
  }

  #lost(error: Error, sentAtMs: number): void {
    if (this.#isClosed) return;
    this.#failedTurnAtMs = sentAtMs;
    this.#probe.set(PROBE_EVERY_MS);
    if (this.#isAway) return;
    this.#isAway = true;
    this.#othersUntilMs = Number.NEGATIVE_INFINITY;
    if (this.#replicaCount > 1) this.#leaveToOthers();
    this.#emitter.emit("ledger:lost", { error });
    this.#onGranted();
  }

  /** Takes all for spent by the others that was not kept for urgent joins, until that has left the window. */
  #leaveToOthers(): void {
    const nowMs = this.#nowMs();
    this.#othersUntilMs = nowMs + this.#options.limits.windowMs + OTHERS_MARGIN_MS;
    this.#budget = serverStarted({ ...this.#budget, earlier: [], newest: null }, nowMs, false);
    this.#kept = serverStarted(this.#kept, nowMs, false);
  }

  /** Spends without the ledger: as much as if all replicas did the same. */
  #count(isUrgent: boolean): JoinGrant {
    const nowMs = this.#nowMs();
    const lookAtMs = Math.max(this.#othersUntilMs, this.#isUpToDate ? nowMs : nowMs + PROBE_EVERY_MS);
    const isLeft = nowMs < lookAtMs;
    if (isLeft && !isUrgent) return { isGranted: false, retryAtMs: lookAtMs };
    const count = this.#replicaCount;
    const budget = isLeft ? { ...this.#kept, throttle: this.#budget.throttle } : this.#budget;
    const verdict = spend(afterQuiet(budget, nowMs), nowMs, count, isUrgent ? 0 : KEPT_RATIO);
    if (!verdict.granted)
      return { isGranted: false, retryAtMs: isLeft ? Math.min(lookAtMs, verdict.retryAtMs) : verdict.retryAtMs };
    if (isLeft) this.#kept = verdict.budget;
    this.#budget = isLeft ? record(this.#budget, nowMs, count) : verdict.budget;
    this.#untold.spent += 1;
    this.#emitter.emit("joins:counted", {});
    return { isGranted: true };
  }

  /** Whether the ledger was away a moment ago. A process that was frozen does not know: the others may have gone on. */
  get #isUpToDate(): boolean {
    const limitMs = this.#replicaCount > 1 ? UP_TO_DATE_MS : LONGEST_TURN_MS;
    return this.#nowMs() - this.#failedTurnAtMs <= limitMs;
  }

  get #replicaCount(): number {
    return this.#options.replicaCount() ?? (this.#othersCount === null ? UNKNOWN_COUNT : this.#othersCount + 1);
  }

  #expireLater(): void {
    const { usableUntilMs } = this.#stock;
    if (usableUntilMs === null) this.#expiry.cancel();
    else this.#expiry.set(usableUntilMs - this.#nowMs());
  }

  #expire(): void {
    this.#return(this.#stock.remove(this.#nowMs()));
    this.#expireLater();
    this.#flush();
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
