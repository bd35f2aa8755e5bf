import type { RunReply, WireRequest } from "../guest/wire.ts";

/** Where a message is carried out: a child of the runner. */
export interface Sandbox {
  /** Of the engine and the glue. */
  readonly buildId: string;
  /** Carries out a message that asks nobody. What ends it from outside is a failed reply; rejects only if the sandbox is closed. */
  execute(message: WireRequest, columns: readonly Float64Array[]): Promise<RunReply>;
}
