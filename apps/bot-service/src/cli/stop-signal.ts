import { type Clock, createSystemClock } from "@shoal/kernel";

/** Exit code of a process that was interrupted at once. */
const INTERRUPTED = 130;
/**
 * Time within which two signals count as one press of Ctrl-C, in ms. A terminal sends Ctrl-C to the whole process group and
 * `bun run` passes its own on, so one press arrives twice, about 1 ms apart. People are slower than this limit.
 */
const SAME_PRESS_MS = 200;

/** The parts of the process that are needed. */
interface SignalTarget {
  on(signal: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  exit(code: number): unknown;
}

/**
 * Listens for SIGTERM and Ctrl-C. The first requests the stop; a second press of Ctrl-C ends the process at once. The
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
