import { errorFields, every, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";

/** How often figures of the whole database are read. Metrics and health show those: no scrape costs a query. */
const FIGURES_EVERY_MS = 15 * SECOND_MS;

export interface WatchedFiguresOptions<Figures> {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  /** Whose they are, for the log: "the queues". */
  readonly of: string;
  read(): Promise<Figures>;
}

/** Reads figures every 15 s and on request, and keeps the latest ones. One read at a time; one that fails is tried again with the next. */
export function watchFigures<Figures>({ runtime, of, read }: WatchedFiguresOptions<Figures>) {
  const { clock, log } = runtime;
  let latest: Figures | undefined;
  let timer: Timer | undefined;
  const readNow = async () => {
    latest = await read();
    return latest;
  };
  const onFailed = (thrown: unknown) =>
    log.debug(
      errorFields(thrown),
      `the figures of ${of} cannot be read: metrics and health show the last ones until it works again`,
    );
  return {
    /** Rejects as `read` does. */
    read: readNow,
    /** Undefined until the first read. */
    latest: () => latest,
    start() {
      readNow().catch(onFailed);
      timer ??= every(clock, FIGURES_EVERY_MS, async () => void (await readNow()), onFailed);
    },
    stop: () => timer?.cancel(),
  };
}
