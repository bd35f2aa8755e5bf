import type { Limits } from "./limits.ts";

/** What an operator has set of the project: read anew each time, and kept over a restart. */
export interface Project {
  limits: Limits;
  /** Nothing opens and nothing is broadcast over HTTP. */
  isSuspended: boolean;
  /** Public channels are not joined. */
  isPrivateOnly: boolean;
}
