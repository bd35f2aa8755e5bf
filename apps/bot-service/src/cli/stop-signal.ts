/** Exit code of a process that was interrupted at once. */
const INTERRUPTED = 130;

/**
 * Hears SIGTERM and Ctrl-C. The first asks to stop; a second Ctrl-C ends the process where it stands. The listeners stay
 * until the process ends, so that a late signal never kills a drain.
 */
export function onStopSignal(): { readonly requested: Promise<void>; request(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let interrupts = 0;
  process.on("SIGTERM", () => resolve());
  process.on("SIGINT", () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(INTERRUPTED);
    resolve();
  });
  return { requested: promise, request: resolve };
}
