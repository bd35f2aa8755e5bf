import type { Registry } from "prom-client";
import { counter, gauge, histogram } from "./instruments.ts";
import { oneOf } from "./labels.ts";

/** What the fleet shows. Gauges are fed by `observeFleet`, the rest by the bots. */
export type FleetMetrics = ReturnType<typeof createFleetMetrics>;

const roomKinds = oneOf(["message", "typing", "leave"]);
const readKinds = oneOf(["message", "typing", "leave", "presence"]);

export function createFleetMetrics(registry: Registry) {
  return {
    bots: gauge(registry, {
      name: "shoal_bots",
      help: "Bots by state, deployed ones included.",
      labels: { state: oneOf(["starting", "idle", "talking", "stopping", "quarantined"]) },
    }),
    botsTarget: gauge(registry, { name: "shoal_bots_target", help: "Bots there should be.", labels: {} }),
    botCrashes: counter(registry, { name: "shoal_bot_crashes_total", help: "Bots that crashed.", labels: {} }),
    peoplePresent: gauge(registry, {
      name: "shoal_people_present",
      help: "People in the lobby, bots not counted.",
      labels: {},
    }),
    peopleWaiting: gauge(registry, {
      name: "shoal_people_waiting",
      help: "People in the lobby who wait for a partner.",
      labels: {},
    }),
    matchesLive: gauge(registry, { name: "shoal_matches_live", help: "Matches going on now.", labels: {} }),
    messagesSent: counter(registry, {
      name: "shoal_messages_sent_total",
      help: "Broadcasts that bots sent in rooms, by kind.",
      labels: { kind: roomKinds },
    }),
    messagesReceived: counter(registry, {
      name: "shoal_messages_received_total",
      help: "Well-formed broadcasts of their partners that bots received in rooms, by kind.",
      labels: { kind: roomKinds },
    }),
    messagesMalformed: counter(registry, {
      name: "shoal_messages_malformed_total",
      help: "Payloads dropped because they could not be read, by kind.",
      labels: { kind: readKinds },
    }),
    replyLateness: histogram(registry, {
      name: "shoal_reply_lateness_seconds",
      help: "How much later than planned a bot's reply was sent.",
      labels: {},
      // The promise is 100 ms; the bounds around it tell how close a fleet comes.
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
  };
}
