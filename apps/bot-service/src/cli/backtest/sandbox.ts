import { createSystemRuntime } from "@shoal/kernel";
import {
  type CheckResult,
  checkStrategy,
  createCompiler,
  createStrategyRunner,
  type StrategyRunner,
} from "@shoal/strategy-runner";
import type { RunStrategy } from "../../strategies/step.ts";

/** Where strategies are checked and run. Its end ends the children. */
export interface Sandbox extends AsyncDisposable {
  check(source: string, language: "typescript" | "javascript"): Promise<CheckResult>;
  readonly run: RunStrategy;
  /** The children, for doing recorded runs again. */
  readonly runner: Pick<StrategyRunner, "buildId" | "execute" | "run">;
}

export async function openSandbox(childCount: number): Promise<Sandbox> {
  const runner = await createStrategyRunner({ runtime: createSystemRuntime(), childCount });
  const compiler = createCompiler();
  return {
    check: (source, language) => checkStrategy(source, { compiler, sandbox: runner, language }),
    run: (request, signal) => runner.run(request, signal),
    runner,
    [Symbol.asyncDispose]: () => runner.close(0),
  };
}
