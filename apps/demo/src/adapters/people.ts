import { processEnvironment } from "@shoal/bot-service/daemon";
import { createSystemRuntime, every, integer, pick, seededRng, sleep, uniform, withTimeout } from "@shoal/kernel";
import { z } from "zod";
import { Person } from "../people/person.ts";
import type { FromPeople, PeopleEnvironment, PeopleReport, ToPeople } from "../people/protocol.ts";
import { PeopleStats } from "../people/stats.ts";
import { Transcript } from "../people/transcript.ts";

/** Simulated people in a process of their own, started by the demo over IPC. See protocol.ts. */

const PROGRESS_MS = 250;
/** Time the others wait for the first person to be matched, in ms. */
const ALONE_LIMIT_MS = 6000;
/** Spreads the entries of the others: easy on a small machine. */
const ENTER_WITHIN_MS = 1000;

const environmentSchema = z.object({
  SUPABASE_URL: z.url(),
  SUPABASE_ANON_KEY: z.string().min(1),
  PEOPLE_COUNT: z.coerce.number().int().min(0).max(10_000),
  PEOPLE_SEED: z.coerce.number().int(),
  PEOPLE_TOPICS: z.string().transform((text) => text.split(",").filter((topic) => topic !== "")),
} satisfies Record<keyof PeopleEnvironment, z.ZodType>);

const environment = environmentSchema.parse(processEnvironment());
const runtime = createSystemRuntime();
const stats = new PeopleStats();
const transcript = new Transcript();
const rng = seededRng(environment.PEOPLE_SEED);
const topics = environment.PEOPLE_TOPICS;
const MAX_LEVEL = 100;
const people = Array.from(
  { length: environment.PEOPLE_COUNT },
  (_, number) =>
    new Person({
      url: environment.SUPABASE_URL,
      anonKey: environment.SUPABASE_ANON_KEY,
      runtime,
      rng: seededRng(environment.PEOPLE_SEED * 10_007 + number),
      stats,
      transcript,
      attributes: topics.length === 0 ? null : { topic: pick(rng, topics), level: integer(rng, 0, MAX_LEVEL) },
    }),
);

const report = (): PeopleReport => ({
  ...stats.report(people.map((person) => person.state)),
  conversation: transcript.lines,
});
const tell = (message: FromPeople) => void process.send?.(message);
let stopping: Promise<void> | undefined;

// Ends with the demo, also if that was killed. The server notices by the closed sockets.
process.on("disconnect", () => process.exit(0));
if (!process.connected) process.exit(0);
// Ctrl-C reaches the whole process group; the demo says when to leave.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => void stop());
process.on("message", (message: ToPeople) => {
  if (message.kind === "stop") void stop();
  else stats.mark();
});

const progress = every(
  runtime.clock,
  PROGRESS_MS,
  () => tell({ kind: "progress", report: report() }),
  () => {},
);
const [first, ...others] = people;
if (first) await enter(first);
// The first person comes to an empty lobby and meets a bot; the others come later and meet each other.
if (first && others.length > 0) await withTimeout(runtime.clock, ALONE_LIMIT_MS, first.matched);
await Promise.all(
  others.map(async (person) => {
    await sleep(runtime.clock, uniform(rng, 0, ENTER_WITHIN_MS));
    await enter(person);
  }),
);
if (!stopping) tell({ kind: "ready" });

async function enter(person: Person): Promise<void> {
  if (stopping) return;
  person.start();
  await person.entered;
}

function stop(): Promise<void> {
  stopping ??= leaveAll();
  return stopping;
}

async function leaveAll(): Promise<void> {
  const last = report();
  progress.cancel();
  await Promise.all(people.map((person) => person.leave()));
  // Reports who was waiting and talking when they were asked to leave, as all are gone now.
  const ended: FromPeople = { kind: "ended", report: { ...report(), waiting: last.waiting, talking: last.talking } };
  await new Promise<void>((resolve) => process.send?.(ended, undefined, undefined, () => resolve()) ?? resolve());
  // The library leaves timers behind that would hold the process for ten seconds.
  process.exit(0);
}
