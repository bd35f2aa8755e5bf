import type { TicketRow } from "./statements.ts";
import type { TicketView } from "./types.ts";

/** Returns the part of a ticket that its owner may see. `idleBots`: number of this replica's bots that the person may get. */
export function viewOf(row: TicketRow, botAfterMs: number, idleBots: number): TicketView {
  const isWaiting = row.status === "waiting";
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    closedReason: row.closed_reason,
    matchId: row.match_id,
    roomId: row.room_id,
    waitedMs: Math.max(0, Math.round(row.waited_ms)),
    position: isWaiting ? row.ahead + 1 : null,
    rule: isWaiting ? ruleFor(row, botAfterMs, idleBots) : null,
    botAllowedAt: isWaiting ? new Date(row.queued_ms + botAfterMs).toISOString() : null,
  };
}

function ruleFor(row: TicketRow, botAfterMs: number, idleBots: number): TicketView["rule"] {
  if (row.has_company) return "next-cycle";
  if (row.waited_ms >= botAfterMs) return idleBots > 0 ? "next-cycle" : "no-idle-bot";
  return idleBots > 0 ? "waiting-for-bot-time" : "alone";
}
