import { StoreError } from "@shoal/store";
import { afterEach, describe, expect, it } from "vitest";
import type { BotKind } from "../bot-kind.ts";
import { type Call, countingKind, World } from "./world.test-support.ts";

let world: World;
const made = (ids: readonly string[], kind?: BotKind): World => {
  world = new World(ids, kind);
  return world;
};
afterEach(async () => expect(await world.close(), "timers left").toBe(0));

const CALLS: readonly Call[] = ["a offer", "b ready", "a give", "b present"];
const away = () => new StoreError("STORE_UNAVAILABLE", "away", { retryable: true });

/** Calls `act` at the first call of that name. */
const once = (name: Call, act: () => void) => {
  let isDone = false;
  return (call: Call) => {
    if (call !== name || isDone) return;
    isDone = true;
    act();
  };
};

/** Runs until the drain of a replica has ended. */
async function drained(id: string, ...rest: [limitMs?: number, mode?: "goodbye" | "finish"]): Promise<boolean> {
  const drain = world.drain(id, ...rest);
  await world.clock.advance(20_000);
  return drain;
}

/** The conversation goes on at a replica as if nothing had been: the same bot, each message answered once. */
async function goesOn(at: string, botId: string, said: readonly string[]): Promise<void> {
  world.person.say("next");
  await world.clock.advance(5_000);
  const answers = [...said, "next"].map((text, index) => `${index + 1} ${text}`);
  expect(world.person.heard).toEqual(["hello", ...answers]);
  expect(world.person.leaves).toEqual([]);
  expect(world.owners.get("m1")).toBe(at);
  expect(world.ended).toEqual([]);
  expect(world.rows.size).toBe(0);
  const { fleet, own } = world.replica(at);
  expect([fleet.registry.has(botId), fleet.registry.count("talking"), [...own]]).toEqual([true, 1, ["m1"]]);
}

/** The conversation has ended where it was, as without any other replica. */
function saidGoodbye(botId: string): void {
  expect(world.person.heard.slice(-1)).toEqual(["bye"]);
  expect(world.person.leaves).toEqual([botId]);
  expect(world.ended).toEqual(["m1 drain"]);
}

/** No bot is anywhere in the room, or on its way. */
function nobodyThere(...replicas: string[]): void {
  for (const id of replicas) expect(world.replica(id).fleet.registry.count("taking", "talking", "handing")).toBe(0);
}

/** The bot has been in the room's presence all the time. */
const wasAlwaysThere = () => Math.min(...world.person.entries.slice(world.person.entries.indexOf(1))) >= 1;

describe("a conversation of a replica that drains", () => {
  it("goes on at another: same bot, same place, nothing said twice, nothing unanswered", async () => {
    made(["a", "b"]);
    const botId = await world.talk();
    expect(await drained("a")).toBe(true);
    await goesOn("b", botId, ["one"]);
    expect(wasAlwaysThere()).toBe(true);
    expect([world.placesOf("a"), world.placesOf("b")]).toEqual([[], [1]]);
    expect([world.replica("a").outcomes, world.replica("b").outcomes]).toEqual([["given"], ["taken"]]);
    expect(world.calls).toEqual(CALLS);
  });

  it("ends there as anywhere, and its number goes on as a bot of the new place", async () => {
    made(["a", "b"]);
    const botId = await world.talk();
    await drained("a");
    world.person.leave();
    await world.clock.advance(20_000);
    expect(world.ended).toEqual(["m1 partner_left"]);
    const { registry } = world.replica("b").fleet;
    expect([registry.has(botId), registry.idleBots().map((bot) => bot.botId)]).toEqual([false, ["bot-b-1"]]);
  });

  it("answers each message once, whenever the partner types", async () => {
    made(["a", "b"]);
    const botId = await world.talk();
    const said = ["one"];
    const type = () => {
      said.push(`t${said.length}`);
      world.person.say(`t${said.length - 1}`);
    };
    world.before = type;
    world.after = type;
    const drain = world.drain("a");
    for (let atMs = 0; atMs < 1000; atMs += 10) {
      type();
      await world.clock.advance(10);
    }
    world.before = () => {};
    world.after = () => {};
    await world.clock.advance(20_000);
    await drain;
    expect(said.length).toBeGreaterThan(100);
    await goesOn("b", botId, said);
  });

  it("goes on from replica to replica, as they are replaced one after the other", async () => {
    made(["a", "b", "c"]);
    const botId = await world.talk();
    await drained("a");
    const [next, last] = world.owners.get("m1") === "b" ? ["b", "c"] : ["c", "b"];
    await drained(next);
    await goesOn(last, botId, ["one"]);
    expect(world.placesOf(last)).toEqual([1]);
  });

  it("is given once it is confirmed, when its match was just being made", async () => {
    made(["a", "b"]);
    const botId = await world.talk("waiting");
    const drain = world.drain("a");
    await world.clock.advance(1000);
    expect(world.calls).toEqual([]);
    world.replica("a").fleet.registry.matchLive("m1");
    await world.clock.advance(20_000);
    await drain;
    world.person.say("one");
    await world.clock.advance(0);
    await goesOn("b", botId, ["one"]);
  });
});

