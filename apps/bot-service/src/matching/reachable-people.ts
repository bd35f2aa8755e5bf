import { FleetError } from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import { MAX_TOPIC_BYTES } from "@shoal/realtime-pool";
import type { FleetConfig } from "../fleet-config.ts";

/** Refuses tickets of people whose own topic would be too long: no notice could ever be sent to them. */
export function onlyReachable(matchmaker: Matchmaker, topics: FleetConfig["topics"]): Matchmaker {
  return {
    ...matchmaker,
    async openTicket(ticket) {
      const topicBytes = Buffer.byteLength(topics.user(ticket.userId));
      if (topicBytes > MAX_TOPIC_BYTES) {
        const text = `The ticket cannot be opened: user_id is too long, its topic would have ${topicBytes} bytes of at most ${MAX_TOPIC_BYTES}.`;
        throw new FleetError("MATCH_INVALID_TICKET", text, { details: { field: "userId" } });
      }
      return matchmaker.openTicket(ticket);
    },
  };
}
