import { errorFields } from "@shoal/kernel";
import type { DatabaseOptions } from "./options.ts";

/** Does the work, and tells how long the statement of that name took. */
export type Timed = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Tells of each statement how long it took. `connected`: a connection was made, whose time is not the statement's. */
export function createTimed({ runtime: { clock }, events }: Pick<DatabaseOptions, "runtime" | "events">) {
  let connectedAtMs = Number.NEGATIVE_INFINITY;
  const run: Timed = async (name, work) => {
    const startedMs = clock.monotonicMs();
    const tell = (errorCode: string | null) =>
      events?.emit("statement:ended", {
        ...{ name, errorCode },
        durationMs: clock.monotonicMs() - Math.max(startedMs, connectedAtMs),
      });
    try {
      const result = await work();
      tell(null);
      return result;
    } catch (thrown) {
      tell(errorFields(thrown).error_code);
      throw thrown;
    }
  };
  return {
    run,
    connected: () => {
      connectedAtMs = clock.monotonicMs();
    },
  };
}