describe("a hand-over while the database fails", () => {
  for (const call of CALLS) {
    it.each(["before", "after"] as const)(`goes on when it is away for a moment ${call}: %s`, async (when) => {
      made(["a", "b"]);
      const botId = await world.talk();
      world[when] = once(call, () => {
        throw away();
      });
      await drained("a");
      await goesOn("b", botId, ["one"]);
      expect(wasAlwaysThere()).toBe(true);
    });
  }

  it.each(["a offer", "b ready"] as const)("ends with a goodbye in time when it is away from %s on", async (call) => {
    made(["a", "b"]);
    const botId = await world.talk();
    world.before = once(call, () => {
      world.isAway = true;
    });
    expect(await drained("a")).toBe(true);
    saidGoodbye(botId);
    world.isAway = false;
    await world.clock.advance(10_000);
    nobodyThere("a", "b");
    expect(world.person.entries.at(-1)).toBe(0);
  });

  it("leaves without a word when nobody can say whose the conversation is, and it is nobody's", async () => {
    made(["a", "b"]);
    await world.talk();
    world.before = once("a give", () => {
      world.isAway = true;
    });
    expect(await drained("a")).toBe(true);
    expect([world.person.heard, world.person.leaves]).toEqual([["hello", "1 one"], []]);
    expect(world.replica("a").outcomes).toEqual(["failed"]);
    world.isAway = false;
    world.kill("a");
    world.bury("a");
    await world.clock.advance(5_000);
    nobodyThere("b");
  });

  it("goes on as soon as the taker can read what it was given", async () => {
    made(["a", "b"]);
    const botId = await world.talk();
    world.after = once("a give", () => {
      world.isAway = true;
      throw away();
    });
    expect(await drained("a")).toBe(true);
    world.person.say("two");
    expect(world.replica("b").fleet.registry.count("taking")).toBe(1);
    world.isAway = false;
    await world.clock.advance(5_000);
    await goesOn("b", botId, ["one", "two"]);
  });

  it("goes on when the giver does not hear that the bot is there", async () => {
    made(["a", "b"]);
    const botId = await world.talk();
    world.before = once("b present", () => {
      world.isAway = true;
    });
    expect(await drained("a")).toBe(true);
    world.isAway = false;
    await world.clock.advance(20_000);
    await goesOn("b", botId, ["one"]);
    expect(wasAlwaysThere()).toBe(true);
  });
});

