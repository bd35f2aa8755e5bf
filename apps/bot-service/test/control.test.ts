import { seededRng, type TestDatabase, testDatabase, until, usualBackends } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { message, PERSON, said } from "../src/fleet/fleet.test-support.ts";
import {
  deaf,
  expireLeases,
  forgetBots,
  insert,
  makeReplica,
  mortal,
  OWNER,
  type Replica,
  reached,
} from "./control-support.ts";

/** That bot, in a live match with a person. */
async function talk({ registry, room }: Replica, botId: string) {
  expect(registry.reserve(botId)).toBe(true);
  const waiting = registry.events.next("bot:changed", ({ to }) => to === "waiting");
  const seat = { id: botId, name: "Echo", bot: true, ticketId: null };
  registry.assign({ matchId: "m", roomId: "r", seats: [PERSON, seat] });
  await waiting;
  room("r").present(botId, PERSON.id);
  registry.matchLive("m");
  return room("r");
}

let test: TestDatabase;

/** Opens `test` for the tests of a block, and empties its tables before each. */
function useDatabase(open: () => Promise<TestDatabase>) {
  beforeAll(async () => {
    test = await open();
  });
  beforeEach(() => forgetBots(test.database));
  afterAll(() => test[Symbol.asyncDispose]());
}

const outcomes = () =>
  test.database.query(
    "select command, outcome, split_part(error, ':', 1) as code from public.bot_control order by seq",
  );
const deployments = () =>
  test.database.query(
    "select bot_id, desired, status, replica, generation, last_error from public.bot_deployments order by bot_id",
  );
const holders = () =>
  test.database.query("select resource, holder from shoal.leases where holder is not null order by resource");

