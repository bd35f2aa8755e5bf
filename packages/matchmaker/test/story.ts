import { isFleetError } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import fc from "fast-check";
import { makeReplica, makeWorld, mortal, type Replica, type World } from "./support.ts";

/** Two languages, spoken by turns, of which each person may change. */
const RULES = { equal: ["language"], near: { skill: { within: 1, widenPerSecond: 0.25, max: 3 } } };
const LANGUAGES = ["de", "fr"] as const;
const USERS = 6;
const REPLICAS = 2;
const MARK_0_MS = Date.UTC(2026, 0, 1);

/** An act on one user, match or replica. Numbers are taken modulo the number of candidates. */
export type Act =
  | {
      readonly act: "wait" | "wait-again" | "wait-by-api" | "say-otherwise" | "unblock" | "cancel" | "vanish";
      readonly user: number;
      readonly on: number;
    }
  | {
      readonly act: "confirm" | "end" | "leave" | "block" | "lose" | "lose-and-rename";
      readonly seat: number;
      readonly on: number;
    }
  | { readonly act: "cycle" | "reconcile" | "kill" | "kill-and-rename" | "drain"; readonly on: number }
  | { readonly act: "bot-comes" | "bot-goes"; readonly on: number };

/** Time goes by, then acts happen at the same moment. */
export interface Scene {
  readonly passMs: number;
  readonly acts: readonly Act[];
}

const user = fc.nat(USERS - 1);
const on = fc.nat(REPLICAS - 1);
const seat = fc.nat(11);
const one = <Name extends string>(...names: Name[]) => fc.constantFrom(...names);

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: one("wait", "wait", "wait-again", "wait-by-api", "say-otherwise", "unblock", "cancel", "vanish"),
      user,
      on,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: one("confirm", "confirm", "confirm", "confirm", "end", "leave", "block", "lose", "lose-and-rename"),
      ...{ seat, on },
    }),
  },
  { weight: 7, arbitrary: fc.record({ act: fc.constant("cycle" as const), on }) },
  { weight: 2, arbitrary: fc.record({ act: one("reconcile", "kill", "kill-and-rename", "drain"), on }) },
  { weight: 2, arbitrary: fc.record({ act: one("bot-comes", "bot-goes"), on }) },
);

const anyScene: fc.Arbitrary<Scene> = fc.record({
  passMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: one500() }),
  acts: fc.array(anyAct, { minLength: 1, maxLength: 4 }),
});

/** Long enough for people to meet, part and meet again. */
export const longHistory: fc.Arbitrary<Scene[]> = fc.array(anyScene, { minLength: 8, maxLength: 30, size: "max" });
/** A few moments: quick to play, so that very many different ones can be. */
export const shortHistory: fc.Arbitrary<Scene[]> = fc.array(anyScene, { minLength: 2, maxLength: 6, size: "max" });

function one500(): fc.Arbitrary<number> {
  return fc.constantFrom(500, 4_000, 8_000, 11_000);
}

interface Person {
  readonly id: string;
  mark: number;
  /** What the person says of itself. */
  said: number;
  isPresent: boolean;
  ticketId: string | undefined;
}

interface Process {
  readonly replica: Replica;
  kill(): void;
}

/** One run of a history on a database, with as many replicas as pools are given. */
export interface Story {
  play(scene: Scene): Promise<void>;
  /** Gives bots and time, until each open ticket gets a partner. Returns the tickets that did not. */
  settle(): Promise<string[]>;
  readonly actCount: number;
  /** Events the replicas emitted, by name and reason, to check whether a run has tried everything. */
  emitted(): string[];
}

