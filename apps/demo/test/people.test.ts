import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { generateJwtSecret, makeKeys, type RealtimeServer, startRealtimeServer } from "@shoal/local-supabase";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { LOBBY_TOPIC, roomTopic, userTopic } from "../src/people/contract.ts";
import type { FromPeople, PeopleReport } from "../src/people/protocol.ts";

const jwtSecret = generateJwtSecret();
let server: RealtimeServer;
let keys: { anon: string; serviceRole: string };

beforeAll(async () => {
  keys = await makeKeys({ jwtSecret, now: () => Date.now() });
  server = await startRealtimeServer({ runtime: createSystemRuntime(), jwtSecret });
});

afterAll(async () => {
  await server.close();
});

/** The people process, with a wait for a report that fits. */
function start(count: number, url = server.url) {
  let latest: PeopleReport | undefined;
  let wanted: { accept: (report: PeopleReport) => boolean; resolve: (report: PeopleReport) => void } | undefined;
  const kinds: string[] = [];
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "../src/adapters/people.ts")], {
    env: { SUPABASE_URL: url, SUPABASE_ANON_KEY: keys.anon, PEOPLE_COUNT: String(count), PEOPLE_SEED: "7" },
    stdio: ["ignore", "ignore", "inherit"],
    ipc(message: FromPeople) {
      kinds.push(message.kind);
      if (message.kind === "ready") return;
      latest = message.report;
      if (wanted?.accept(latest)) wanted.resolve(latest);
    },
  });
  // It also ends by itself, with the process of the test: see the last test.
  onTestFinished(() => child.kill("SIGKILL"));
  return {
    child,
    kinds,
    get latest() {
      return latest;
    },
    reached: (accept: (report: PeopleReport) => boolean) =>
      new Promise<PeopleReport>((resolve) => {
        wanted = { accept, resolve };
      }),
  };
}

interface Entry {
  readonly user_id?: string;
  readonly name?: string;
  readonly status?: string;
  readonly since?: string;
}

/**
 * As little of a matchmaker as the people need: two who wait get each other, one who stays alone gets a bot that answers
 * everything with "tell me more". Each notice goes out twice.
 */
class Matchmaker {
  readonly #client: SupabaseClient;
  readonly #served = new Set<string>();
  #alone: { readonly entry: Entry; readonly timer: Timer } | undefined;
  #hasPaired = false;
  readonly refusedCalls: string[] = [];

  constructor() {
    this.#client = createClient(server.url, keys.serviceRole, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
  }

  async watch(): Promise<void> {
    const lobby = this.#client.channel(LOBBY_TOPIC, { config: { presence: { key: "observer" } } });
    lobby.on("presence", { event: "sync" }, () => this.#readLobby(Object.entries(lobby.presenceState<Entry>())));
    await new Promise<void>((resolve) => void lobby.subscribe((status) => status === "SUBSCRIBED" && resolve()));
  }

  #readLobby(entries: [string, Entry[]][]): void {
    for (const [key, [entry]] of entries) {
      const ticket = `${key} ${entry?.since}`;
      if (entry?.status !== "waiting" || this.#served.has(ticket)) continue;
      expect(entry.user_id).toBe(key);
      this.#served.add(ticket);
      clearTimeout(this.#alone?.timer);
      const other = this.#alone?.entry;
      this.#alone = undefined;
      if (other) void this.#match(other, entry);
      // Two people come first, so that both kinds of match are seen however slow the machine is.
      else this.#alone = { entry, timer: setTimeout(() => this.#giveBot(entry), this.#hasPaired ? 1000 : 2 ** 30) };
      this.#hasPaired ||= other !== undefined;
    }
  }

  #giveBot(entry: Entry): void {
    this.#alone = undefined;
    void this.#match(entry, undefined);
  }

  async #match(first: Entry, second: Entry | undefined): Promise<void> {
    const matchId = crypto.randomUUID();
    const bot = { user_id: `bot-${matchId}`, name: "Echo" };
    if (!second) this.#play(matchId, bot.user_id);
    for (const [to, partner, isBot] of [
      [first, second ?? bot, !second],
      [second, first, false],
    ] as const) {
      if (!to) continue;
      const payload = {
        match_id: matchId,
        room_id: matchId,
        partner: { id: partner?.user_id, name: partner?.name, bot: isBot },
      };
      const message = { topic: userTopic(to.user_id ?? ""), event: "stranger_matched", payload, private: false };
      const answer = await fetch(`${server.url}/realtime/v1/api/broadcast`, {
        method: "POST",
        headers: {
          apikey: keys.serviceRole,
          authorization: `Bearer ${keys.serviceRole}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ messages: [message, message] }),
      });
      if (answer.status !== 202) this.refusedCalls.push(await answer.text());
    }
  }

  #play(roomId: string, botId: string): void {
    const room = this.#client.channel(roomTopic(roomId), { config: { presence: { key: botId } } });
    room.on("broadcast", { event: "message" }, () => {
      const payload = { id: crypto.randomUUID(), from: botId, text: "tell me more", sent_at: new Date().toISOString() };
      void room.send({ type: "broadcast", event: "message", payload });
    });
    room.subscribe((status) => {
      if (status === "SUBSCRIBED") void room.track({ user_id: botId, bot: true });
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#alone?.timer);
    await this.#client.removeAllChannels();
    await this.#client.realtime.disconnect();
  }
}

test("people meet each other and bots, talk, come back after a server restart, and leave when asked", async () => {
  const matchmaker = new Matchmaker();
  await matchmaker.watch();
  const people = start(3);
  const before = await people.reached(
    (report) =>
      report.everMatched === 3 &&
      report.matchesPersonPerson > 0 &&
      report.matchesPersonBot > 0 &&
      report.messagesReceived > 5,
  );
  expect(people.kinds).toContain("ready");
  expect(before.errorsByClass).toEqual({});
  expect(before.joinsRefused).toBe(0);
  expect(before.timeToMatchMs.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...before.timeToMatchMs)).toBeGreaterThanOrEqual(0);

  server.faults.dropSockets(1012);
  await matchmaker.close();
  const after = new Matchmaker();
  await after.watch();
  const again = await people.reached(
    (report) =>
      report.matchesPersonPerson + report.matchesPersonBot >= before.matchesPersonPerson + before.matchesPersonBot + 2,
  );
  expect(again.errorsByClass).toEqual({ server: 3 });
  expect(again.joinsRefused).toBe(0);

  people.child.send({ kind: "stop" });
  expect(await people.child.exited).toBe(0);
  expect(people.kinds.at(-1)).toBe("ended");
  expect(people.latest?.people).toBe(3);
  expect([...matchmaker.refusedCalls, ...after.refusedCalls]).toEqual([]);
  await after.close();
});

test("somebody who waited waits again once a server that was gone is back", async () => {
  const first = await startRealtimeServer({ runtime: createSystemRuntime(), jwtSecret });
  const people = start(1, first.url);
  await people.reached((report) => report.waiting === 1);
  await first.close();
  await people.reached((report) => report.waiting === 0);
  const second = await startRealtimeServer({ runtime: createSystemRuntime(), jwtSecret, port: first.port });
  onTestFinished(() => second.close());
  const back = await people.reached((report) => report.waiting === 1);
  expect(back.joins).toBeGreaterThanOrEqual(4);
  expect(back.joinsRefused).toBe(0);
});

test("people are gone when the process that started them is", async () => {
  const people = start(1);
  await people.reached((report) => report.waiting === 1);
  people.child.disconnect();
  expect(await people.child.exited).toBe(0);
});
