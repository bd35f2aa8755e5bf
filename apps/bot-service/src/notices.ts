import { errorFields, type Log } from "@shoal/kernel";
import type { Match, Seat } from "@shoal/matchmaker";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { FleetConfig } from "./fleet-config.ts";

/**
 * Tells the people of a match whom they have met, by HTTP broadcast on their own topics. The pool retries; a person who
 * is not reached does not confirm, and the ticket goes back to the front.
 */
export async function notifyPeople(match: Match, pool: RealtimePool, fleet: FleetConfig, log: Log): Promise<void> {
  const [first, second] = match.seats;
  const notices = [
    { to: first, partner: second },
    { to: second, partner: first },
  ];
  await Promise.all(
    notices.filter(({ to }) => !to.bot).map(({ to, partner }) => notify(match, to, partner, pool, fleet, log)),
  );
}

async function notify(
  match: Match,
  to: Seat,
  partner: Seat,
  pool: RealtimePool,
  fleet: FleetConfig,
  log: Log,
): Promise<void> {
  const { matchId, roomId } = match;
  const notice = { matchId, roomId, partner: { id: partner.id, name: partner.name, isBot: partner.bot } };
  try {
    await pool.broadcast(fleet.topics.user(to.id), fleet.events.matched, fleet.payloads.writeNotice(notice));
  } catch (thrown) {
    log.warn({ match_id: matchId, user_id: to.id, ...errorFields(thrown) }, "a match notice was not delivered");
  }
}
