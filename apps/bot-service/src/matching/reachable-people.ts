import { FleetError, isFleetError } from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import { MAX_TOPIC_BYTES } from "@shoal/realtime-pool";
import type { FleetConfig } from "../fleet-config.ts";

/** Refuses tickets of people whose own topic would be too long: no notice could ever be sent to them. */
export function onlyReachable(matchmaker: Matchmaker, topics: FleetConfig["topics"]): Matchmaker {
  return {
    ...matchmaker,
    async openTicket(ticket) {
      const topicBytes = Buffer.byteLength(topicOf(topics, ticket.userId));
      if (topicBytes > MAX_TOPIC_BYTES) {
        throw refusal(`user_id is too long, its topic would have ${topicBytes} bytes of at most ${MAX_TOPIC_BYTES}`);
      }
      return matchmaker.openTicket(ticket);
    },
  };
}

/** The fleet file may make no topic of an odd id: that is about this person alone. */
function topicOf(topics: FleetConfig["topics"], userId: string): string {
  try {
    return topics.user(userId);
  } catch (thrown) {
    throw isFleetError(thrown, "FLEET_VALUE_INVALID")
      ? refusal("the fleet file makes no topic of this user_id")
      : thrown;
  }
}

function refusal(why: string): FleetError {
  return new FleetError("MATCH_INVALID_TICKET", `The ticket cannot be opened: ${why}.`, {
    details: { field: "userId" },
  });
}