describe.each(usualBackends())("the statements and leases of the control on the %s backend", (backend) => {
  useDatabase(() => testDatabase({ backend }));

  describe("one replica", () => {
    it("starts a bot at a command, which it hears of by LISTEN, and says so in its row", async () => {
      await using replica = makeReplica(test);
      replica.control.start();
      const id = await insert(test.database, "b", "START_BOT");
      await replica.told("b", "running");
      expect(replica.registry.idleBots()).toMatchObject([{ botId: "b" }]);
      await replica.rounds();
      expect(await replica.control.commands.command(id)).toMatchObject({
        outcome: "applied",
        error: null,
        issued_by: null,
      });
      expect(await replica.control.commands.deployment("b")).toMatchObject({ kind: "echo", replica: "replica-1" });
      expect(replica.seen("command:applied")).toMatchObject([
        { commandId: id, botId: "b", command: "START_BOT", outcome: "applied", code: null },
      ]);
      expect(replica.seen("command:applied")[0]?.latencyMs).toBeGreaterThan(0);
    });

    it("pauses, resumes, renews, stops and forgets a bot, and holds its lease as long as it runs", async () => {
      await using replica = makeReplica(test);
      const { control, registry } = replica;
      control.start();
      await control.commands.issue([{ botId: "b", command: "START_BOT" }]);
      await replica.told("b", "running");
      await control.commands.issue([{ botId: "b", command: "PAUSE_BOT" }]);
      await replica.told("b", "paused");
      expect(registry.idleBots()).toEqual([]);
      expect(registry.reserve("b")).toBe(false);
      await control.commands.issue([
        { botId: "b", command: "RESUME_BOT" },
        { botId: "b", command: "UPDATE_CONFIG", payload: { config: { mood: "good" } } },
      ]);
      await control.events.next("deployment:changed", (event) => event.generation === 2 && event.status === "running");
      expect(await holders()).toEqual([{ resource: "bot:b", holder: "replica-1" }]);
      expect(await control.commands.deployment("b")).toMatchObject({ config: { mood: "good" }, generation: 2 });
      expect(await control.commands.remove("b")).toMatch(/^[0-9a-f-]{36}$/);
      await replica.told("b", "stopped");
      await replica.rounds();
      expect(await control.commands.deployment("b")).toBeUndefined();
      expect(await control.commands.remove("b")).toBeUndefined();
      expect(await holders()).toEqual([]);
      expect(replica.manager.counts()).toMatchObject({ idle: 0, starting: 0 });
    });

    it("deploys no new bot under the id of a person, and starts one again that was there before the person", async () => {
      await using replica = makeReplica(test);
      replica.control.start();
      await insert(test.database, "ann", "START_BOT");
      await replica.told("ann", "running");
      await test.database.query(
        `insert into shoal.match_tickets (user_id, status, closed_at, closed_reason)
         values ('ann', 'waiting', null, null), ('bob', 'closed', now(), 'cancelled')`,
      );
      await insert(test.database, "ann", "STOP_BOT");
      await insert(test.database, "ann", "START_BOT");
      await insert(test.database, "bob", "START_BOT");
      await reached([replica], 4, () => replica.seen("command:applied").length);
      expect((await outcomes()).at(-1)).toMatchObject({ outcome: "rejected", code: "CONTROL_BOT_ID_TAKEN" });
      await replica.rounds();
      expect(await deployments()).toMatchObject([{ bot_id: "ann", desired: "running" }]);
    });

    it("waits for a command that somebody is still writing at, and for those of the same bot behind it only", async () => {
      await using replica = makeReplica(test);
      await insert(test.database, "busy", "START_BOT");
      await insert(test.database, "busy", "PAUSE_BOT");
      await insert(test.database, "free", "START_BOT");
      const editing = test.connect(1);
      await editing.transaction(async (tx) => {
        await tx.query("select 1 from public.bot_control where bot_id = 'busy' and command = 'START_BOT' for update");
        replica.control.start();
        await replica.told("free", "running");
        await tx.query(
          `update public.bot_control set payload = '{"name": "Mia"}' where bot_id = 'busy' and command = 'START_BOT'`,
        );
      });
      await replica.told("busy", "paused");
      expect(await replica.control.commands.deployment("busy")).toMatchObject({ name: "Mia", desired: "paused" });
    });

    it("applies an applied row anew when its words are changed", async () => {
      await using replica = makeReplica(test);
      replica.control.start();
      const id = await insert(test.database, "b", "START_BOT");
      await replica.told("b", "running");
      await test.database.query("update public.bot_control set command = 'PAUSE_BOT' where id = $1::uuid", [id]);
      await replica.told("b", "paused");
      expect(replica.seen("command:applied").map(({ commandId, command }) => [commandId, command])).toEqual([
        [id, "START_BOT"],
        [id, "PAUSE_BOT"],
      ]);
    });

    it("runs no more bots than it may, says why one waits, and takes it when there is a place", async () => {
      await using replica = makeReplica(test, { deployedMax: 1 });
      replica.control.start();
      await replica.control.commands.issue([{ botId: "a", command: "START_BOT" }]);
      await replica.told("a", "running");
      await replica.control.commands.issue([{ botId: "b", command: "START_BOT" }]);
      await reached([replica], 2, () => replica.seen("command:applied").length);
      await replica.rounds();
      expect(await replica.control.commands.deployment("b")).toMatchObject({
        status: "starting",
        replica: null,
        last_error: "CONTROL_NO_ROOM",
      });
      await replica.control.commands.issue([{ botId: "a", command: "STOP_BOT" }]);
      await replica.told("b", "running");
      await replica.rounds();
      expect(await replica.control.commands.deployment("b")).toMatchObject({ replica: "replica-1", last_error: null });
    });

    it("starts everything that is deployed and stopped when asked to", async () => {
      await using replica = makeReplica(test);
      const { commands } = replica.control;
      replica.control.start();
      for (const botId of ["a", "b", "c"])
        await commands.issue([
          { botId, command: "START_BOT" },
          { botId, command: "STOP_BOT" },
        ]);
      await reached([replica], 6, () => replica.seen("command:applied").length);
      expect(await commands.startStopped("b")).toHaveLength(1);
      expect(await commands.startStopped("nobody")).toEqual([]);
      await replica.told("b", "running");
      expect(await commands.startStopped()).toHaveLength(2);
      await Promise.all([replica.told("a", "running"), replica.told("c", "running")]);
    });

    it("lists deployments page by page", async () => {
      await using replica = makeReplica(test);
      const { commands } = replica.control;
      replica.control.start();
      await commands.issue(["a", "b", "c"].map((botId) => ({ botId, command: "START_BOT" })));
      await reached([replica], 3, () => replica.seen("command:applied").length);
      const first = await commands.deployments({ limit: 2 });
      expect(first).toMatchObject({ deployments: [{ bot_id: "c" }, { bot_id: "b" }], next: "b" });
      expect(await commands.deployments({ limit: 2, before: "b" })).toMatchObject({
        ...{ deployments: [{ bot_id: "a" }], next: null },
      });
    });
  });

  describe("several replicas", () => {
    it("apply 500 commands to 20 bots exactly once, in each bot's order, and never run a bot twice", async () => {
      // Neither has a place for all of them.
      const replicas = ["r1", "r2"].map((id) => makeReplica(test, { id, deployedMax: 8 }));
      const [first, second] = replicas as [(typeof replicas)[0], (typeof replicas)[0]];
      await using _one = first;
      await using _two = second;
      const applied: { botId: string; commandId: string; by: string }[] = [];
      const running = new Map<string, string>();
      const twice: string[] = [];
      for (const { id, control, registry } of replicas) {
        control.events.on("command:applied", ({ botId, commandId }) => applied.push({ botId, commandId, by: id }));
        registry.events.on("bot:changed", ({ botId, from, to }) => {
          if (from === "starting") {
            if (running.has(botId)) twice.push(`${botId} on ${running.get(botId)} and ${id}`);
            running.set(botId, id);
          }
          if (to === "stopped" || to === "crashed") running.delete(botId);
        });
        control.start();
      }
      const commands = ["START_BOT", "STOP_BOT", "RESTART_BOT", "PAUSE_BOT", "RESUME_BOT", "UPDATE_CONFIG"];
      const written: { id: string; botId: string; by: number }[] = [];
      const rng = seededRng(4);
      const writer = async (from: number) => {
        for (let n = from; n < 500; n += 2) {
          const botId = `bot ${Math.floor(rng.next() * 20)}`;
          const command = commands[Math.floor(rng.next() * commands.length)] ?? "";
          const payload = command === "UPDATE_CONFIG" ? { config: { n } } : {};
          written.push({ id: await insert(test.database, botId, command, payload), botId, by: from });
        }
      };
      await Promise.all([writer(0), writer(1)]);
      await reached(replicas, 500, () => applied.length);

      expect(new Set(applied.map(({ commandId }) => commandId))).toEqual(new Set(written.map(({ id }) => id)));
      expect(applied).toHaveLength(500);
      expect(twice).toEqual([]);
      // Two that are inserted at the same moment may go in either order; what one writer wrote goes in its order.
      const place = new Map(applied.map(({ commandId }, index) => [commandId, index]));
      for (const botId of new Set(written.map((each) => each.botId))) {
        for (const by of [0, 1]) {
          const places = written
            .filter((each) => each.botId === botId && each.by === by)
            .map(({ id }) => place.get(id));
          expect(places).toEqual(places.toSorted((left, right) => Number(left) - Number(right)));
        }
      }
      expect((await outcomes()).filter(({ outcome }) => outcome === null)).toEqual([]);
      expect(new Set(applied.map(({ by }) => by))).toEqual(new Set(["r1", "r2"]));
    });

    it("take over what a killed one ran, in a later epoch, and apply what was asked of it meanwhile once", async () => {
      const life = mortal(test.connect());
      const dying = makeReplica(test, { id: "dying", database: life.database });
      await using heir = makeReplica(test, { id: "heir", database: deaf(test.connect()) });
      dying.control.start();
      await dying.control.commands.issue([
        { botId: "a", command: "START_BOT" },
        { botId: "b", command: "START_BOT" },
        { botId: "b", command: "PAUSE_BOT" },
      ]);
      await dying.told("a", "running");
      await dying.told("b", "paused");
      const epochs = () => test.database.query<{ epoch: string }>("select epoch from shoal.leases order by resource");
      const before = await epochs();
      life.kill();
      await insert(test.database, "a", "UPDATE_CONFIG", { config: { n: 1 } });
      heir.control.start();
      await heir.rounds();
      expect(heir.seen("command:applied")).toEqual([]);
      await expireLeases(test.database, "dying");
      heir.control.nudge();
      await Promise.all([heir.told("a", "running"), heir.told("b", "paused")]);
      await heir.rounds();
      expect(await deployments()).toMatchObject([
        { bot_id: "a", status: "running", replica: "heir", generation: 2 },
        { bot_id: "b", status: "paused", replica: "heir", generation: 1 },
      ]);
      expect(heir.seen("command:applied")).toHaveLength(1);
      const after = await epochs();
      for (const [index, { epoch }] of after.entries()) expect(Number(epoch)).toBe(Number(before[index]?.epoch) + 1);
      await dying[Symbol.asyncDispose]();
    });

    it("look by themselves when the leases of a dead one have run out", async () => {
      await using heir = makeReplica(test, { id: "heir", database: deaf(test.connect()) });
      await test.database.query(
        `insert into public.bot_deployments (bot_id, kind, name, desired, status, replica)
         values ('a', 'echo', 'Echo', 'running', 'running', 'dead')`,
      );
      await test.database.query(
        "insert into shoal.leases values ('bot:a', 'dead', 7, clock_timestamp() + interval '300 milliseconds')",
      );
      heir.control.start();
      await heir.told("a", "running");
    });

    it("leave a bot alone that another one holds, and its commands", async () => {
      await using holder = makeReplica(test, { id: "holder", database: deaf(test.connect()) });
      await using other = makeReplica(test, { id: "other" });
      holder.control.start();
      await holder.control.commands.issue([{ botId: "a", command: "START_BOT" }]);
      await holder.told("a", "running");
      await holder.rounds();
      other.control.start();
      await insert(test.database, "a", "PAUSE_BOT");
      await other.rounds();
      expect(other.seen("command:applied")).toEqual([]);
      expect(await outcomes()).toMatchObject([{ outcome: "applied" }, { outcome: null }]);
      holder.control.nudge();
      await holder.told("a", "paused");
    });

    it("drop a bot at once when its lease is lost", async () => {
      await using loser = makeReplica(test, { id: "loser", database: deaf(test.connect()), leaseMs: 3000 });
      loser.control.start();
      await loser.control.commands.issue([{ botId: "a", command: "START_BOT" }]);
      await loser.told("a", "running");
      await until(async () => {
        await loser.rounds();
        return (await deployments())[0]?.["status"] === "running";
      });
      const dropped = loser.registry.events.next("bot:changed", ({ to }) => to === "crashed");
      // At once, as a thief does: a bot whose lease alone is gone is handed back.
      await test.database.script(`
        update shoal.leases set holder = 'thief', epoch = epoch + 1, expires_at = clock_timestamp() + interval '1 hour';
        update public.bot_deployments set replica = 'thief'`);
      await dropped;
      expect(loser.manager.counts()).toMatchObject({ idle: 0 });
      // A late word of the loser about the bot does not reach the row of who has it now.
      await loser.rounds();
      expect(await deployments()).toMatchObject([{ replica: "thief", status: "running" }]);
    });

    describe("whose database is away for longer than a lease", () => {
      /** A bot in a conversation, whose replica has lost its lease without hearing that somebody else has it. */
      async function silenced() {
        const connection = mortal(test.connect());
        const replica = makeReplica(test, { id: "cut off", database: connection.database, leaseMs: 1500 });
        onTestFinished(() => replica[Symbol.asyncDispose]());
        replica.control.start();
        await replica.control.commands.issue(["a", "idle"].map((botId) => ({ botId, command: "START_BOT" })));
        await Promise.all(["a", "idle"].map((botId) => replica.told(botId, "running")));
        const room = await talk(replica, "a");
        const { events } = replica.registry;
        const changed = (id: string, state: string) =>
          events.next("bot:changed", ({ botId, to }) => botId === id && to === state);
        const lost = Promise.all([changed("a", "handing"), changed("idle", "crashed")]);
        connection.kill();
        await lost;
        room.receive("message", message("are you there?"));
        return { replica, room, changed, revive: connection.revive };
      }

      it("keep a bot that talks, which says nothing, and have it go on when nobody else has taken it", async () => {
        const { replica, room, changed, revive } = await silenced();
        const before = said(room);
        let saidUntilBack: unknown;
        replica.registry.events.on("bot:changed", ({ to }) => {
          if (to === "talking") saidUntilBack = said(room);
        });
        const back = changed("a", "talking");
        revive();
        await back;
        expect(saidUntilBack).toEqual(before);
        await expect.poll(() => said(room)).toEqual([...before, "ARE YOU THERE?"]);
        await replica.rounds();
        expect(await deployments()).toMatchObject([
          { bot_id: "a", replica: "cut off", status: "running" },
          { bot_id: "idle", replica: "cut off" },
        ]);
        expect(replica.registry.isPaused("a")).toBe(false);
      });

      it("drop it, which has said nothing meanwhile, when somebody else has taken it", async () => {
        const { room, changed, revive } = await silenced();
        const before = said(room);
        await test.database.query(
          "update shoal.leases set holder = 'thief', epoch = epoch + 1, expires_at = clock_timestamp() + interval '1 hour'",
        );
        const dropped = changed("a", "crashed");
        revive();
        await dropped;
        expect(said(room)).toEqual(before);
      });

      it("drop it when they drain", async () => {
        const { replica, changed } = await silenced();
        const dropped = changed("a", "crashed");
        await replica.control.drain(5000).catch(() => {});
        await dropped;
      });
    });

    it("take over at once what a drained one leaves, which then holds nothing", async () => {
      const timers = test.runtime.clock.pendingTimers;
      const drained = makeReplica(test, { id: "drained", database: deaf(test.connect()) });
      drained.control.start();
      await drained.control.commands.issue(["a", "b", "c", "d"].map((botId) => ({ botId, command: "START_BOT" })));
      await Promise.all(["a", "b", "c", "d"].map((botId) => drained.told(botId, "running")));
      await drained.control.commands.issue([
        { botId: "b", command: "PAUSE_BOT" },
        { botId: "c", command: "STOP_BOT" },
      ]);
      await Promise.all([drained.told("b", "paused"), drained.told("c", "stopped")]);
      await drained.control.drain(5000);
      expect(test.runtime.clock.pendingTimers).toBe(timers);
      expect(await holders()).toEqual([]);
      expect(drained.manager.counts()).toMatchObject({ idle: 0, stopping: 0 });
      expect(await deployments()).toMatchObject([
        { bot_id: "a", desired: "running", status: "starting", replica: null },
        { bot_id: "b", desired: "paused", status: "starting", replica: null },
        { bot_id: "c", desired: "stopped", status: "stopped", replica: null },
        { bot_id: "d", desired: "running", status: "starting", replica: null },
      ]);
      await using heir = makeReplica(test, { id: "heir" });
      heir.control.start();
      await Promise.all([heir.told("a", "running"), heir.told("b", "paused"), heir.told("d", "running")]);
      await drained.control.drain(5000);
    });

    it("hear of it when one is drained", async () => {
      const drained = makeReplica(test, { id: "drained", database: deaf(test.connect()) });
      await using heir = makeReplica(test, { id: "heir" });
      drained.control.start();
      await drained.control.commands.issue([{ botId: "a", command: "START_BOT" }]);
      await drained.told("a", "running");
      heir.control.start();
      await heir.control.events.next("control:feed", ({ state }) => state.listen === "ready");
      await heir.rounds();
      await drained.control.drain(5000);
      await heir.told("a", "running");
    });
  });

  describe("a commit whose answer is lost", () => {
    it("is brought in line by the same replica, and by nobody twice", async () => {
      const life = mortal(test.connect());
      await using replica = makeReplica(test, { database: life.database });
      replica.control.start();
      await replica.control.events.next("control:round");
      life.loseCommit("once");
      await replica.control.commands.issue([{ botId: "a", command: "START_BOT" }]);
      await replica.told("a", "running");
      expect(replica.seen("control:failed")).toEqual([{ name: "control:failed", code: "STORE_UNAVAILABLE" }]);
      expect(await outcomes()).toEqual([{ command: "START_BOT", outcome: "applied", code: null }]);
      expect(await deployments()).toMatchObject([{ generation: 1 }]);
    });

    it("is brought in line by another one when the process died of it", async () => {
      const life = mortal(test.connect());
      const dying = makeReplica(test, { id: "dying", database: life.database });
      await using heir = makeReplica(test, { id: "heir" });
      dying.control.start();
      await dying.control.events.next("control:round");
      life.loseCommit("and-dies");
      await insert(test.database, "a", "START_BOT");
      dying.control.nudge();
      await dying.control.events.next("control:failed");
      expect(dying.manager.counts()).toMatchObject({ idle: 0, starting: 0 });
      expect(await deployments()).toMatchObject([{ status: "starting", replica: "dying" }]);
      await expireLeases(test.database, "dying");
      heir.control.start();
      await heir.told("a", "running");
      expect(heir.seen("command:applied")).toEqual([]);
      await dying[Symbol.asyncDispose]();
    });
  });
});

