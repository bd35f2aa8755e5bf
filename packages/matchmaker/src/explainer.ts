import { type ExplainPolicy, explainInLine, explainRules, type TicketExplanation } from "./rules/explain-rules.ts";
import type { Line } from "./rules/line.ts";
import type { WaitingLine } from "./waiting-line.ts";
import { placeOf, type WaitingTicket } from "./waiting-ticket.ts";

/** Explains people in line by what pairing read of them last, so that nobody has to wait for a read of 100,000. */
export function createExplainer(
  line: Pick<WaitingLine, "tickets" | "ticket">,
  policy: ExplainPolicy,
  nowMs: () => number,
) {
  let read: Line | null = null;
  let removed: readonly WaitingTicket[] = [];
  return {
    /** Pairing has read the line. Null: it had no need to compare. */
    noteRead(given: Line | null): void {
      read = given;
      removed = [];
    },
    noteRemoved(tickets: readonly WaitingTicket[]): void {
      if (read) removed = [...removed, ...tickets];
    },
    explain(ticketId: string): TicketExplanation | undefined {
      const ticket = line.ticket(ticketId);
      if (!ticket) return undefined;
      const at = read ? placeOf(read.tickets, ticket) : -1;
      if (!read || at < 0) return explainRules(ticketId, line.tickets, policy, nowMs());
      const { tickets } = read;
      const gone = removed.map((one) => placeOf(tickets, one)).filter((place) => place >= 0);
      return explainInLine({ line: read, at, gone, policy, nowMs: nowMs() });
    },
  };
}
