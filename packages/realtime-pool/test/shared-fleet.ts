import type { Clock } from "@shoal/kernel";
import type { SimulatedClock } from "@shoal/testkit";
import { URGENT_RANK } from "../src/join-allowance.ts";
import {
  applyTurn,
  joinLedger,
  type LedgerAnswer,
  type LedgerFleet,
  type LedgerTurn,
} from "../src/shared/join-ledger.ts";
import { createSharedAllowance } from "../src/shared/shared-allowance.ts";
import type { SharedAllowance } from "../src/shared/shared-allowance.types.ts";

/** What becomes of a turn. `lost`: taken, but the answer does not come back. */
export type Fate = "answered" | "slow" | "refused" | "lost" | "late" | "hangs";

const TAKES_MS: Partial<Record<Fate, number>> = { slow: 700, late: 1500 };
/** The database has a clock of its own: those of the replicas may say anything. */
const DATABASE_EPOCH_MS = Date.UTC(2026, 0, 1);
/** How long others take a dead replica for alive. */
const TERM_MS = 8000;

/** A database with the ledger, as pure values on a clock of its own, and what becomes of the turns taken there. */
export class LedgerModel {
  readonly limits: LedgerFleet["limits"];
  readonly turns: { readonly replicaId: string; readonly turn: LedgerTurn; readonly answer: LedgerAnswer }[] = [];
  fate: Fate = "answered";
  #ledger;
  readonly #clock: SimulatedClock;
  readonly #liveUntilMs = new Map<string, number>();
  #hanging: ((error: Error) => void)[] = [];

  constructor(clock: SimulatedClock, limits: LedgerFleet["limits"]) {
    this.#clock = clock;
    this.limits = limits;
    this.#ledger = joinLedger(limits);
  }

  /** Live ones, by what the database knows. */
  get live(): string[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#liveUntilMs].filter(([, untilMs]) => untilMs > nowMs).map(([id]) => id);
  }

  join(replicaId: string): void {
    this.#liveUntilMs.set(replicaId, Number.POSITIVE_INFINITY);
  }

  crash(replicaId: string): void {
    this.#liveUntilMs.set(replicaId, this.#clock.monotonicMs() + TERM_MS);
  }

  async take(replicaId: string, turn: LedgerTurn): Promise<LedgerAnswer> {
    const { fate } = this;
    if (fate === "hangs") await new Promise<never>((_, reject) => this.#hanging.push(reject));
    if (fate === "refused") throw new Error("the database is away");
    const nowMs = Math.floor(DATABASE_EPOCH_MS + this.#clock.monotonicMs());
    const { ledger, answer } = applyTurn(
      this.#ledger,
      { replicaId, live: this.live, limits: this.limits },
      turn,
      nowMs,
    );
    this.#ledger = ledger;
    this.turns.push({ replicaId, turn, answer });
    const takesMs = TAKES_MS[fate];
    if (takesMs) await new Promise<void>((resolve) => this.#clock.after(takesMs, resolve));
    if (fate === "lost") throw new Error("the connection is gone");
    return answer;
  }

  /** Ends what hangs, as a driver does in the end. */
  giveUp(): void {
    for (const reject of this.#hanging.splice(0)) reject(new Error("the server does not answer"));
  }
}

/** A clock whose timers stand still while the process is frozen. */
class FreezableClock implements Clock {
  readonly #clock: SimulatedClock;
  #late: (() => void)[] | null = null;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  now = () => this.#clock.now();
  monotonicMs = () => this.#clock.monotonicMs();
  after = (delayMs: number, fire: () => void) => {
    let isCancelled = false;
    const timer = this.#clock.after(delayMs, () => this.run(() => isCancelled || fire()));
    return {
      cancel() {
        isCancelled = true;
        timer.cancel();
      },
    };
  };

  get pendingTimers() {
    return this.#clock.pendingTimers;
  }

  /** Runs something of this process: now, or when it is thawed. */
  run(work: () => void): void {
    if (this.#late) this.#late.push(work);
    else work();
  }

  freeze(): void {
    this.#late ??= [];
  }

  thaw(): void {
    const late = this.#late ?? [];
    this.#late = null;
    for (const work of late) work();
  }
}

/** A pool that joins whatever it is granted, at once. */
export class JoinerModel {
  readonly id: string;
  readonly allowance: SharedAllowance;
  readonly clock: FreezableClock;
  urgent = 0;
  idle = 0;
  /** While it cannot reach Realtime. */
  isOut = false;
  /** Joins that it did not ask for. */
  countedCount = 0;
  readonly #onJoin: () => void;
  #retry: { cancel(): void } | undefined;
  #isClosed = false;

  constructor(
    id: string,
    clock: SimulatedClock,
    ledger: LedgerModel,
    replicaCount: () => number | null,
    onJoin: () => void,
  ) {
    this.id = id;
    this.#onJoin = onJoin;
    this.clock = new FreezableClock(clock);
    const answered = (turn: LedgerTurn) =>
      new Promise<LedgerAnswer>((resolve, reject) => {
        ledger.take(id, turn).then(
          (answer) => this.clock.run(() => resolve(answer)),
          (error) => this.clock.run(() => reject(error)),
        );
      });
    this.allowance = createSharedAllowance({
      clock: this.clock,
      limits: ledger.limits,
      applyTurn: answered,
      replicaCount,
    });
    this.allowance.onGranted(() => this.pump());
    this.allowance.events.on("joins:counted", () => {
      this.countedCount += 1;
    });
  }

  want(urgent: number, idle: number): void {
    this.urgent += urgent;
    this.idle += idle;
    this.clock.run(() => this.pump());
  }

  pump(): void {
    this.#retry?.cancel();
    while (!this.#isClosed && !this.isOut && this.urgent + this.idle > 0) {
      const isUrgent = this.urgent > 0;
      const line = { rank: isUrgent ? 0 : URGENT_RANK + 1, count: this.urgent + this.idle, urgentCount: this.urgent };
      const grant = this.allowance.take(line);
      if (!grant.isGranted) {
        const { retryAtMs } = grant;
        if (retryAtMs !== null) this.#retry = this.clock.after(retryAtMs - this.clock.monotonicMs(), () => this.pump());
        return;
      }
      if (isUrgent) this.urgent -= 1;
      else this.idle -= 1;
      this.#onJoin();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.allowance.close();
    this.clock.thaw();
  }
}
