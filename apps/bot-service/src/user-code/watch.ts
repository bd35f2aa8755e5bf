import { createEmitter, type EventSource, type Runtime } from "@shoal/kernel";
import { createLimitedLines } from "../limited-lines.ts";
import { type Fault, type FaultContext, readFault } from "./fault.ts";
import { recentCode, runningCode } from "./running-code.ts";

/** Events of the fleet file's code. */
export interface UserCodeEvents {
  /** An error in it was caught by nobody, or a value of it cannot be used. */
  "user-code:failed": Record<never, never>;
}

const UNCAUGHT =
  "an error in the code of the fleet file was caught by nobody: the daemon goes on; await every promise there, and catch in callbacks";
const MORE = "more errors in the code of the fleet file were caught by nobody within a minute";

export interface FaultWatchOptions extends FaultContext {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  /** Called with a fault of our own code. */
  readonly onOurs: (fault: Fault, thrown: unknown) => void;
}

/** Receives what nobody caught. Errors in the fleet file's code are logged and counted, our own are handed on. */
export interface FaultWatch {
  readonly events: EventSource<UserCodeEvents>;
  handle(thrown: unknown): void;
  /** Leaves no timer behind. */
  close(): void;
}

export function createFaultWatch({ runtime, onOurs, ...context }: FaultWatchOptions): FaultWatch {
  const events = createEmitter<UserCodeEvents>();
  const lines = createLimitedLines({ ...runtime, level: "error", more: MORE });
  return {
    events,
    close: lines.close,
    handle(thrown) {
      const fault = readFault(thrown, context);
      if (fault.isOurs) return onOurs(fault, thrown);
      events.emit("user-code:failed", {});
      const { place, errorCode, message, stack } = fault;
      const code = runningCode();
      const who = code === undefined ? { recently_called: recentCode() } : { code };
      const ofKind = { fleet_file: context.fleetFile, place, error_code: errorCode };
      lines.add(ofKind, { ...who, error_message: message, stack }, UNCAUGHT);
    },
  };
}
