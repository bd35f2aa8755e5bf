import { createLoop, errorFields, MINUTE_MS, proportionalJitter, type Runtime, SECOND_MS } from "@shoal/kernel";

/** How often figures of the whole database are read. Metrics and health show those: no scrape costs a query. */
const FIGURES_EVERY_MS = 15 * SECOND_MS;
/** The same while they stay as they are; the pause doubles up to this. */
const QUIET_EVERY_MS = MINUTE_MS;
/** As often as they are read. */
const AGAIN = proportionalJitter(FIGURES_EVERY_MS, QUIET_EVERY_MS);

export interface WatchedFiguresOptions<Figures> {
  readonly runtime: Runtime;
  /** Whose they are, for the log: "the queues". */
  readonly of: string;
  read(): Promise<Figures>;
}

/**
 * Reads figures on request and every 15 s, up to a minute apart while they stay the same, and keeps the latest ones. One that fails is tried
 * again later.
 */
export function watchFigures<Figures>({ runtime, of, read }: WatchedFiguresOptions<Figures>) {
  let latest: Figures | undefined;
  let pauseMs = FIGURES_EVERY_MS;
  const readNow = async () => {
    const before = JSON.stringify(latest);
    latest = await read();
    pauseMs = JSON.stringify(latest) === before ? Math.min(2 * pauseMs, QUIET_EVERY_MS) : FIGURES_EVERY_MS;
    return latest;
  };
  const loop = createLoop({
    ...{ runtime, backoff: AGAIN, nudgeMs: 0 },
    async work() {
      await readNow();
      return pauseMs;
    },
    onError: (thrown) =>
      runtime.log.debug(
        errorFields(thrown),
        `the figures of ${of} cannot be read: metrics and health show the last ones until it works again`,
      ),
  });
  return {
    /** Rejects as `read` does. */
    read: readNow,
    /** Undefined until the first read. */
    latest: () => latest,
    start: loop.start,
    stop: () => void loop.stop(),
  };
}