describe("a hand-over while somebody goes", () => {
  for (const call of CALLS) {
    it.each(["before", "after"] as const)(`ends once when the partner leaves ${call}: %s`, async (when) => {
      made(["a", "b"]);
      await world.talk();
      world[when] = once(call, () => world.person.leave());
      await drained("a");
      await world.clock.advance(10_000);
      expect(world.ended).toEqual(["m1 partner_left"]);
      nobodyThere("a", "b");
      expect([world.rows.size, world.person.entries.at(-1)]).toEqual([0, 0]);
    });
  }

  it.each([
    ["before", "b ready"],
    ["after", "b ready"],
    ["before", "a give"],
  ] as const)(
    "goes to the next replica when the first one dies %s %s, and ends with a goodbye where there is none",
    async (when, call) => {
      for (const ids of [
        ["a", "b"],
        ["a", "b", "c"],
      ]) {
        made(ids);
        world.preferred = "b";
        const botId = await world.talk();
        world[when] = once(call, () => {
          world.kill("b");
          world.bury("b");
        });
        expect(await drained("a")).toBe(true);
        if (ids.length === 2) saidGoodbye(botId);
        else await goesOn("c", botId, ["one"]);
        if (ids.length === 2) expect(await world.close()).toBe(0);
      }
    },
  );

  it("is over when the taker dies with it", async () => {
    made(["a", "b"]);
    await world.talk();
    world.after = once("a give", () => world.kill("b"));
    expect(await drained("a")).toBe(true);
    expect([world.owners.get("m1"), world.person.leaves, world.person.entries.at(-1)]).toEqual(["b", [], 0]);
    world.bury("b");
    expect(world.ended).toEqual(["m1 replica_lost"]);
  });

  it.each(["a offer", "b ready"] as const)(
    "is over, without a word of the taker, when the giver dies after %s",
    async (call) => {
      made(["a", "b"]);
      await world.talk();
      world.after = once(call, () => world.kill("a"));
      void world.drain("a");
      await world.clock.advance(8_000);
      world.bury("a");
      await world.clock.advance(5_000);
      nobodyThere("b");
      expect([world.ended, world.person.heard, world.person.leaves]).toEqual([
        ["m1 replica_lost"],
        ["hello", "1 one"],
        [],
      ]);
    },
  );

  it("goes on when the giver dies after it has given it", async () => {
    made(["a", "b"]);
    const botId = await world.talk();
    world.after = once("a give", () => world.kill("a"));
    void world.drain("a");
    await world.clock.advance(8_000);
    world.bury("a");
    await goesOn("b", botId, ["one"]);
  });

  for (const call of CALLS) {
    it(`goes to a third replica when the second one drains, too, at ${call}`, async () => {
      made(["a", "b", "c"]);
      world.preferred = "b";
      const botId = await world.talk();
      let second: Promise<boolean> | undefined;
      world.before = once(call, () => {
        second = world.drain("b");
      });
      expect(await drained("a")).toBe(true);
      expect(await second).toBe(true);
      await goesOn("c", botId, ["one"]);
    });
  }

  it("ends with a goodbye when all replicas drain at once", async () => {
    made(["a", "b"]);
    const botId = await world.talk();
    const both = Promise.all([world.drain("a"), world.drain("b")]);
    await world.clock.advance(20_000);
    expect(await both).toEqual([true, true]);
    saidGoodbye(botId);
    nobodyThere("a", "b");
  });
});

describe("a hand-over to a replica that cannot take it", () => {
  it.each([
    ["is refused the room", () => false],
    ["gets no answer from Realtime", () => new Promise<boolean>(() => {})],
  ])("goes to the next when the first one %s", async (_, answer) => {
    made(["a", "b", "c"]);
    world.preferred = "b";
    const botId = await world.talk();
    world.canJoin = (id) => id !== "b" || answer();
    expect(await drained("a")).toBe(true);
    await goesOn("c", botId, ["one"]);
    nobodyThere("b");
  });

  it("ends with a goodbye when Realtime is away for all", async () => {
    made(["a", "b", "c"]);
    const botId = await world.talk();
    world.canJoin = () => false;
    expect(await drained("a")).toBe(true);
    saidGoodbye(botId);
    nobodyThere("b", "c");
  });

  it("ends with a goodbye when the other has no such kind, or one that cannot resume", async () => {
    for (const kind of [
      { ...countingKind, kind: "other" },
      { ...countingKind, resume: undefined },
    ]) {
      made(["a", "b"]);
      world.kinds.set("b", kind as BotKind);
      const botId = await world.talk();
      expect(await drained("a")).toBe(true);
      saidGoodbye(botId);
      expect(await world.close()).toBe(0);
    }
  });
});

