import type { Emitter } from "@shoal/kernel";
import type { JobEvents, Leg } from "../types.ts";
import type { HeldJob } from "./holdings.ts";

/** Tells what the database has in writing of a job, and names it. */
export function tellSettled(
  events: Emitter<JobEvents>,
  workerId: string,
  { claim, outcome }: HeldJob,
  isLost: boolean,
  leg: Leg = "supabase",
): "completed" | "failed" | "dead" | "lost" | "released" {
  const { id: jobId, type, epoch, attempt } = claim;
  const holding = { jobId, type, epoch, workerId };
  if (isLost) {
    events.emit("job:lost", holding);
    return "lost";
  }
  if (outcome?.kind === "completed") {
    events.emit("job:completed", { ...holding, attempt, durationMs: outcome.durationMs, leg });
    return "completed";
  }
  if (outcome?.kind !== "failed") {
    events.emit("job:released", holding);
    return "released";
  }
  const { durationMs, code, retryInMs } = outcome;
  const failure = { ...holding, attempt, durationMs, code, leg };
  if (retryInMs === null) {
    events.emit("job:dead", failure);
    return "dead";
  }
  events.emit("job:failed", { ...failure, retryInMs });
  return "failed";
}
