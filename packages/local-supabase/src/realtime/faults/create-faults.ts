import { invariant } from "@shoal/kernel";
import type { Channel } from "../channel.ts";
import { forgetChannel, shutChannel } from "../close-channel.ts";
import type { Core } from "../core.ts";
import type { Generation } from "../generation.ts";
import type { Socket } from "../socket.ts";
import type { DelayRange, Lift, RealtimeFaults } from "../types.ts";
import type { ActiveFaults } from "./active-faults.ts";

const ABNORMAL_CLOSURE = 1006;
const RESTART_CLOSURE = 1012;
/** @source the real server, 2.129.8: it polls its slot every 100 ms */
const REAL_CHANGE_DELAY: DelayRange = { minMs: 230, maxMs: 420 };

/** Makes the methods of `faults`. `generation` returns the one that serves, or the last one while the server is down. */
export function createFaults(
  active: ActiveFaults,
  generation: () => Generation,
  restart: RealtimeFaults["restart"],
): RealtimeFaults {
  // A counter makes its ticks only when it is called. Ticks due before a fault begins or ends must not see the change.
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
    delayChanges(range = REAL_CHANGE_DELAY) {
      invariant(range.minMs >= 0 && range.maxMs >= range.minMs, "a delay is from 0 ms or more to as many or more");
      return active.start({ kind: "delayChanges", ...range });
    },
    silenceChanges: () => active.once("silenceChanges", () => generation().core.changes.silence()),
    exceedEvents: () => exceed("exceedEvents"),
    exceedJoins: () => exceed("exceedJoins"),
  };
}

/** Ends each channel of `topicName` as a crash of its process does. @returns how many */
function crashChannels(core: Core, sockets: Iterable<Socket>, topicName: string): number {
  const channels = channelsOf(sockets, topicName);
  for (const channel of channels) {
    const { socket, topic, joinRef } = channel;
    socket.channels.delete(topic);
    forgetChannel(core, channel);
    socket.send(joinRef, joinRef, topic, "phx_error", { reason: "channel_crash" });
  }
  return channels.length;
}

/** Ends each channel of `topicName` with a reason. @returns how many */
function shutChannels(core: Core, sockets: Iterable<Socket>, topicName: string, message: string): number {
  const channels = channelsOf(sockets, topicName);
  for (const channel of channels) shutChannel(core, channel, message);
  return channels.length;
}

/** Disconnects every socket, as a change of settings by an operator does. @source REALTIME-FRAMES.md, reload */
export function disconnectAll(core: Core, sockets: Iterable<Socket>): void {
  const payload = { message: "Server requested disconnect", status: "ok", extension: "system" };
  const all = [...sockets];
  for (const socket of all) {
    for (const { topic } of socket.channels.values()) socket.send(null, null, topic, "system", payload);
  }
  core.topics.forgetPresence();
  for (const socket of all) socket.close(RESTART_CLOSURE);
}

function channelsOf(sockets: Iterable<Socket>, topicName: string): Channel[] {
  return [...sockets].flatMap(({ channels }) =>
    [...channels.values()].filter((channel) => channel.topicName === topicName),
  );
}
