import { availableParallelism } from "node:os";
import { errorFields, type Runtime } from "@shoal/kernel";
import {
  createStrategyRunner,
  StrategyError,
  type StrategyRunner,
  type StrategyRunnerHealth,
  type StrategyRunnerOptions,
} from "@shoal/strategy-runner";
import type { Config } from "../../config.ts";

/** The daemon's child processes for strategies, which start when they are first needed. */
export interface Sandbox {
  /** Processes, and so runs at the same time. */
  readonly childCount: number;
  /**
   * The one runner of this daemon; whoever asks first starts it. Rejects with `STRATEGY_JAIL_INCOMPLETE` or whatever else keeps it from starting, and then
   * the next one who asks tries again; after `close`, with `STRATEGY_RUNNER_CLOSED`.
   */
  runner(): Promise<StrategyRunner>;
  /** Undefined while nobody has needed it. */
  health(): StrategyRunnerHealth | undefined;
  /** Why no child can run anything, in words; undefined while one can, or none was needed yet. */
  trouble(): string | undefined;
  /** As `StrategyRunner.close`; none starts after it. */
  close(limitMs: number): Promise<void>;
}

export interface SandboxOptions {
  readonly config: Pick<
    Config,
    "maxConcurrentStrategies" | "strategyTimeLimitMs" | "maxCpuTimeSeconds" | "maxMemoryMb" | "strategyJail"
  >;
  readonly runtime: Runtime;
  /** Default: `createStrategyRunner`. */
  readonly create?: (options: StrategyRunnerOptions) => Promise<StrategyRunner>;
}

/** Makes the sandbox of a daemon, and starts nothing yet: a daemon without strategies pays nothing for them. */
export function createSandbox({ config, runtime, create = createStrategyRunner }: SandboxOptions): Sandbox {
  const childCount = config.maxConcurrentStrategies ?? availableParallelism();
  let opening: Promise<StrategyRunner> | undefined;
  let opened: StrategyRunner | undefined;
  let isClosed = false;
  let startFailure: string | undefined;

  const open = async () => {
    const runner = await create({
      ...{ runtime, childCount, jail: config.strategyJail },
      limits: {
        wallMs: config.strategyTimeLimitMs,
        cpuMs: config.maxCpuTimeSeconds * 1000,
        memoryBytes: config.maxMemoryMb * 1024 * 1024,
      },
    });
    opened = runner;
    startFailure = undefined;
    return runner;
  };

  return {
    childCount,
    runner() {
      if (isClosed) {
        const message = "the daemon ends; the run did not take place";
        return Promise.reject(new StrategyError("STRATEGY_RUNNER_CLOSED", message));
      }
      opening ??= open().catch((error: unknown) => {
        opening = undefined;
        startFailure = errorFields(error).error_message;
        throw error;
      });
      return opening;
    },
    health: () => opened?.health(),
    trouble() {
      if (startFailure !== undefined) return startFailure;
      const health = opened?.health();
      return health?.isOk === false ? (health.trouble ?? "its processes do not start") : undefined;
    },
    async close(limitMs) {
      isClosed = true;
      // One that does not start has nothing to be closed.
      const runner = await opening?.catch(() => undefined);
      await runner?.close(limitMs);
    },
  };
}
