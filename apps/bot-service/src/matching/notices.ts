import { errorFields, FleetError, isFleetError, type Runtime, retry, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { Match, Matchmaker, Seat } from "@shoal/matchmaker";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { FleetConfig } from "../fleet-config.ts";
import type { minuteWarning } from "../minute-warning.ts";

type Broadcaster = Pick<RealtimePool, "broadcast">;

type Warn = ReturnType<typeof minuteWarning>;

export const UNDELIVERED =
  "match notices were not delivered: their matches expire unless the people learn of them otherwise";
export const NO_FAREWELL =
  "the leave of lost bots, or of matches that an operator ended, could not be sent: people learn of the end only by presence";

const LATE = "the notice was not delivered while the match could be confirmed";

/** Pause between attempts, in ms, should the pool ever refuse at once. */
const AGAIN_AFTER_MS = 250;
/** How long before the end of a match that it is written down that a person was not told of it, in ms. */
const NOTED_AHEAD_MS = SECOND_MS;

export interface NoticeParts {
  readonly pool: Broadcaster;
  readonly fleet: FleetConfig;
  readonly runtime: Pick<Runtime, "clock" | "rng">;
  /** Takes what could not be delivered: while Realtime is away that is every notice. */
  readonly warn: Warn;
  /** Time for which a notice is of use, in ms: until the match must be confirmed. */
  readonly limitMs: number;
  readonly matchmaker: Pick<Matchmaker, "noteUnreached">;
}

/**
 * Sends the people of a match their notices, by HTTP broadcast on their own topics. The pool retries, and this function does
 * for as long as it may help; a person who is not reached does not confirm, and the ticket goes back to the front.
 */
export async function notifyPeople(match: Match, parts: NoticeParts): Promise<void> {
  const [first, second] = match.seats;
  const notices = [
    { to: first, partner: second },
    { to: second, partner: first },
  ];
  await Promise.all(notices.filter(({ to }) => !to.bot).map(({ to, partner }) => notify(match, to, partner, parts)));
}

/**
 * Leaves a room for those who cannot or do not do it themselves: a bot whose daemon died, or both people of a match that an operator or a block has
 * ended.
 * Whoever is left there may watch for nothing else than a `leave`.
 */
export async function leaveFor(
  matchId: string,
  reason: "replica_lost" | "ended_by_operator" | "blocked",
  parts: FarewellParts,
): Promise<void> {
  const { matchmaker, pool, fleet, warn } = parts;
  try {
    const match = await matchmaker.match(matchId);
    const leaving = match?.seats.filter((seat) => seat.bot || reason !== "replica_lost") ?? [];
    // Whoever is blocked is not told so.
    const said = reason === "blocked" ? "left" : reason;
    for (const { id: from } of leaving) {
      const payload = fleet.payloads.writeLeave({ from, reason: said });
      await pool.broadcast(fleet.topics.room(match?.roomId ?? ""), fleet.events.leave, payload);
    }
  } catch (thrown) {
    warn(1, { match_id: matchId, ...errorFields(thrown) });
  }
}

export interface FarewellParts {
  readonly matchmaker: Pick<Matchmaker, "match">;
  readonly pool: Broadcaster;
  readonly fleet: FleetConfig;
  readonly warn: Warn;
}

async function notify(match: Match, to: Seat, partner: Seat, parts: NoticeParts): Promise<void> {
  const { runtime, warn, limitMs, matchmaker } = parts;
  const { matchId } = match;
  const waitMs = Math.max(limitMs - NOTED_AHEAD_MS, limitMs / 2);
  try {
    const { kind } = await withTimeout(runtime.clock, waitMs, deliver(match, to, partner, parts));
    if (kind === "timeout") throw new FleetError("MATCH_NOTICE_LATE", LATE);
  } catch (thrown) {
    warn(1, { match_id: matchId, user_id: to.id, ...errorFields(thrown) });
    // Without it the person's ticket is one step nearer to being closed, which the next notice makes good.
    await matchmaker.noteUnreached(matchId, to.id).catch(() => {});
  }
}

/** Tries as long as it can be of use. Rejects with why it could not be done. */
function deliver(match: Match, to: Seat, partner: Seat, { pool, fleet, runtime, limitMs }: NoticeParts): Promise<void> {
  const { matchId, roomId } = match;
  const notice = { matchId, roomId, partner: { id: partner.id, name: partner.name, isBot: partner.bot } };
  const send = async () =>
    pool.broadcast(fleet.topics.user(to.id), fleet.events.matched, fleet.payloads.writeNotice(notice));
  const untilMs = runtime.clock.monotonicMs() + limitMs;
  return retry(send, {
    runtime,
    backoff: () => AGAIN_AFTER_MS,
    // The pool has waited before it gave up: for its budget, or between its own attempts.
    when: (thrown) => isFleetError(thrown) && thrown.retryable && runtime.clock.monotonicMs() < untilMs,
  });
}
