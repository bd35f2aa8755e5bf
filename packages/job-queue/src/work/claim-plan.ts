/** How much of a lane's work to claim, at most. */
export interface Ask {
  readonly lane: string;
  readonly quantity: number;
  /** Of payloads, at most, but at least one work is claimed. Default: any number. */
  readonly maxBytes?: number;
}

/** What of a lane's work is in this process, as far as the next claim is concerned. */
export interface LaneLoad {
  readonly name: string;
  /** Claimed and not begun. */
  readonly waiting: number;
  readonly running: number;
  /** Outcomes that are not in the database yet. */
  readonly unwritten: number;
  /** How long its handlers have taken lately, in ms; undefined before the first one has ended. */
  readonly averageMs: number | undefined;
}

export interface ClaimLimits {
  /** Handlers at once, all lanes together, 1 or more. */
  readonly concurrency: number;
  /** Work in one claim of a lane, 1 or more. */
  readonly batchSize: number;
  /** See `SourceTraits`. */
  readonly readAheadMs: number;
}

/**
 * Nothing is claimed from a lane of which so many batches are done and not written: what waits here for longer than its lease
 * is claimed and done again, and dead after a few times, though nothing is wrong with it. Two or three are usual.
 */
const UNWRITTEN_BATCHES = 8;

/**
 * Bytes of payloads in this process, as Postgres keeps them. Parsed they take several times as much, an array of empty objects
 * ten times: 1 MB of JSON is 20 MB then. What is small never comes near it: it is 80,000 bytes for each of 25 handlers.
 */
const MAX_HELD_BYTES = 2_000_000;

/** In one claim: two may be under way. */
const MAX_CLAIM_BYTES = MAX_HELD_BYTES / 2;

/** How many bytes of payloads a claim may bring beside `heldBytes` that are here or on their way; 0: nothing is to be claimed. */
export function claimRoomBytes(heldBytes: number): number {
  return Math.max(0, Math.min(MAX_CLAIM_BYTES, MAX_HELD_BYTES - heldBytes));
}

/** The asks of one claim, which share its room. */
export function withRoom<Asked extends Ask>(asks: readonly Asked[], roomBytes: number): Asked[] {
  return roomBytes > 0 ? asks.map((ask) => ({ ...ask, maxBytes: Math.ceil(roomBytes / asks.length) })) : [];
}

/** An ask; `isWorthwhile`: large enough for a statement of its own while the lane has more. */
export interface PlannedAsk extends Ask {
  readonly isWorthwhile: boolean;
}

/**
 * What to claim now: for each lane an equal share of the free handlers, and what may wait for them. `claimingCount`: work that
 * statements under way may bring.
 */
export function planClaim(loads: readonly LaneLoad[], limits: ClaimLimits, claimingCount = 0): PlannedAsk[] {
  const { concurrency, batchSize } = limits;
  const running = loads.reduce((sum, load) => sum + load.running, claimingCount);
  const share = (handlers: number) => Math.ceil(Math.max(0, handlers) / loads.length);
  return loads.flatMap((load) => {
    const ahead = readAhead(load, limits);
    const isBehind = load.unwritten >= UNWRITTEN_BATCHES * batchSize + concurrency;
    const quantity = isBehind ? 0 : Math.min(batchSize, share(concurrency - running) + ahead - load.waiting);
    const isWorthwhile = quantity >= Math.min(batchSize, (share(concurrency) + ahead) / 2);
    return quantity > 0 ? [{ lane: load.name, quantity, isWorthwhile }] : [];
  });
}

/** Two batches at most: one is claimed while the other one runs. */
function readAhead({ averageMs }: LaneLoad, { concurrency, batchSize, readAheadMs }: ClaimLimits): number {
  if (averageMs === undefined || readAheadMs === 0) return 0;
  return Math.min(2 * batchSize, averageMs === 0 ? Infinity : Math.floor((readAheadMs * concurrency) / averageMs));
}

/** How long to wait after `emptyCount` claims in a row that found nothing, in ms. */
export function idleDelayMs(emptyCount: number, minMs: number, maxMs: number): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(emptyCount, 10));
}

/**
 * Which lane's work begins next: the index of the first lane from `from` on, in turn, that has work and may; undefined when
 * none may. One handler is kept free for each other lane that runs none, up to half of them all, so that a slow lane does
 * not stop the others.
 */
export function nextToRun(loads: readonly LaneLoad[], from: number, concurrency: number): number | undefined {
  // Called for each message: allocates nothing.
  let running = 0;
  let restingCount = 0;
  for (const load of loads) {
    running += load.running;
    if (load.running === 0) restingCount += 1;
  }
  if (running >= concurrency) return undefined;
  const isFree = running < concurrency - Math.min(restingCount, Math.floor(concurrency / 2));
  for (let step = 0; step < loads.length; step += 1) {
    const index = (from + step) % loads.length;
    const load = loads[index];
    if (load && load.waiting > 0 && (isFree || load.running === 0)) return index;
  }
  return undefined;
}
