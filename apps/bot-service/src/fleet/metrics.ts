import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { allOf, type EventSubscriber, type Metrics, oneOf, subscribe } from "@shoal/monitor";
import type { LobbyEvents } from "../matching/lobby.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import type { RegistryEvents } from "./bot-registry.ts";
import type { RoomEventKind } from "./room.ts";

/** Sets the gauges of bots, people and live matches from `getSnapshot` at every scrape. Once per `metrics`. */
export function observeFleet(
  { gauge, beforeScrape }: Metrics,
  getSnapshot: () => Pick<ServiceSnapshot, "people" | "bots" | "matches">,
): Unsubscribe {
  const states = allOf<Exclude<keyof ServiceSnapshot["bots"], "target">>({
    ...{ starting: true, idle: true, talking: true, stopping: true, quarantined: true },
  });
  const botsByState = gauge({
    name: "shoal_bots",
    help: "Bots by state, deployed ones included.",
    labels: { state: states },
  });
  const botsTarget = gauge({
    name: "shoal_bots_target",
    help: "Bots there should be, of the fleet's own: this replica's share.",
  });
  const present = gauge({ name: "shoal_people_present", help: "People in the lobby, bots not counted." });
  const waiting = gauge({ name: "shoal_people_waiting", help: "People in the lobby who wait for a partner." });
  const live = gauge({ name: "shoal_matches_live", help: "Matches going on now, of all replicas: take the maximum." });
  return beforeScrape(() => {
    const { people, bots, matches } = getSnapshot();
    const { target, ...byState } = bots;
    for (const [state, count] of Object.entries(byState)) botsByState.set({ state }, count);
    botsTarget.set({}, target);
    present.set({}, people.present);
    waiting.set({}, people.waiting);
    live.set({}, matches.live);
  });
}

/** Counts crashes of bots, and the payloads that they and the lobby read and send. Once per `metrics`. */
export function observeBots(
  { counter }: Metrics,
  bots: EventSubscriber<RegistryEvents>,
  lobby: EventSubscriber<LobbyEvents>,
): Unsubscribe {
  const kinds = allOf<RoomEventKind>({ message: true, typing: true, leave: true });
  const crashes = counter({ name: "shoal_bot_crashes_total", help: "Bots that crashed." });
  const sent = counter({
    name: "shoal_messages_sent_total",
    help: "Broadcasts that bots sent in rooms, by kind.",
    labels: { kind: kinds },
  });
  const received = counter({
    name: "shoal_messages_received_total",
    help: "Well-formed broadcasts of their partners that bots received in rooms, by kind.",
    labels: { kind: kinds },
  });
  const malformed = counter({
    name: "shoal_messages_malformed_total",
    help: "Payloads dropped because they could not be read, by kind.",
    labels: { kind: oneOf([...kinds.known, "presence"]) },
  });
  const offs = [
    subscribe<RegistryEvents>(bots, {
      "bot:changed": null,
      "bot:offered": null,
      "bot:crashed": () => crashes.inc({}),
      "message:moved": ({ direction, kind }) => (direction === "sent" ? sent : received).inc({ kind }),
      "message:malformed": ({ kind }) => malformed.inc({ kind }),
    }),
    subscribe<LobbyEvents>(lobby, {
      "lobby:changed": null,
      "lobby:sight": null,
      "lobby:malformed": ({ entries }) => malformed.inc({ kind: "presence" }, entries),
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}

/** Returns the listener to the replies of bots. Once per `metrics`. */
export function observeReplies({ histogram }: Metrics) {
  const lateness = histogram({
    name: "shoal_reply_lateness_seconds",
    help: "How much later than planned a bot's reply was sent.",
    // The promise is 100 ms; the bounds around it show how close a fleet comes.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  return ({ plannedMs, actualMs }: { readonly plannedMs: number; readonly actualMs: number }) =>
    lateness.observe({}, (actualMs - plannedMs) / SECOND_MS);
}
