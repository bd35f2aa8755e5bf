import { type Clock, createSystemClock } from "@shoal/kernel";

/** Exit code of a process that was interrupted at once. */
const INTERRUPTED = 130;
/**
 * A terminal sends Ctrl-C to the whole group of processes, and `bun run` passes its own on besides: one press arrives
 * twice, about 1 ms apart. No hand is this fast.
 */
const SAME_PRESS_MS = 200;

/** What of the process is needed. */
interface SignalTarget {
  on(signal: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  exit(code: number): unknown;
}

/**
 * Hears SIGTERM and Ctrl-C. The first asks to stop; a second press of Ctrl-C ends the process where it stands. The
 * listeners stay until the process ends, so that a late signal never kills a drain.
 */
export function onStopSignal(
  target: SignalTarget = process,
  clock: Clock = createSystemClock(),
): { readonly requested: Promise<void>; request(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstPressMs: number | undefined;
  target.on("SIGTERM", () => resolve());
  target.on("SIGINT", () => {
    firstPressMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - firstPressMs > SAME_PRESS_MS) target.exit(INTERRUPTED);
    resolve();
  });
  return { requested: promise, request: resolve };
}
