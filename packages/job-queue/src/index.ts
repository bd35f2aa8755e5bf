export { type JobErrorCode, JobQueueError } from "./errors.ts";
export type * from "./types.ts";
