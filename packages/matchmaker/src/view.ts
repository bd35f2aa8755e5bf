import { ruleOf, type Wait } from "./explain.ts";
import type { TicketRow } from "./statements.ts";
import type { TicketView } from "./types.ts";

/** Returns the part of a ticket that its owner may see, by what this replica knows of the bots and of the line. */
export function viewOf(
  row: TicketRow,
  botAfterMs: number,
  { idleBots, rules }: Pick<Wait, "idleBots" | "rules">,
): TicketView {
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
    rule: isWaiting
      ? ruleOf({ waitedMs: row.waited_ms, hasCompany: row.has_company, idleBots, rules }, botAfterMs)
      : null,
    hasCompany: row.has_company,
    rules: rules ?? null,
    botAllowedAt: isWaiting ? new Date(row.queued_ms + botAfterMs).toISOString() : null,
  };
}
