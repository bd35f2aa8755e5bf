import { testRuntime } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FakeChannel, FakeDriver } from "../test/fake-driver.ts";
import { openTwoSockets } from "../test/two-sockets.ts";
import { classify } from "./classify.ts";
import { DEFAULT_OPTIONS } from "./options.ts";

const KINDS = ["say", "say", "hear", "hear", "accept", "refuse", "leave", "answer", "move", "move", "wait"] as const;

const command = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom(...KINDS), pick: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("lose-a" as const, "lose-b" as const), pick: fc.nat(3) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

const DROPPED = classify({ where: "close", text: "", closeCode: 1006 });

/** The server's end of each join: what it has said there and we have not heard yet. */
interface Line {
  readonly join: FakeChannel;
  state: "asked" | "joined" | "over";
  /** It was being left when the channel was lost: what it still brings belongs to the gap. */
  isOfTheGap: boolean;
  readonly unheard: number[];
}

async function setUp() {
  const runtime = testRuntime();
  const driver = new FakeDriver({ join: () => "hold" });
  const sockets = await openTwoSockets(runtime, driver, DEFAULT_OPTIONS);
  const channel = sockets.channel({ presence: { key: "bot", listen: false } });
  channel.track({ bot: true }).catch(() => {});
  const heard: number[] = [];
  channel.onBroadcast("*", ({ n }) => heard.push(Number(n)));
  const lines: Line[] = [];
  /** What reached this process on a join the channel lived by. */
  const arrived = new Set<number>();
  let said = 0;

  sockets.events.on("channel:lost", () => {
    for (const line of lines) if (line.join.isLeft) line.isOfTheGap = true;
  });
  const seeNewJoins = () => {
    for (const join of driver.joins.slice(lines.length)) {
      join.holdsLeave = true;
      join.reply = "hold";
      lines.push({ join, state: "asked", isOfTheGap: false, unheard: [] });
    }
  };
  const hear = (line: Line | undefined) => {
    for (const n of line?.unheard.splice(0) ?? []) {
      if (!line?.join.isAlive) continue;
      if (!line.isOfTheGap) arrived.add(n);
      line.join.listener.onBroadcast("message", { n });
    }
  };
  const pickOne = (pick: number, accept: (line: Line) => boolean) => {
    const fitting = lines.filter(accept);
    return fitting[pick % Math.max(1, fitting.length)];
  };
  const answerLeave = (line: Line | undefined) => {
    if (!line) return;
    hear(line);
    line.state = "over";
    line.join.answerLeave();
  };
  const acceptJoin = (line: Line | undefined) => {
    if (!line?.join.isAlive) return;
    line.state = "joined";
    line.join.accept();
  };
  const lose = (name: "a" | "b") => {
    for (const line of lines) {
      const socket = driver.sockets[name === "a" ? 0 : 1];
      if (!socket?.channels.includes(line.join) || line.state === "over") continue;
      line.state = "over";
      line.unheard.length = 0;
      line.join.abandon();
    }
    sockets.lose(name, DROPPED);
  };

  return {
    ...{ runtime, sockets, channel, heard, arrived, lines },
    async perform({ kind, pick }: Command) {
      if (kind === "say") {
        for (const line of lines) if (line.state === "joined" && line.join.isAlive) line.unheard.push(said);
        said += 1;
      }
      if (kind === "hear") hear(pickOne(pick, ({ unheard }) => unheard.length > 0));
      if (kind === "accept") acceptJoin(pickOne(pick, ({ state, join }) => state === "asked" && !join.isLeft));
      if (kind === "refuse") {
        const line = pickOne(pick, ({ state, join }) => state === "asked" && !join.isLeft);
        if (line) line.state = "over";
        line?.join.end({ where: "join", text: "RealtimeRestarting" });
      }
      if (kind === "leave") answerLeave(pickOne(pick, ({ state, join }) => state !== "over" && join.isLeft));
      if (kind === "answer") pickOne(pick, ({ join }) => join.isAlive)?.join.answer({ kind: "ok" });
      if (kind === "move") sockets.move(channel);
      if (kind === "lose-a") lose("a");
      if (kind === "lose-b") lose("b");
      // No copy comes later than the pool knows of it; see M4 of docs/states/move.md.
      if (kind === "wait") for (const line of lines) hear(line);
      await runtime.clock.advance(kind === "wait" ? 10 ** pick : 0);
      seeNewJoins();
    },
    /** The server answers whatever is asked, until nothing is left to happen. */
    async finish() {
      for (let round = 0; round < 20; round += 1) {
        for (const line of [...lines]) {
          if (line.state === "asked" && !line.join.isLeft) acceptJoin(line);
          if (line.state !== "over" && line.join.isLeft) answerLeave(line);
          hear(line);
          line.join.answer({ kind: "ok" });
        }
        await runtime.clock.advance(60_000);
        seeNewJoins();
      }
    },
  };
}

describe("any history of moves, losses and answers", () => {
  it("tells each message that arrives once, and ends joined on one socket with nothing left to do", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60, size: "max" }), async (commands) => {
        const test = await setUp();
        await test.perform({ kind: "wait", pick: 0 });
        for (const next of commands) {
          await test.perform(next);
          expect(test.heard.length).toBe(new Set(test.heard).size);
        }
        await test.finish();
        expect([...test.heard].sort((a, b) => a - b)).toEqual([...test.arrived].sort((a, b) => a - b));
        expect(test.channel.status).toBe("joined");
        expect([...test.sockets.places.keys()]).toEqual([test.channel]);
        const alive = test.lines.filter(({ join }) => join.isAlive);
        expect(alive.map(({ join }) => join.presenceCalls.at(-1))).toEqual([{ bot: true }]);
        expect(test.runtime.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
