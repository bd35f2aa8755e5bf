import { createEmitter } from "@shoal/kernel";
import type { RealtimeEvents } from "@shoal/local-supabase";
import type { PoolEvents } from "@shoal/realtime-pool";
import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { watchDamage } from "./watch.ts";

const leaks = leakCheck();

function make() {
  const clock = createSimulatedClock();
  const pool = leaks.events(createEmitter<PoolEvents>());
  const server = leaks.events(createEmitter<RealtimeEvents>());
  const people = { offline: 0, failures: 3 };
  const watch = watchDamage({ clock, pool, server, people: () => people });
  const channel = (topic: string) => ({ topic, clientId: "bot", errorClass: "server", reason: "" }) as const;
  return { clock, pool, server, people, watch, channel };
}

describe("the damage of a fault", () => {
  it("is the channels lost and the time the last of them was back", async () => {
    const { clock, pool, watch, channel } = make();
    watch.begin(false);
    pool.emit("channel:lost", channel("a"));
    pool.emit("channel:lost", channel("b"));
    expect(watch.update()).toBe(false);
    await clock.advance(300);
    pool.emit("channel:recovered", { ...channel("a"), gapMs: 300 });
    expect(watch.damage.channelsBackAtMs).toBeNull();
    await clock.advance(200);
    // A released channel need not come back.
    pool.emit("channel:released", channel("b"));
    expect(watch.update()).toBe(true);
    expect(watch.damage).toMatchObject({ channelsLost: 2, channelsBackAtMs: 500 });
    expect(watch.channelsDead).toBe(0);
    watch.close();
  });

  it("is the people out of the lobby, what failed of theirs, and when the last was back", async () => {
    const { clock, people, watch } = make();
    watch.begin(false);
    people.offline = 4;
    people.failures = 8;
    watch.update();
    people.offline = 1;
    watch.update();
    await clock.advance(700);
    people.offline = 0;
    expect(watch.update()).toBe(true);
    await clock.advance(50);
    watch.update();
    expect(watch.damage).toMatchObject({ peopleLost: 4, peopleFailures: 5, peopleBackAtMs: 700 });
    people.offline = 1;
    watch.update();
    expect(watch.damage.peopleBackAtMs).toBeNull();
    watch.close();
  });

  it("begins anew with each fault, but never forgets the dead", () => {
    const { pool, watch, channel } = make();
    watch.begin(false);
    pool.emit("channel:lost", channel("a"));
    pool.emit("channel:lost", channel("b"));
    pool.emit("channel:failed", channel("b"));
    watch.begin(false);
    expect(watch.damage).toMatchObject({ channelsLost: 0, channelsBackAtMs: null });
    expect(watch.channelsDead).toBe(2);
    expect(watch.update()).toBe(false);
    watch.close();
  });

  it("tells joins refused by a fault from those refused because of us", () => {
    const { server, watch } = make();
    const refused = { socketId: 1, topic: "realtime:x", reason: "ClientJoinRateLimitReached" };
    watch.begin(true);
    server.emit("join:refused", refused);
    expect(watch.joinsRefusedBecauseOfUs).toBe(0);
    expect(watch.damage.joinsRefused).toBe(1);
    watch.begin(false);
    server.emit("join:refused", refused);
    expect(watch.joinsRefusedBecauseOfUs).toBe(1);
    watch.close();
  });
});
