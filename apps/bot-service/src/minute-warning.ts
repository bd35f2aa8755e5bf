import { type LogFields, MINUTE_MS, type Runtime } from "@shoal/kernel";

/**
 * Makes a warning that is logged at most once a minute, with how many came since the last line, because strangers can cause what
 * it warns of without end.
 */
export function minuteWarning({ log, clock }: Pick<Runtime, "log" | "clock">, message: string) {
  let droppedCount = 0;
  let quietUntilMs = 0;
  return (count: number, fields: LogFields = {}): void => {
    droppedCount += count;
    if (clock.monotonicMs() < quietUntilMs) return;
    quietUntilMs = clock.monotonicMs() + MINUTE_MS;
    log.warn({ ...fields, dropped_count: droppedCount }, message);
    droppedCount = 0;
  };
}
