import { type Clock, FleetError, type LoopReport } from "@shoal/kernel";
import { redactText } from "../log/redact-text.ts";
import { watchEventLoop } from "./event-loop.ts";
import { createLoopOutcomes, type LoopOutcome, type OnLoopChanged } from "./loop-outcomes.ts";

/** `degraded` still serves, worse than it should. */
export type DependencyState = "ok" | "degraded" | "down";

/** What a probe found. */
export interface DependencyReport {
  readonly state: DependencyState;
  /** For people; secrets are taken out. */
  readonly detail?: string;
  readonly errorCode?: string;
}

/** A dependency as `/readyz` shows it. */
export interface DependencyHealth extends DependencyReport {
  readonly name: string;
  readonly required: boolean;
  /** ISO time since when it is in this state. */
  readonly since: string;
}

/** A loop as `/healthz` shows it. */
export interface LoopHealth {
  readonly name: string;
  readonly ok: boolean;
  /** Since the last beat, ms. */
  readonly silentMs: number;
  readonly maxSilenceMs: number;
}

/** The body of `/healthz`: 200 when `ok`, otherwise 503. */
export interface Liveness {
  readonly ok: boolean;
  readonly status: "alive" | "stuck";
  /** The last sample, and the largest of the last minute. */
  readonly eventLoop: { readonly lagMs: number; readonly maxLagMs: number };
  readonly loops: readonly LoopHealth[];
}

/** The body of `/readyz`: 200 when `ok`, otherwise 503. */
export interface Readiness {
  readonly ok: boolean;
  readonly status: "ready" | "not-ready" | "draining";
  readonly dependencies: readonly DependencyHealth[];
  /** Loops that report how their runs end. Not ready while one is failing. */
  readonly loops: readonly LoopOutcome[];
}

/** One loop's sign of life. */
export interface LoopBeat {
  beat(): void;
  /** The loop ended on purpose and is watched no more. Idempotent. */
  end(): void;
}

/** Liveness and readiness of one process. The bodies are plain JSON. */
export interface Health {
  /**
   * Watches a loop that beats at least every `maxSilenceMs`; the first beat is counted now.
   * @throws MONITOR_DUPLICATE_NAME a loop of that name is watched already
   */
  loop(name: string, maxSilenceMs: number): LoopBeat;
  /**
   * Adds a dependency, `down` until it is set. Not ready while a `required` one is down.
   * @throws MONITOR_DUPLICATE_NAME there is one of that name already
   */
  dependency(name: string, options: { readonly required: boolean }): { set(report: DependencyReport): void };
  /** The report of a loop whose work the process is there for: not ready while it fails again and again. One for each name. */
  reportLoop(name: string): LoopReport;
  /** Not ready from now on, for good. Idempotent. */
  startDraining(): void;
  /** Whether the process is worth keeping: its loops and its event loop only, never a dependency. */
  liveness(): Liveness;
  /** Whether the process should be given work. */
  readiness(): Readiness;
  /** Stops the event loop watch. Idempotent. */
  close(): void;
}

/** What `createHealth` needs. */
export interface HealthOptions {
  readonly clock: Clock;
  /** Called with every sample of the event loop's lag, in ms. */
  readonly onEventLoopLag?: (lagMs: number) => void;
  /** Called when a loop begins to fail, and when it works again. */
  readonly onLoopChanged?: OnLoopChanged;
}

/** The event loop's timer is due every 0.5 s: ten seconds without one is a loop that no longer turns. */
const EVENT_LOOP_MAX_SILENCE_MS = 10_000;

function duplicate(kind: string, name: string): FleetError {
  return new FleetError("MONITOR_DUPLICATE_NAME", `${kind} "${name}" is there already; give each its own name`, {
    details: { kind, name },
  });
}

/** Health of one process. Holds one timer, for the event loop, until closed. */
export function createHealth({ clock, onEventLoopLag = () => {}, onLoopChanged = () => {} }: HealthOptions): Health {
  const loops = createLoops(clock);
  const dependencies = createDependencies(clock);
  const outcomes = createLoopOutcomes(clock, onLoopChanged);
  let isDraining = false;
  const eventLoopBeat = loops.watch("event-loop", EVENT_LOOP_MAX_SILENCE_MS);
  const eventLoop = watchEventLoop({
    clock,
    onSample(lagMs) {
      eventLoopBeat.beat();
      onEventLoopLag(lagMs);
    },
  });

  return {
    loop: loops.watch,
    dependency: dependencies.add,
    reportLoop: outcomes.reportLoop,
    startDraining() {
      isDraining = true;
    },
    liveness() {
      const list = loops.list();
      const ok = list.every((loop) => loop.ok);
      const { lagMs, maxLagMs } = eventLoop;
      return { ok, status: ok ? "alive" : "stuck", eventLoop: { lagMs, maxLagMs }, loops: list };
    },
    readiness() {
      const list = dependencies.list();
      const loopOutcomes = outcomes.list();
      const isUp =
        list.every((dependency) => !dependency.required || dependency.state !== "down") &&
        loopOutcomes.every((loop) => loop.state === "ok");
      const status = isDraining ? "draining" : isUp ? "ready" : "not-ready";
      return { ok: status === "ready", status, dependencies: list, loops: loopOutcomes };
    },
    close() {
      eventLoop.close();
      eventLoopBeat.end();
    },
  };
}

function createLoops(clock: Clock) {
  const loops = new Map<string, { readonly maxSilenceMs: number; lastBeatMs: number }>();
  return {
    watch(name: string, maxSilenceMs: number): LoopBeat {
      if (loops.has(name)) throw duplicate("loop", name);
      const loop = { maxSilenceMs, lastBeatMs: clock.monotonicMs() };
      loops.set(name, loop);
      return {
        beat() {
          loop.lastBeatMs = clock.monotonicMs();
        },
        end() {
          if (loops.get(name) === loop) loops.delete(name);
        },
      };
    },
    list(): LoopHealth[] {
      const nowMs = clock.monotonicMs();
      return [...loops].map(([name, { maxSilenceMs, lastBeatMs }]) => {
        const silentMs = Math.round(nowMs - lastBeatMs);
        return { name, ok: silentMs <= maxSilenceMs, silentMs, maxSilenceMs };
      });
    },
  };
}

function createDependencies(clock: Clock) {
  const dependencies = new Map<string, DependencyHealth>();
  const nowIso = () => new Date(clock.now()).toISOString();
  return {
    add(name: string, { required }: { readonly required: boolean }) {
      if (dependencies.has(name)) throw duplicate("dependency", name);
      dependencies.set(name, { name, required, state: "down", detail: "not checked yet", since: nowIso() });
      return {
        set({ state, detail, errorCode }: DependencyReport) {
          const before = dependencies.get(name);
          const since = before?.state === state ? before.since : nowIso();
          dependencies.set(name, {
            name,
            required,
            state,
            ...(detail === undefined ? {} : { detail: redactText(detail) }),
            ...(errorCode === undefined ? {} : { errorCode }),
            since,
          });
        },
      };
    },
    list: (): DependencyHealth[] => [...dependencies.values()],
  };
}
