import type { RealtimeChannel, RealtimeClient } from "@supabase/realtime-js";

/** Never joined; see `disarm`. */
const KEEPER_TOPIC = "pool:keeper";

/**
 * Takes the library's own decisions away, so that the pool alone connects and joins.
 *
 * - The reconnect timer never starts.
 * - The client believes it has a channel, because with none left it would arm a timer and close the socket under us.
 *   The keeper is never joined and costs the wire nothing. @source REALTIME.md 3.3, traps 1 and 11
 */
export function disarm(client: RealtimeClient): void {
  client.reconnectTimer.scheduleTimeout = doNothing;
  disarmRejoin(client.channel(KEEPER_TOPIC));
}

/** The rejoin timer never starts: without this a refused join is repeated for ever. @source REALTIME.md 3.3, traps 1 and 2 */
export function disarmRejoin(channel: RealtimeChannel): void {
  channel.rejoinTimer.scheduleTimeout = doNothing;
}

/** A channel joins once. What it would need to do so again is let go: 20 of its 115 objects, 0.7 kB. */
export function forgetHowToJoin(channel: RealtimeChannel): void {
  channel.joinPush.payload = nothing;
  channel.joinPush.recHooks = [];
}

const doNothing = () => {};
const nothing = () => ({});
