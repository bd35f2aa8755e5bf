import type { SimulatedClock } from "@shoal/testkit";
import { RawClient } from "./raw-client.ts";
import type { TestServer } from "./test-server.ts";

/** A server on simulated time, for the tests of faults. */
export type SimulatedServer = TestServer<SimulatedClock>;

export const open = (test: SimulatedServer, vsn?: string) => RawClient.open(test.server.url, test.keys.anon, vsn);
export const askToOpen = (test: SimulatedServer) =>
  fetch(`${test.server.url}/realtime/v1/websocket?vsn=2.0.0&apikey=${test.keys.anon}`);
export async function statusOfUpgrade(test: SimulatedServer): Promise<number> {
  const refused = test.server.events.next("socket:refused");
  const asking = askToOpen(test);
  await refused;
  await test.clock.advance(2000);
  return (await asking).status;
}
export const heartbeat = (ref: string) => [null, ref, "phoenix", "heartbeat", {}];
export const answered = (ref: string) => [null, ref, "phoenix", "phx_reply", { status: "ok", response: {} }];
export const refusedJoin = (ref: string, topic: string, reason: string) => [
  ref,
  ref,
  `realtime:${topic}`,
  "phx_reply",
  { status: "error", response: { reason } },
];
export const track = (state: object) => ({ type: "presence", event: "track", payload: state });

/** Sends a join and closes. Once the server has seen the close, it has passed the join as well. */
export async function sayInVain(test: SimulatedServer, client: RawClient): Promise<void> {
  const closed = test.server.events.next("socket:closed");
  client.sendJson(["1", "1", "realtime:room", "phx_join", { config: {} }]);
  client.close();
  await closed;
}

/** Joins with presence, reads the answer and the state, and tracks. @returns the state */
export async function appear(client: RawClient, topic: string, key: string): Promise<unknown> {
  await client.join(topic, { presence: { enabled: true, key } });
  const [, , , , present] = (await client.nextJson()) as unknown[];
  client.sendJson(["1", "2", `realtime:${topic}`, "presence", track({ name: key })]);
  await client.nextJson();
  await client.nextJson();
  return present;
}
