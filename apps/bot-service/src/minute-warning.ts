import { type Clock, type LogFields, MINUTE_MS, type Runtime } from "@shoal/kernel";

/** Makes a check that passes at most once a minute, for lines that others can cause without end. */
export function oncePerMinute(clock: Clock): () => boolean {
  let quietUntilMs = 0;
  return () => {
    if (clock.monotonicMs() < quietUntilMs) return false;
    quietUntilMs = clock.monotonicMs() + MINUTE_MS;
    return true;
  };
}

/**
 * Makes a warning that is logged at most once a minute, with how many came since the last line, because strangers can cause what
 * it warns of without end.
 */
export function minuteWarning({ log, clock }: Pick<Runtime, "log" | "clock">, message: string) {
  let droppedCount = 0;
  const mayLog = oncePerMinute(clock);
  return (count: number, fields: LogFields = {}): void => {
    droppedCount += count;
    if (!mayLog()) return;
    log.warn({ ...fields, dropped_count: droppedCount }, message);
    droppedCount = 0;
  };
}
