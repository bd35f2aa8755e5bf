import { createEmitter, errorFields, fullJitter, type Runtime, retry, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { Health } from "@shoal/monitor";
import { createWakeListener, type Database, isAboutTheValues } from "@shoal/store";
import { watchFigures } from "../health/watched-figures.ts";
import { markRoutes } from "../http/marks.ts";
import type { Part } from "../part.ts";
import { type Concern, createMarks } from "./marks.ts";
import { type MarkEvents, observeMarks } from "./metrics.ts";

/** On which the database announces a mark: id, match, kind and source of it as JSON. */
const CHANNEL = "shoal_marks";
const AGAIN = fullJitter(500, 10 * SECOND_MS);
/** Marks that wait for the database. A mark is rare: more is a fault, and not what an operator could read. */
const MOST_WAITING = 1000;
const DROPPED =
  "a conversation is not marked for the operator: too many marks wait for the database, or it refuses this one";
const LATE = "a conversation could not be marked for the operator yet: it is tried again until the database has it";

export interface MarksPartOptions {
  readonly runtime: Runtime;
  readonly database: Database;
  readonly health: Pick<Health, "reportLoop">;
}

export type MarksPart = ReturnType<typeof createMarksPart>;

/** Marks conversations for the operator, and shows and counts the marks that are there, whoever made them. */
export function createMarksPart({ runtime, database, health }: MarksPartOptions) {
  const { clock } = runtime;
  const log = runtime.log.child({ part: "marks" });
  const marks = createMarks(database);
  const events = createEmitter<MarkEvents>();
  const report = health.reportLoop("marks");
  const closing = new AbortController();
  const writing = new Map<string, Promise<void>>();
  const figures = watchFigures({ runtime, of: "marks", read: marks.unseen });
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL },
    onWake(payload) {
      if (payload) events.emit("mark:made", eventOf(payload));
      // The next look at the figures, 15 s later at most, finds what was announced while nobody listened.
      figures.read().catch(() => {});
    },
    onUnsupported: () => {},
  });

  const write = async (concern: Concern) => {
    const fields = { match_id: concern.conversationId, kind: concern.kind };
    const work = () => marks.mark(concern);
    try {
      await retry(work, {
        ...{ runtime, backoff: AGAIN, signal: closing.signal, when: (error) => !isAboutTheValues(error) },
        onFailure({ error, attempt }) {
          report.failed(error);
          if (attempt === 1) log.warn({ ...fields, ...errorFields(error) }, LATE);
        },
      });
      report.succeeded();
    } catch (thrown) {
      log.error({ ...fields, ...errorFields(thrown) }, DROPPED);
    }
  };
  return {
    /** Marks a conversation, and tries again until the database has it. Never throws; the same mark under way is not begun again. */
    mark(concern: Concern): void {
      const key = `${concern.conversationId} ${concern.personId} ${concern.kind}`;
      if (writing.has(key)) return;
      if (writing.size >= MOST_WAITING)
        return log.error({ match_id: concern.conversationId, kind: concern.kind }, DROPPED);
      writing.set(
        key,
        write(concern).finally(() => writing.delete(key)),
      );
    },
    events,
    name: "marks",
    needsSchema: true,
    observe: (metrics) => [observeMarks(metrics, events, figures.latest, clock.now)],
    routes: () => markRoutes(marks),
    start() {
      figures.start();
      listener.start();
    },
    drain: async (limitMs: number) => {
      figures.stop();
      await withTimeout(clock, limitMs, Promise.all(writing.values()));
    },
    async close() {
      figures.stop();
      closing.abort(new Error("the daemon ends"));
      await Promise.all(writing.values());
      await listener.close();
    },
  } satisfies Part & Record<string, unknown>;
}

function eventOf(payload: string): MarkEvents["mark:made"] {
  const {
    id,
    match_id: matchId,
    kind,
    source,
  } = JSON.parse(payload) as { id: number; match_id: string; kind: string; source: string };
  return { id, matchId, kind, source };
}