describe("a kind of bot whose conversation is handed over", () => {
  const withKind = async (over: Partial<BotKind<number>>) => {
    made(["a", "b"], { ...countingKind, ...over } as BotKind);
    return world.talk();
  };

  it.each<[string, Partial<BotKind<number>>]>([
    ["saves nothing", { save: undefined }],
    [
      "throws when it is to save",
      {
        save: () => {
          throw new Error("secret");
        },
      },
    ],
    ["does not end saving", { save: () => new Promise(() => {}) }],
    ["saves too much", { save: () => "x".repeat(262_144) }],
    ["saves what is no JSON", { save: () => 1n }],
  ] as never)("says goodbye if it %s", async (_, over: Partial<BotKind<number>>) => {
    const botId = await withKind(over);
    expect(await drained("a")).toBe(true);
    saidGoodbye(botId);
    nobodyThere("b");
  });

  it("crashes if it cannot resume, which ends the match", async () => {
    await withKind({
      resume: () => {
        throw new Error("no");
      },
    });
    await drained("a");
    expect(world.ended).toEqual(["m1 bot_crashed"]);
    nobodyThere("a", "b");
  });

  it.each([undefined, null])(
    "goes on from replica to replica without a state of its own, and saves %s",
    async (saved) => {
      made(["a", "b", "c"], {
        ...{ kind: "counting", names: ["Mika"], save: () => saved, resume: async () => undefined },
        async onMatched(ctx) {
          await ctx.say("hello");
        },
        onMessage: (ctx, { text }) => ctx.say(`1 ${text}`),
      });
      await world.talk();
      await drained("a");
      const [next, last] = world.owners.get("m1") === "b" ? ["b", "c"] : ["c", "b"];
      await drained(next);
      world.person.say("two");
      await world.clock.advance(5_000);
      expect(world.person.heard).toEqual(["hello", "1 one", "1 two"]);
      expect([world.owners.get("m1"), world.person.leaves, world.ended]).toEqual([last, [], []]);
    },
  );

  it("ends with its goodbye if its greeting was cut short, half said", async () => {
    made(["a", "b"], {
      ...countingKind,
      async onMatched(ctx) {
        await ctx.say("hello");
        await new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason)));
        return 0;
      },
    } as BotKind<number> as BotKind);
    const botId = await world.talk("waiting");
    world.replica("a").fleet.registry.matchLive("m1");
    await world.clock.advance(1000);
    expect(await drained("a")).toBe(true);
    expect([world.person.leaves, world.ended]).toEqual([[botId], ["m1 drain"]]);
    nobodyThere("b");
  });

  it.each([1000, 1999])("ends a call that takes %i ms by itself first", async (ms) => {
    const botId = await withKind({});
    world.person.say(`slow ${ms}`);
    await drained("a");
    await goesOn("b", botId, ["one", `slow ${ms}`]);
  });

  it("is given a message again whose call was cut short before it said anything", async () => {
    const botId = await withKind({});
    world.person.say("slow 9000");
    await world.clock.advance(0);
    world.person.say("two");
    const drain = world.drain("a");
    await world.clock.advance(30_000);
    await drain;
    await goesOn("b", botId, ["one", "slow 9000", "two"]);
  });

  it("is not given a message again that it has begun to answer", async () => {
    const botId = await withKind({
      async onMessage(ctx, message) {
        if (message.text === "begin") {
          ctx.state += 1;
          await ctx.say(`${ctx.state} begin`);
          await new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason)));
        }
        await countingKind.onMessage(ctx, message);
      },
    });
    world.person.say("begin");
    await drained("a");
    await goesOn("b", botId, ["one", "begin"]);
  });

  it("is cut short in time by a drain that is shorter than what a call is given", async () => {
    const botId = await withKind({});
    world.person.say("slow 9000");
    await world.clock.advance(0);
    const drain = world.drain("a", 1000);
    await world.clock.advance(1000);
    expect(await drain).toBe(true);
    await world.clock.advance(10_000);
    await goesOn("b", botId, ["one", "slow 9000"]);
  });

  it("ends with its goodbye if a call does not end although its signal aborts", async () => {
    const botId = await withKind({
      async onMessage(ctx, message) {
        if (message.text === "hang") return new Promise(() => {});
        await countingKind.onMessage(ctx, message);
      },
    });
    world.person.say("hang");
    expect(await drained("a")).toBe(true);
    expect([world.person.leaves, world.ended]).toEqual([[botId], ["m1 drain"]]);
    nobodyThere("b");
  });
});

