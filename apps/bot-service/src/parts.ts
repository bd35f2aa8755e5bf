import { errorFields, type Runtime, SECOND_MS, type Unsubscribe, withTimeout } from "@shoal/kernel";
import type { Metrics } from "@shoal/monitor";
import type { Route } from "./http/route.ts";
import type { HandedBack, Part, PartHealth } from "./part.ts";
import type { ReplicaRole } from "./replicas/members.ts";
import type { DrainReport } from "./service.types.ts";

/** Share of the drain's time that is kept for closing sockets, database and backend. */
const CLOSING_RATIO = 0.3;
/** Time for a step of the close even if the others have used up all there is, in ms: enough for one that waits for nobody. */
const LEAST_STEP_MS = 20;
/** Time kept for handing back and logging work that is cut off, in ms; at most half of the time there is. */
const HAND_BACK_MS = 2 * SECOND_MS;

export interface PartsOptions {
  readonly runtime: Runtime;
  readonly metrics: Metrics;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
  readonly role: ReplicaRole;
}

/** Starts, drains and closes the parts of one daemon. */
export class Parts {
  readonly #options: PartsOptions;
  readonly #parts: Part[] = [];
  #observers: Unsubscribe[] = [];

  constructor(options: PartsOptions) {
    this.#options = options;
  }

  /** Appends a part, which may use all parts before it. */
  add<P extends Part>(part: P): P {
    this.#parts.push(part);
    return part;
  }

  /** Returns the routes of all parts. */
  routes(): Route[] {
    return this.#parts.flatMap((part) => part.routes?.() ?? []);
  }

  /** Returns the checks of the dependencies of all parts that this role runs. */
  checks(): PartHealth[] {
    return this.#run().flatMap((part) => part.health ?? []);
  }

  #run(): readonly Part[] {
    const { role } = this.#options;
    return this.#parts.filter((part) => role === "all" || part.role === undefined || part.role === role);
  }

  /** Starts all parts of the role but those that need the schema. Rejects with the error of the first that cannot start. */
  async start(): Promise<void> {
    this.#observers = this.#parts.flatMap((part) => part.observe?.(this.#options.metrics) ?? []);
    await this.#startAll(this.#run().filter((part) => !part.needsSchema));
  }

  /** Starts the parts that need the schema, once it is there. */
  async startWithSchema(): Promise<void> {
    await this.#startAll(this.#run().filter((part) => part.needsSchema));
  }

  async #startAll(parts: readonly Part[]): Promise<void> {
    const { signal } = this.#options;
    for (const part of parts) {
      if (signal.aborted) return;
      await part.start?.(signal);
    }
  }

  /** Drains all parts, then closes them. A part that fails or takes too long is logged, and the next one follows all the same. */
  async drain(limitMs: number): Promise<DrainReport> {
    const { clock, log } = this.#options.runtime;
    const startedMs = clock.monotonicMs();
    const leftMs = () => Math.max(0, startedMs + limitMs - clock.monotonicMs());
    const steps = new DrainSteps(this.#options.runtime);
    log.info(
      { limit_ms: limitMs },
      "draining: no new matches; conversations go on at another replica, or end with a goodbye",
    );

    const handedBack = await this.#drainAll(steps, leftMs() - limitMs * CLOSING_RATIO);
    const left = await this.#closeAll(steps, leftMs);
    const isInTime = steps.failureCount === 0;
    const clean = isInTime && Object.values(left).every((count) => count === 0);
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    log[clean ? "info" : "error"]({ ...left, clean, duration_ms: durationMs }, "drained");
    return { clean, durationMs, left, handedBack };
  }

  /** Drains the parts side by side, so that bots say goodbye even if a database or a server does not answer. */
  async #drainAll(steps: DrainSteps, limitMs: number): Promise<DrainReport["handedBack"]> {
    const workMs = Math.max(limitMs - HAND_BACK_MS, limitMs / 2);
    const handedBack = await Promise.all(
      this.#parts.map((part) =>
        steps.run(part.name, limitMs + 1, async () => (await part.drain?.(workMs)) as HandedBack | undefined),
      ),
    );
    return {
      jobIds: handedBack.flatMap((ids) => ids?.jobIds ?? []),
      messages: handedBack.flatMap((ids) => ids?.messages ?? []),
      strategyIds: handedBack.flatMap((ids) => ids?.strategyIds ?? []),
    };
  }

  /** Closes all parts, the last one first, after a failed start of the daemon. */
  async close(limitMs: number): Promise<void> {
    await this.#closeAll(new DrainSteps(this.#options.runtime), () => limitMs);
  }

  async #closeAll(steps: DrainSteps, leftMs: () => number): Promise<DrainReport["left"]> {
    for (const off of this.#observers) off();
    let left = { sockets: 0, slots: 0, leases: 0, timers: 0 };
    const closing = this.#parts.toReversed();
    for (const [at, part] of closing.entries()) {
      const keptMs = closing.slice(at + 1).reduce((sum, after) => sum + leastMs(after) + LEAST_STEP_MS, LEAST_STEP_MS);
      const stepMs = (atLeastMs: number) => Math.max(atLeastMs, (leftMs() - keptMs) / 2);
      const limitMs = stepMs(leastMs(part));
      await steps.run(part.name, limitMs, async () => part.close?.(limitMs));
      const own = await steps.run(part.name, stepMs(LEAST_STEP_MS), async () => part.left?.());
      left = { ...left, ...own };
    }
    return { ...left, timers: this.#options.runtime.clock.pendingTimers };
  }
}

const leastMs = ({ leastCloseMs = LEAST_STEP_MS }: Part) => leastCloseMs;

/** Runs the steps of a drain, each within its limit, and counts those that fail. Never rejects. */
class DrainSteps {
  readonly #runtime: Runtime;
  failureCount = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async run<T>(name: string, limitMs: number, work: () => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.#runtime;
    try {
      const outcome = await withTimeout(clock, limitMs, work());
      if (outcome.kind === "value") return outcome.value;
      log.error(
        { step: name, limit_ms: Math.round(limitMs) },
        "a step of the drain took too long; the drain goes on without it",
      );
    } catch (thrown) {
      log.error({ step: name, ...errorFields(thrown) }, "a step of the drain failed; the drain goes on without it");
    }
    this.failureCount += 1;
    return undefined;
  }
}