describe("the control", () => {
  useDatabase(() => testDatabase());

  it("rejects what it cannot make sense of, and goes on with the bot's other commands", async () => {
    await using replica = makeReplica(test);
    const asked = [
      ["b", "MAKE_COFFEE", {}],
      ["b", "START_BOT", { kind: "ghost" }],
      ["b", "PAUSE_BOT", {}],
      ["b", "START_BOT", {}],
      ["b", "START_BOT", { config: "poison" }],
      ["b", "UPDATE_CONFIG", { config: { text: "x".repeat(60_000) } }],
      ["b", "PAUSE_BOT", { now: true }],
      ["b", "PAUSE_BOT", {}],
    ] as const;
    for (const [botId, command, payload] of asked) await insert(test.database, botId, command, payload);
    const nested = `{"config": ${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`;
    await test.database.query(
      "insert into public.bot_control (bot_id, command, payload) values ('deep', 'UPDATE_CONFIG', ($1::text)::jsonb)",
      [nested],
    );
    replica.control.start();
    await replica.told("b", "paused");
    await replica.rounds();
    expect(await outcomes()).toEqual([
      { command: "MAKE_COFFEE", outcome: "rejected", code: "CONTROL_COMMAND_UNKNOWN" },
      { command: "START_BOT", outcome: "rejected", code: "CONTROL_KIND_UNKNOWN" },
      { command: "PAUSE_BOT", outcome: "rejected", code: "CONTROL_BOT_UNKNOWN" },
      { command: "START_BOT", outcome: "applied", code: null },
      { command: "START_BOT", outcome: "rejected", code: "CONTROL_PAYLOAD_INVALID" },
      { command: "UPDATE_CONFIG", outcome: "applied", code: null },
      { command: "PAUSE_BOT", outcome: "rejected", code: "CONTROL_PAYLOAD_INVALID" },
      { command: "PAUSE_BOT", outcome: "applied", code: null },
      { command: "UPDATE_CONFIG", outcome: "rejected", code: "CONTROL_PAYLOAD_INVALID" },
    ]);
    expect(replica.seen("command:applied")[0]).toMatchObject({ command: "UNKNOWN", code: "CONTROL_COMMAND_UNKNOWN" });
    expect(JSON.stringify(replica.log)).not.toContain("MAKE_COFFEE");
    // Nothing is held for a bot that there is not.
    expect(await holders()).toEqual([{ resource: "bot:b", holder: "replica-1" }]);
  });

  it("takes care of a bot that has come from another replica with its conversation, which forgets it", async () => {
    await using giver = makeReplica(test, { id: "giver" });
    await insert(test.database, "b", "START_BOT", { config: { greeting: "hi" } });
    giver.control.start();
    await giver.told("b", "running");
    await giver.rounds();
    await using taker = makeReplica(test, { id: "taker" });
    taker.control.start();
    await taker.rounds();
    // As shoal.match_hand_over does.
    await test.database.script(`
      update shoal.leases set holder = 'taker', epoch = epoch + 1 where resource = 'bot:b';
      update public.bot_deployments set replica = 'taker';`);
    const offer = { botId: "b", kind: "echo", name: "b", roomId: "r", partner: { id: "p", name: "P" }, place: null };
    const run = { config: { greeting: "hi" }, generation: 1, isPaused: false, isOperators: true };
    const assignment = { matchId: "m", roomId: "r", partner: offer.partner };
    const guest = taker.manager.deployed.host({ ...offer, deployed: run }, run, assignment, () => {});
    if (!guest) throw new Error("the taker has room");
    guest.start();
    taker.manager.deployed.taken(guest, { ...offer, deployed: run }, run);
    guest.send({ kind: "taken", saved: { isGreeted: true, state: null, unanswered: [], heard: [] } });
    giver.manager.deployed.given("b");
    await Promise.all([giver.rounds(), taker.rounds()]);
    expect(await holders()).toEqual([{ resource: "bot:b", holder: "taker" }]);
    await insert(test.database, "b", "PAUSE_BOT", {});
    await Promise.all([giver.rounds(), taker.rounds()]);
    await taker.told("b", "paused");
    await taker.rounds();
    expect(giver.seen("deployment:changed").map(({ status }) => status)).toEqual(["running"]);
    const rows = "select replica, status, desired from public.bot_deployments";
    expect(await test.database.query(rows)).toEqual([{ replica: "taker", status: "paused", desired: "paused" }]);
    await giver.control.drain(1000);
    expect(await test.database.query(rows)).toEqual([{ replica: "taker", status: "paused", desired: "paused" }]);
  });

  it("gives each bot to the user who asked for it, and nobody else", async () => {
    await using replica = makeReplica(test);
    const by = (user: string, command: string) =>
      test.database.query(
        "insert into public.bot_control (bot_id, command, issued_by) values ('b', $1, $2::uuid) returning id",
        [command, user],
      );
    await by(OWNER, "START_BOT");
    await by("22222222-2222-4222-8222-222222222222", "STOP_BOT");
    replica.control.start();
    await replica.told("b", "running");
    expect(await outcomes()).toMatchObject([{ outcome: "applied" }, { code: "CONTROL_NOT_OWNER" }]);
    expect(await replica.control.commands.deployment("b")).toMatchObject({ owner_id: OWNER, desired: "running" });
  });

  it.each([
    ["botId", { botId: "" }],
    ["botId", { botId: "x".repeat(129) }],
    ["botId", { botId: "a\0b" }],
    ["command", { command: "DANCE" as "START_BOT" }],
    ["payload", { payload: { text: "x".repeat(65_536) } }],
    ["payload", { payload: { text: "\0" } }],
    ["payload", { payload: { text: "\ud800" } }],
  ])("refuses to issue commands with a wrong %s, and then none of them", async (field, wrong) => {
    await using replica = makeReplica(test);
    const commands = [
      { botId: "a", command: "START_BOT" } as const,
      { botId: "b", command: "START_BOT" as const, ...wrong },
    ];
    await expect(replica.control.commands.issue(commands)).rejects.toMatchObject({
      code: "CONTROL_COMMAND_INVALID",
      details: { field },
    });
    expect(await outcomes()).toEqual([]);
  });

  describe("a bot that crashes", () => {
    it("is started again after a wait; its row says so", async () => {
      await using replica = makeReplica(test);
      const { control } = replica;
      control.start();
      await control.commands.issue([{ botId: "b", command: "START_BOT" }]);
      await replica.told("b", "running");
      const room = await talk(replica, "b");
      const again = control.events.next("deployment:changed", ({ status }) => status === "running");
      room.receive("message", message("crash"));
      expect(replica.log.at(-1)).not.toMatchObject({ status: "quarantined" });
      await replica.told("b", "crashed");
      await again;
      await replica.rounds();
      expect(await control.commands.deployment("b")).toMatchObject({ status: "running", last_error: "Error" });
    });
  });

  describe("a bot that is started again while it still says goodbye", () => {
    it("keeps its lease, although the end of the bot before is reported late", async () => {
      const life = mortal(test.connect());
      let lobby = Promise.resolve();
      await using replica = makeReplica(test, { database: life.database, lobby: () => lobby });
      const { control } = replica;
      control.start();
      await control.commands.issue([{ botId: "b", command: "START_BOT" }]);
      await replica.told("b", "running");
      const room = await talk(replica, "b");
      await control.commands.issue([{ botId: "b", command: "STOP_BOT", payload: { graceful: true } }]);
      await replica.told("b", "stopping");
      await replica.rounds();
      const again = life.holdCommit();
      await control.commands.issue([{ botId: "b", command: "START_BOT" }]);
      await again.committed;
      room.receive("leave", { from: PERSON.id, reason: "done" });
      await replica.told("b", "stopped");
      const epoch = () => test.database.query("select holder, epoch from shoal.leases");
      const before = await epoch();
      // The one that begins has nothing to tell yet.
      lobby = new Promise(() => {});
      again.answer();
      await replica.rounds();
      expect(await epoch()).toEqual(before);
      expect(await deployments()).toMatchObject([{ status: "starting", replica: "replica-1" }]);
    });
  });
});
