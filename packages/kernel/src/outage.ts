import type { Log, LogFields } from "./log.ts";

export interface OutageLines {
  readonly log: Log;
  /** Of the first line. */
  readonly level: "warn" | "error";
  /** Says what fails, with what effect. */
  readonly failing: string;
  readonly over: string;
}

export type Outage = ReturnType<typeof logOutage>;

/**
 * Logs an outage of something that is tried again and again: one line when it begins and one when it is over. The failures between them
 * have theirs at debug.
 */
export function logOutage({ log, level, failing, over }: OutageLines) {
  let isOn = false;
  return {
    failed(fields: LogFields): void {
      log[isOn ? "debug" : level](fields, failing);
      isOn = true;
    },
    worked(): void {
      if (isOn) log.info({}, over);
      isOn = false;
    },
  };
}