describe("a deployed bot that is handed over", () => {
  const DORA = { botId: "dora", kind: "counting", name: "Dora", config: {}, generation: 3 };
  const talkOfDora = (ids: readonly string[]) => {
    made(ids);
    return world.talk("talking", { ...DORA, isPaused: false, isOperators: false, isLeftBehind: false });
  };
  const deployedOf = (id: string) => world.replica(id).fleet.manager.deployed;
  const eventsOf = (id: string) => {
    const seen: unknown[] = [];
    deployedOf(id).events.onAny((name, event) => seen.push({ name, ...event }));
    return seen;
  };

  it("goes on as what it is, for its next conversations, too, and is reported by nobody to have stopped", async () => {
    const botId = await talkOfDora(["a", "b"]);
    const [giver, taker] = [eventsOf("a"), eventsOf("b")];
    expect(await drained("a")).toBe(true);
    await goesOn("b", botId, ["one"]);
    expect([deployedOf("a").countByStatus(), deployedOf("b").countByStatus()]).toEqual([{}, { running: 1 }]);
    expect(giver.at(-1)).toEqual({ name: "deployed:moved", botId, isHere: false });
    expect(giver).not.toContainEqual(expect.objectContaining({ status: "stopped" }));
    expect(taker).toEqual([{ name: "deployed:moved", botId, isHere: true }]);
    world.person.leave();
    await world.clock.advance(10_000);
    expect(
      world
        .replica("b")
        .fleet.registry.idleBots()
        .map((bot) => bot.botId),
    ).toContain(botId);
    // The same generation changes nothing, a later one restarts it.
    const run = { ...DORA, isPaused: false, isOperators: false, isLeftBehind: false };
    deployedOf("b").run(run);
    expect(taker).toHaveLength(1);
    deployedOf("b").run({ ...run, generation: 4 });
    await world.clock.advance(1000);
    expect(taker.at(-1)).toMatchObject({ name: "deployed:changed", generation: 4, status: "running" });
  });

  it("stays paused where it was paused while it talked", async () => {
    const botId = await talkOfDora(["a", "b"]);
    deployedOf("a").run({ ...DORA, isPaused: true, isOperators: false, isLeftBehind: false });
    await drained("a");
    await goesOn("b", botId, ["one"]);
    expect(deployedOf("b").countByStatus()).toEqual({ paused: 1 });
  });

  it("goes on when its lease is found to be gone before the answer has come", async () => {
    const botId = await talkOfDora(["a", "b"]);
    world.after = once("a give", () => deployedOf("a").drop(botId));
    await drained("a");
    await goesOn("b", botId, ["one"]);
  });

  it("says goodbye where nobody has room for it", async () => {
    const botId = await talkOfDora(["a", "b"]);
    for (const other of ["x", "y"])
      deployedOf("b").run({ ...DORA, botId: other, isPaused: false, isOperators: false, isLeftBehind: false });
    await world.clock.advance(0);
    expect(await drained("a")).toBe(true);
    saidGoodbye(botId);
  });
});

describe("DRAIN_MODE=finish", () => {
  it("lets a conversation end by itself, as far as there is time", async () => {
    made(["a"]);
    const botId = await world.talk();
    const drain = world.drain("a", 12_000, "finish");
    await world.clock.advance(9_900);
    world.person.say("two");
    await world.clock.advance(0);
    expect([world.person.heard.at(-1), world.ended]).toEqual(["2 two", []]);
    await world.clock.advance(2_000);
    expect(await drain).toBe(true);
    saidGoodbye(botId);
  });

  it("is over when the partner leaves", async () => {
    made(["a"]);
    await world.talk();
    const drain = world.drain("a", 12_000, "finish");
    await world.clock.advance(1000);
    world.person.leave();
    await world.clock.advance(100);
    expect(await drain).toBe(true);
    expect(world.ended).toEqual(["m1 partner_left"]);
  });

  it("gives it to a replica that comes meanwhile", async () => {
    made(["a", "b"]);
    world.late.add("b");
    const botId = await world.talk();
    const drain = world.drain("a", 12_000, "finish");
    await world.clock.advance(3000);
    expect(world.calls).toEqual([]);
    world.join("b");
    await world.clock.advance(3000);
    expect(await drain).toBe(true);
    await goesOn("b", botId, ["one"]);
  });
});