export function makeStory(pools: readonly Database<string>[]): Story {
  const [database] = pools as [Database<string>];
  const world = makeWorld(database);
  const people = Array.from({ length: USERS }, (_, index): Person => {
    return { id: `user-${index}`, mark: 0, said: index % 4, isPresent: false, ticketId: undefined };
  });
  const opened = new Set<string>();
  const causes = new Set<string>();
  const replicas: Replica[] = [];
  let births = 0;
  let botCount = 0;
  let actCount = 0;

  const bear = (index: number, id: string): Process => {
    const body = mortal(pools[index] as Database<string>);
    births += 1;
    const replica = makeReplica(world, { id, bots: [`bot-${id}-${births}`], database: body.database, rules: RULES });
    replicas.push(replica);
    return { kill: body.kill, replica };
  };
  const processes = pools.map((_, index) => bear(index, `replica-${index}`));
  const processOn = (index: number) => processes[index % processes.length] as Process;

  const die = (index: number, isRenamed: boolean): void => {
    const { kill, replica } = processOn(index);
    kill();
    processes[index] = bear(index, isRenamed ? `${replica.id}+` : replica.id);
  };

  const open = async (person: Person, replica: Replica, source: "lobby" | "api") => {
    const since = source === "api" ? undefined : new Date(MARK_0_MS + person.mark * 1_000).toISOString();
    const attributes = { language: LANGUAGES[person.said % LANGUAGES.length], skill: person.said };
    const ticket = await replica.matchmaker.openTicket({
      ...{ userId: person.id, source, attributes },
      ...(since && { since }),
    });
    person.isPresent = true;
    person.ticketId = ticket.id;
    opened.add(ticket.id);
  };

  const personActs = async ({ act, user, on }: Extract<Act, { user: number }>) => {
    const person = people[user] as Person;
    const { replica } = processOn(on);
    if (act === "wait") person.mark += 1;
    if (act === "wait" || (act === "wait-again" && person.mark > 0)) return open(person, replica, "lobby");
    if (act === "say-otherwise") person.said += 1;
    if (act === "wait-by-api" || act === "say-otherwise") return open(person, replica, "api");
    if (act === "unblock") {
      for (const { blockedId } of await replica.matchmaker.blocks(person.id)) {
        await replica.matchmaker.unblock(person.id, blockedId);
      }
      return;
    }
    causes.add(`${person.id} ${act}`);
    if (act === "vanish") {
      person.isPresent = false;
      return replica.matchmaker.closeUser(person.id, "vanish");
    }
    if (act === "cancel" && person.ticketId) await replica.matchmaker.closeTicket(person.ticketId, "cancel");
  };

  const seatActs = async ({ act, seat, on }: Extract<Act, { seat: number }>) => {
    const seats = await database.query<{ match_id: string; participant_id: string; host_id: string | null }>(
      `select s.match_id, s.participant_id, m.replica_id as host_id
       from shoal.match_seats s join shoal.matches m using (match_id) where s.is_open order by s.participant_id`,
    );
    const chosen = seats[seat % Math.max(1, seats.length)];
    if (!chosen) return;
    if (act === "lose" || act === "lose-and-rename") {
      // A replica dead already has no process, and a match of two people has no replica.
      const host = processes.findIndex(({ replica }) => replica.id === chosen.host_id);
      if (host >= 0) die(host, act === "lose-and-rename");
      return;
    }
    const { matchmaker } = processOn(on).replica;
    if (act === "confirm") await matchmaker.confirm(chosen.match_id, chosen.participant_id);
    if (act === "end") await matchmaker.endMatch(chosen.match_id, "ended");
    if (act === "block") await matchmaker.block(chosen.participant_id, chosen.match_id);
    if (act !== "leave") return;
    causes.add(`${chosen.participant_id} leave`);
    await matchmaker.endMatch(chosen.match_id, "leave", chosen.participant_id);
  };

  const replicaActs = async (
    act: Exclude<Act["act"], Extract<Act, { user: number } | { seat: number }>["act"]>,
    on: number,
  ) => {
    const { replica } = processOn(on);
    switch (act) {
      case "cycle":
        return replica.cycle();
      case "reconcile": {
        const here = people.filter((person) => person.isPresent);
        for (const person of people) if (!person.isPresent) causes.add(`${person.id} gone`);
        return replica.matchmaker.reconcileLobby(here.map((person) => ({ userId: person.id })));
      }
      case "drain":
        await replica.drain();
        processes[on] = bear(on, `${replica.id}+`);
        return;
      case "kill":
      case "kill-and-rename":
        return die(on, act === "kill-and-rename");
      case "bot-comes":
        botCount += 1;
        return replica.fleet.add(`bot-${replica.id}-extra-${botCount}`);
      case "bot-goes": {
        const [bot] = replica.fleet.idleBots();
        if (bot) replica.fleet.remove(bot.botId);
      }
    }
  };

  const perform = async (act: Act): Promise<void> => {
    actCount += 1;
    try {
      if ("user" in act) await personActs(act);
      else if ("seat" in act) await seatActs(act);
      else await replicaActs(act.act, act.on);
    } catch (thrown) {
      // The calls of the dead process fail, and have no caller any more.
      if (!isFleetError(thrown, "STORE_UNAVAILABLE")) throw thrown;
    }
  };

  return {
    async play({ passMs, acts }) {
      if (passMs > 0) await world.passTime(passMs);
      await Promise.all(acts.map(perform));
    },
    async settle() {
      await settleEverybody(world, processes);
      return [
        ...(await unsettledTickets(database)),
        ...(await unexplained(database, opened, causes)),
        ...(await miscounted(database, processes)),
        ...emittedTwice(replicas),
      ];
    },
    get actCount() {
      return actCount;
    },
    emitted: () =>
      replicas.flatMap(({ log }) =>
        log.map((event) => ("reason" in event ? `${event.name} ${event.reason}` : event.name)),
      ),
  };
}

