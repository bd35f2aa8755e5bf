import { integer, type Rng } from "@shoal/kernel";
import type { RealtimeServer } from "@shoal/local-supabase";
import { LOBBY_TOPIC } from "../people/contract.ts";
import type { ChaosKind } from "./schedule.ts";

/** Ends a fault; resolves when the server is whole again. */
export type EndFault = () => void | Promise<void>;

const ROOM_PREFIX = "realtime:room:";
const TOPIC_PREFIX = "realtime:";
const ROOMS_KEPT = 50;

/** Starts and ends faults of the embedded server. */
export function createBreaker(server: Pick<RealtimeServer, "faults" | "events">, rng: Rng) {
  const { faults } = server;
  /** Rooms, newest last. Some are over: breaking one of those returns 0, and the next is tried. */
  const rooms = new Set<string>();
  const off = server.events.on("join:accepted", ({ topic }) => {
    if (!topic.startsWith(ROOM_PREFIX)) return;
    rooms.delete(topic);
    rooms.add(topic);
    const [oldest] = rooms;
    if (rooms.size > ROOMS_KEPT && oldest !== undefined) rooms.delete(oldest);
  });
  const breakRoom = (breakTopic: (topic: string) => number) => {
    const candidates = [...rooms].reverse().map((topic) => topic.slice(TOPIC_PREFIX.length));
    // Without a live room the lobby is broken.
    [...candidates, LOBBY_TOPIC].find((topic) => breakTopic(topic) > 0);
  };
  const nothing: EndFault = () => {};

  return {
    start(kind: ChaosKind, holdMs: number): EndFault {
      switch (kind) {
        case "dropSockets":
          faults.dropSockets();
          return nothing;
        case "cleanRestart":
        case "crash": {
          const back = faults.restart({ kind: kind === "crash" ? "crash" : "clean", downMs: holdMs });
          // The end of the fault awaits it and reports its failure, which may come earlier.
          back.catch(() => {});
          return () => back;
        }
        case "requestDisconnect":
          faults.requestDisconnect();
          return nothing;
        case "refuseUpgrades": {
          const lift = faults.refuseUpgrades({ status: 503, reason: "Error connecting to Realtime" });
          faults.dropSockets();
          return lift;
        }
        case "refuseJoins": {
          const lift = faults.refuseJoins({ reason: "InitializingProjectConnection: Realtime is initializing" });
          faults.dropSockets();
          return lift;
        }
        case "halfOpen":
          return faults.halfOpen();
        case "delay":
          return faults.delay(integer(rng, 300, 1200));
        case "crashChannel":
          breakRoom((topic) => faults.crashChannel(topic));
          return nothing;
        case "closeChannel":
          breakRoom((topic) => faults.closeChannel(topic, "Realtime was unable to connect to the project database"));
          return nothing;
        case "losePresence":
          faults.losePresence();
          return nothing;
        case "muteChanges":
          return faults.muteChanges();
        case "delayChanges":
          return faults.delayChanges();
        case "silenceChanges":
          faults.silenceChanges();
          return nothing;
        case "exceedEvents":
          return faults.exceedEvents();
        case "exceedJoins":
          return faults.exceedJoins();
      }
    },
    close: off,
  };
}
