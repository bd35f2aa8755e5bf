import type { WorkFigures } from "@shoal/job-queue";
import { createAlarm, type Runtime, SECOND_MS } from "@shoal/kernel";
import type { HistoryBody } from "../http/console-list-bodies.ts";
import type { ConsoleSnapshot } from "../http/console-snapshot-body.ts";
import { createAlerts } from "./alerts.ts";
import type { Counts } from "./counts.ts";
import type { Feed } from "./feed.ts";
import { createHistory, STEP_MS, type Step } from "./history.ts";
import { type Figures, SERIES, type SeriesName } from "./history-series.ts";
import type { Unjudged } from "./snapshot.ts";
import { createStreams } from "./streams.ts";

export interface LiveOptions {
  readonly runtime: Pick<Runtime, "clock">;
  readonly feed: Feed;
  readonly read: (own: { readonly boot_id: string; readonly streams: number }) => Unjudged;
  readonly counts: Counts;
  /** Of the whole database, when last read. */
  readonly work: () => WorkFigures | undefined;
}

export type Live = ReturnType<typeof createLive>;

/** Looks at the figures of this daemon once a second, keeps their histories, and shows them to all who watch: the same text to each. */
export function createLive({ runtime, feed, read, counts, work }: LiveOptions) {
  const { clock } = runtime;
  const startedMs = clock.monotonicMs();
  const history = createHistory<SeriesName, Figures>(SERIES);
  const alerts = createAlerts({ clock, feed });
  let latest: ConsoleSnapshot | undefined;
  let text: string | undefined;

  const look = (): ConsoleSnapshot => {
    const now = read({ boot_id: feed.bootId, streams: streams.openCount });
    history.add(Math.round((clock.monotonicMs() - startedMs) / SECOND_MS), { snapshot: now, counts });
    text = undefined;
    latest = { ...now, firing: alerts.judge({ now, past: history, work: work() }) };
    return latest;
  };
  const snapshotText = () => {
    text ??= JSON.stringify(latest ?? look());
    return text;
  };
  const streams = createStreams({ runtime, feed, snapshot: snapshotText });

  const tick = () => {
    const passedMs = clock.monotonicMs() - startedMs;
    // Counted from the start, so that the seconds do not drift.
    ticking.set((Math.round(passedMs / SECOND_MS) + 1) * SECOND_MS - passedMs);
    look();
    feed.tick();
    streams.tick();
  };
  const ticking = createAlarm(clock, tick);
  return {
    start: () => tick(),
    snapshotText,
    streams,
    /** Returns the series that there are of these names. */
    history(step: Step, names: readonly string[], mostCount?: number): HistoryBody {
      const known = names.filter((name): name is SeriesName => Object.hasOwn(SERIES, name));
      const read = known.map((name) => [name, history.read(step, name, mostCount)] as const);
      const fromSecond = read[0]?.[1].fromSecond ?? 0;
      return {
        step_ms: STEP_MS[step],
        from_ms: Math.round(clock.now() - (clock.monotonicMs() - startedMs)) + fromSecond * SECOND_MS,
        units: Object.fromEntries(known.map((name) => [name, SERIES[name].unit])),
        series: Object.fromEntries(read.map(([name, { values }]) => [name, values])),
      };
    },
    close() {
      streams.close();
      ticking.cancel();
    },
  };
}