/** Rounds until each person who may still wait has met a bot: both of a pair may have gone back in line before. */
const MOST_ROUNDS = 4;

async function settleEverybody(world: World, processes: readonly Process[]): Promise<void> {
  // One for each person: blocks may keep all of them apart.
  for (const { replica } of processes) {
    for (let bot = 0; bot < USERS / REPLICAS; bot += 1) replica.fleet.add(`bot-${replica.id}-last-${bot}`);
  }
  await world.passTime(11_000);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    for (const { replica } of processes) await replica.cycle();
    const seats = await world.database.query<{ match_id: string; participant_id: string }>(
      "select match_id, participant_id from shoal.match_seats where is_open and confirmed_at is null order by match_id, seat",
    );
    for (const { match_id, participant_id } of seats) {
      await (processes[round % processes.length] as Process).replica.matchmaker.confirm(match_id, participant_id);
    }
    await world.passTime(4_000);
    if ((await unsettledTickets(world.database)).length === 0) return;
  }
}

async function unsettledTickets(database: Database<string>): Promise<string[]> {
  const rows = await database.query<{ user_id: string; status: string }>(
    "select user_id, status from shoal.match_tickets where status in ('waiting', 'reserved')",
  );
  return rows.map((row) => `still ${row.status} with a bot idle: ${row.user_id}`);
}

/** Finds tickets that are lost or closed by a reason without a cause. Reasons that only follow a live match are checked elsewhere. */
async function unexplained(
  database: Database<string>,
  opened: ReadonlySet<string>,
  causes: ReadonlySet<string>,
): Promise<string[]> {
  const rows = await database.query<{ id: string; user_id: string; closed_reason: string | null }>(
    "select id, user_id, closed_reason from shoal.match_tickets",
  );
  const known = new Set(rows.map((row) => row.id));
  const byPerson = new Set(["cancel", "vanish", "gone", "leave"]);
  return [
    ...[...opened].filter((id) => !known.has(id)).map((id) => `lost ticket: ${id}`),
    ...rows
      .filter(
        (row) =>
          row.closed_reason && byPerson.has(row.closed_reason) && !causes.has(`${row.user_id} ${row.closed_reason}`),
      )
      .map((row) => `closed without a cause: ${row.user_id} ${row.closed_reason}`),
  ];
}

/** Checks, after a last cycle, that each replica counts as busy the bots that the database has in open seats. */
async function miscounted(database: Database<string>, processes: readonly Process[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { replica } of processes) {
    await replica.cycle();
    const rows = await database.query<{ participant_id: string }>(
      "select participant_id from shoal.match_seats where is_open and bot and replica_id = $1 order by 1",
      [replica.id],
    );
    const seated = rows.map((row) => row.participant_id).join();
    const busy = [...replica.fleet.busy].sort().join();
    if (seated !== busy) wrong.push(`${replica.id} thinks busy: ${busy}; seated: ${seated}`);
  }
  return wrong;
}

/** Finds what was emitted more than once, by the same replica or by two, dead ones included. */
function emittedTwice(replicas: readonly Replica[]): string[] {
  const emitted = replicas.flatMap((replica) => [
    ...replica.seen("match:made").map(({ match }) => `start of ${match.matchId}`),
    ...replica.seen("match:live").map(({ matchId }) => `confirmation of ${matchId}`),
    ...[...replica.seen("match:ended"), ...replica.seen("match:expired")].map(({ matchId }) => `end of ${matchId}`),
  ]);
  return emitted.filter((text, index) => emitted.indexOf(text) !== index).map((text) => `emitted twice: ${text}`);
}
