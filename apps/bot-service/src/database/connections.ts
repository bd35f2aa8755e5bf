/** How the connections of one daemon are shared among its uses. */
export interface ConnectionShares {
  /** For its own statements. */
  readonly own: number;
  /** For the handlers of jobs and queues. */
  readonly handlers: number;
}

/** Kept for LISTEN. */
const LISTENING = 1;
/** Kept for what takes long: the migrations at start, later `housekeeping`. They never wait for the others. */
const PATIENT = 1;

/** Shares `total` connections, 5 or more: a third of what LISTEN and long statements leave is for the handlers. */
export function shareConnections(total: number): ConnectionShares {
  const shared = total - LISTENING - PATIENT;
  const handlers = Math.max(1, Math.floor(shared / 3));
  return { own: shared - handlers, handlers };
}
