import { FleetError, SECOND_MS } from "@shoal/kernel";
import { passResult } from "../../http/job-bodies.ts";
import type { Answer } from "../answer.ts";
import { drawPass } from "./jobs-view.ts";
import { ACTOR, type OpenedJobs } from "./open-jobs.ts";

/** Time handlers may go on after Ctrl-C before they are cut off, in ms. */
const PATIENCE_MS = 2 * SECOND_MS;

/** The terminal. */
export interface Outside {
  /** Resolves at the first Ctrl-C or SIGTERM. */
  readonly onStop: () => Promise<void>;
  /** Writes over the one line of progress. */
  readonly showProgress: (line: string) => void;
}

/** Runs `shoal jobs run`: one pass over jobs and messages, in this process. Ctrl-C gives back unfinished work. */
export async function runPass(
  opened: OpenedJobs,
  { batchSize }: { readonly batchSize?: number },
  { onStop, showProgress: show }: Outside,
): Promise<Answer> {
  await refuseUnhandled(opened);
  const { admin, worker, consumers } = opened;
  const handlers = [worker, consumers].filter((each) => each !== undefined);
  let interrupted = false;
  const interruption = onStop().then(async () => {
    interrupted = true;
    const given = await Promise.all(handlers.map((each) => each.drain(PATIENCE_MS)));
    return given.flatMap(({ jobIds }) => jobIds);
  });
  const progress = startProgress(opened, show);
  try {
    const done = await admin.runPass(ACTOR, batchSize === undefined ? {} : { batchSize });
    progress.clear();
    if (!interrupted) return { text: drawPass(done), json: passResult.parse(done) };
    const handedBack = await interruption;
    const text = `${drawPass(done)}interrupted; given back: ${handedBack.join(", ") || "nothing"}\n`;
    return { text, json: { ...passResult.parse(done), handed_back: handedBack }, exitCode: 1 };
  } finally {
    progress.clear();
    if (!interrupted) await Promise.all(handlers.map((each) => each.drain(0)));
  }
}

/** Refuses the pass if a due job has no handler here: it would lose an attempt, although the daemon may handle it. */
async function refuseUnhandled({ unhandledTypes }: OpenedJobs): Promise<void> {
  const types = await unhandledTypes();
  if (types.length === 0) return;
  const message = `nothing was run: jobs of ${types.join(", ")} are due and have no handler with FLEET_CONFIG and CALENDAR_FEED_URL as they are set here; set them as the daemon has them, or cancel these jobs`;
  throw new FleetError("CLI_JOBS_UNHANDLED", message, { details: { types } });
}

/** Shows the number of finished jobs in one line that is drawn over. */
function startProgress({ worker, consumers }: OpenedJobs, show: Outside["showProgress"]) {
  const counts = { done: 0, failed: 0 };
  const write = (text: string) => show(`\r\x1b[2K${text}`);
  const count = (what: keyof typeof counts) => () => {
    counts[what] += 1;
    write(
      `${counts.done} done, ${counts.failed} failed, ${(worker?.running ?? 0) + (consumers?.running ?? 0)} under way …`,
    );
  };
  const offs = [
    worker?.events.on("job:completed", count("done")),
    worker?.events.on("job:failed", count("failed")),
    worker?.events.on("job:dead", count("failed")),
    consumers?.events.on("message:archived", count("done")),
    consumers?.events.on("message:failed", count("failed")),
    consumers?.events.on("message:dead", count("failed")),
  ];
  return {
    clear() {
      for (const off of offs) off?.();
      write("");
    },
  };
}
