import { createEmitter, type EventSource, type Runtime } from "@shoal/kernel";
import { createLimitedLines } from "../limited-lines.ts";
import type { ReportValue } from "./checked-values.ts";
import { type FaultContext, readFault } from "./fault.ts";
import type { UserCodeEvents } from "./watch.ts";

const AMISS =
  "code of the fleet file threw or returned a value of another form than it must have: that value is left out and the daemon goes on; mend the fleet file";
const MORE = "more values of the fleet file were left out within a minute";

/** Logs and counts values of the fleet file that cannot be used. */
export interface ValueFaults {
  readonly events: EventSource<UserCodeEvents>;
  readonly report: ReportValue;
  /** Leaves no timer behind. */
  close(): void;
}

export function createValueFaults(runtime: Pick<Runtime, "clock" | "log">, context: FaultContext): ValueFaults {
  const events = createEmitter<UserCodeEvents>();
  const lines = createLimitedLines({ ...runtime, level: "error", more: MORE });
  return {
    events,
    close: lines.close,
    report({ key, problem, expected, thrown }) {
      events.emit("user-code:failed", {});
      // Not the message of what was thrown: that of a parser quotes what a person wrote.
      const { errorCode: error_code, place } = readFault(thrown, context);
      const of = { fleet_file: context.fleetFile, key, problem, ...(thrown !== undefined && { error_code, place }) };
      lines.add(of, { expected }, AMISS);
    },
  };
}
