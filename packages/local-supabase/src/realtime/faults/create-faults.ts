import { invariant } from "@shoal/kernel";
import type { Generation } from "../generation.ts";
import type { ActiveFaults } from "./active-faults.ts";
import { crashChannels, disconnectAll, shutChannels } from "./channel-faults.ts";
import type { Lift, RealtimeFaults } from "./types.ts";

const ABNORMAL_CLOSURE = 1006;

/** `generation`: the one that serves, or the last one while the server is down. */
export function createFaults(
  active: ActiveFaults,
  generation: () => Generation,
  restart: RealtimeFaults["restart"],
): RealtimeFaults {
  // A counter makes its ticks when it is asked: those before a fault began or ended must not see it so.
  const exceed = (kind: "exceedEvents" | "exceedJoins"): Lift => {
    generation().core.admission.settle();
    const lift = active.start({ kind });
    return () => {
      generation().core.admission.settle();
      lift();
    };
  };
  return {
    dropSockets(code = ABNORMAL_CLOSURE) {
      invariant(code >= 1000 && code <= 4999, "a close code is 1000 to 4999");
      return active.once("dropSockets", () => generation().sockets.closeAll(code));
    },
    restart,
    requestDisconnect() {
      const { core, sockets } = generation();
      active.once("requestDisconnect", () => disconnectAll(core, sockets.all));
    },
    refuseUpgrades(fault) {
      invariant(fault.status >= 400 && fault.status <= 599, "a refusal has a status from 400 to 599");
      return active.start({ kind: "refuseUpgrades", ...fault });
    },
    refuseJoins: (fault) => active.start({ kind: "refuseJoins", ...fault }),
    halfOpen: () => active.start({ kind: "halfOpen" }),
    delay(ms) {
      invariant(Number.isFinite(ms) && ms >= 0, "a delay is 0 ms or more");
      return active.start({ kind: "delay", ms });
    },
    crashChannel(topic) {
      const { core, sockets } = generation();
      return active.once("crashChannel", () => crashChannels(core, sockets.all, topic));
    },
    closeChannel(topic, message) {
      const { core, sockets } = generation();
      return active.once("closeChannel", () => shutChannels(core, sockets.all, topic, message));
    },
    losePresence: () => active.once("losePresence", () => generation().core.topics.forgetPresence()),
    muteChanges: () => active.start({ kind: "muteChanges" }),
    exceedEvents: () => exceed("exceedEvents"),
    exceedJoins: () => exceed("exceedJoins"),
  };
}
