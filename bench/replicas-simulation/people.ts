import { percentile, SECOND_MS } from "@shoal/kernel";
import { type Decision, defaultMatchPolicy, type IdleBot, pairTickets, type WaitingTicket } from "@shoal/matchmaker";
import { PLAN_LIMITS } from "@shoal/realtime-pool";
import { seededRng } from "@shoal/testkit";

/** How people behave: a chat of strangers. */
export const HABITS = {
  conversationSeconds: 300,
  pauseSeconds: 30,
  /** Of each of the two. */
  messagesPerMinute: 4,
  /** A message and a typing indicator, each sent once and delivered once. */
  eventsPerMessage: 4,
  /** Both come into the room: two tracks, told to both; and one leaves before the other. */
  presencePerRoom: 5,
  /** `waiting` and `matched` of each of two, told to the two replicas that listen. */
  lobbyPresencePerMatch: 12,
  /** Of the lobby's presence state, for one person. */
  lobbyEntryBytes: 200,
} as const;

/** Sockets and limits per second of each plan. @source https://supabase.com/docs/guides/realtime/limits */
const PLANS = {
  free: { sockets: 200, ...PLAN_LIMITS.free },
  pro: { sockets: 500, ...PLAN_LIMITS.pro },
  team: { sockets: 10_000, ...PLAN_LIMITS.team },
  "self-hosted": { sockets: 200, ...PLAN_LIMITS["self-hosted"] },
} as const;
type PlanName = keyof typeof PLANS;

const PLAN_NAMES = Object.keys(PLANS) as PlanName[];
const LIMITS = ["sockets", "joins", "events", "roomPresence", "lobbyPresence"] as const;

export interface CrowdSize {
  readonly replicas: number;
  readonly botsPerHundred: number;
  readonly fromPeople: number;
  readonly people: number;
  /** People are ten times as many each so many seconds. */
  readonly secondsPerDecade: number;
}

/** What the whole project does in a second. */
interface Load {
  readonly people: number;
  readonly sockets: number;
  readonly joins: number;
  readonly events: number;
  /** Of rooms; that of the lobby is besides, where people wait by presence. */
  readonly roomPresence: number;
  readonly lobbyPresence: number;
  readonly matches: number;
}

export interface CrowdResult {
  readonly bots: number;
  readonly talkingToBots: number;
  readonly matchesMade: number;
  readonly atTheEnd: Load;
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  readonly pairP99Ms: number;
  /** By plan and limit: people when it was first passed; absent where it never was. */
  readonly passedAtPeople: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** People of whom the lobby's presence state has 50 MB, with which the server ends the socket of whoever listens. */
  readonly lobbyStatePeople: number;
}

const WINDOW_SECONDS = 60;
/** The first ones come all at once. */
const SETTLE_SECONDS = 180;
/** With more, the server ends the socket. @source REALTIME.md 2.2 */
const HEAP_LIMIT_BYTES = 50_000_000;
const CHANNELS_PER_SOCKET = 100;
/** Replicas that listen to the lobby. */
const OBSERVERS = 2;

type Limit = (typeof LIMITS)[number];

/** Plays a crowd that grows: people come, wait, talk and wait again; whoever waits is paired each second, by the matchmaker's rule. */
export function playCrowd(crowd: CrowdSize): CrowdResult {
  const scene = new Scene(crowd);
  const loads: Load[] = [];
  const passed = new Map<PlanName, Map<Limit, number>>();
  for (const second of scene.seconds()) {
    loads.push(scene.play(second));
    if (loads.length > WINDOW_SECONDS) loads.shift();
    if (second >= SETTLE_SECONDS) notePassed(passed, averageOf(loads));
  }
  const waits = scene.waitsMs.sort((one, other) => one - other);
  const pairs = scene.pairMs.sort((one, other) => one - other);
  return {
    ...{ bots: scene.botCount, talkingToBots: scene.talkingBots, matchesMade: scene.matchesMade },
    atTheEnd: averageOf(loads),
    ...{ waitP50Ms: percentile(waits, 0.5), waitP99Ms: percentile(waits, 0.99), pairP99Ms: percentile(pairs, 0.99) },
    passedAtPeople: Object.fromEntries([...passed].map(([plan, limits]) => [plan, Object.fromEntries(limits)])),
    lobbyStatePeople: Math.floor(HEAP_LIMIT_BYTES / HABITS.lobbyEntryBytes),
  };
}

/** Who is there, who talks with whom until when, and who waits. */
class Scene {
  readonly waitsMs: number[] = [];
  readonly pairMs: number[] = [];
  botCount = 0;
  talkingBots = 0;
  matchesMade = 0;
  readonly #rng = seededRng(2);
  readonly #length: number;
  /** By second: people who wait again then, talkers who end, and bots that are free. */
  readonly #returns: number[][];
  readonly #ends: number[];
  readonly #freed: string[][];
  readonly #lastPartners: (string | null)[] = [];
  readonly #idle: IdleBot[] = [];
  #line: readonly WaitingTicket[] = [];
  #people = 0;
  #talkers = 0;

  readonly crowd: CrowdSize;

  constructor(crowd: CrowdSize) {
    this.crowd = crowd;
    const { people, fromPeople, secondsPerDecade } = crowd;
    this.#length = Math.ceil(Math.log10(people / fromPeople) * secondsPerDecade) + 2 * HABITS.conversationSeconds;
    const bySecond = <T>(make: () => T) => Array.from({ length: this.#length + 1 }, make);
    this.#returns = bySecond(() => []);
    this.#ends = bySecond(() => 0);
    this.#freed = bySecond(() => []);
  }

  *seconds(): Generator<number> {
    for (let second = 0; second < this.#length; second += 1) yield second;
  }

  play(second: number): Load {
    const nowMs = second * SECOND_MS;
    const came = this.#come(second);
    this.#talkers -= this.#ends[second] ?? 0;
    for (const botId of this.#freed[second] ?? []) {
      this.#idle.push({ botId, name: "", idleSinceMs: nowMs });
      this.talkingBots -= 1;
    }
    const newcomers = Array.from({ length: came }, (_, at) => this.#people - came + at);
    const queued = [...(this.#returns[second] ?? []), ...newcomers].map((person) => this.#ticketOf(person, nowMs));
    const made = this.#pair([...this.#line, ...queued.sort((one, other) => one.queuedAtMs - other.queuedAtMs)], nowMs);
    return this.#load(came, made);
  }

  /** The crowd grows by ten in so many seconds; its bots with it. */
  #come(second: number): number {
    const { people, fromPeople, secondsPerDecade, botsPerHundred } = this.crowd;
    const target = Math.min(people, Math.floor(fromPeople * 10 ** (second / secondsPerDecade)));
    const came = target - this.#people;
    this.#people = target;
    while (this.botCount < Math.ceil((target * botsPerHundred) / 100)) {
      this.botCount += 1;
      this.#idle.push({ botId: `bot-${this.botCount}`, name: "", idleSinceMs: second * SECOND_MS });
    }
    return came;
  }

  #ticketOf(person: number, nowMs: number): WaitingTicket {
    const queuedAtMs = nowMs - Math.floor(this.#rng.next() * SECOND_MS);
    const lastPartnerId = this.#lastPartners[person] ?? null;
    return { id: `${nowMs}-${person}`, userId: `u${person}`, name: "", queuedAtMs, lastPartnerId };
  }

  /** One replica is the first each second, with the bots that it has. */
  #pair(tickets: readonly WaitingTicket[], nowMs: number): number {
    const own = this.#idle.splice(0, Math.ceil(this.botCount / this.crowd.replicas));
    const startedMs = performance.now();
    const { decisions, left } = pairTickets(tickets, own, defaultMatchPolicy, nowMs);
    this.pairMs.push(performance.now() - startedMs);
    const taken = new Set(decisions.flatMap((decision) => (decision.kind === "bot" ? [decision.bot.botId] : [])));
    this.#idle.push(...own.filter(({ botId }) => !taken.has(botId)));
    for (const decision of decisions) this.#talk(decision, nowMs);
    this.#line = left;
    this.matchesMade += decisions.length;
    return decisions.length;
  }

  #talk(decision: Decision, nowMs: number): void {
    const endsAt = Math.min(this.#length, nowMs / SECOND_MS + this.#exponential(HABITS.conversationSeconds));
    const seats: (readonly [WaitingTicket, string])[] =
      decision.kind === "bot"
        ? [[decision.first, decision.bot.botId]]
        : [
            [decision.first, decision.second.userId],
            [decision.second, decision.first.userId],
          ];
    for (const [ticket, partnerId] of seats) {
      const person = Number(ticket.userId.slice(1));
      this.#lastPartners[person] = partnerId;
      this.waitsMs.push(nowMs - ticket.queuedAtMs);
      this.#returns[Math.min(this.#length, endsAt + this.#exponential(HABITS.pauseSeconds))]?.push(person);
    }
    this.#talkers += 2;
    this.#ends[endsAt] = (this.#ends[endsAt] ?? 0) + 2;
    if (decision.kind === "people") return;
    this.talkingBots += 1;
    this.#freed[endsAt]?.push(decision.bot.botId);
  }

  #exponential(meanSeconds: number): number {
    return Math.max(1, Math.round(-meanSeconds * Math.log(1 - this.#rng.next())));
  }

  #load(came: number, matches: number): Load {
    return {
      people: this.#people,
      sockets: this.#people + Math.ceil(this.talkingBots / CHANNELS_PER_SOCKET) + OBSERVERS,
      // One for the own topic of whoever comes, and one of each of two into their room.
      joins: came + 2 * matches,
      events: (this.#talkers * HABITS.messagesPerMinute * HABITS.eventsPerMessage) / 60,
      roomPresence: matches * HABITS.presencePerRoom,
      lobbyPresence: matches * HABITS.lobbyPresencePerMatch,
      matches,
    };
  }
}

/** The server judges an average over a minute; sockets it counts. */
function averageOf(loads: readonly Load[]): Load {
  const last = loads.at(-1);
  if (!last) throw new Error("there is a load for each second");
  const mean = (of: keyof Load) => loads.reduce((sum, load) => sum + load[of], 0) / loads.length;
  return {
    ...{ people: last.people, sockets: last.sockets, joins: mean("joins"), events: mean("events") },
    ...{ roomPresence: mean("roomPresence"), lobbyPresence: mean("lobbyPresence"), matches: mean("matches") },
  };
}

function notePassed(passed: Map<PlanName, Map<Limit, number>>, load: Load): void {
  for (const plan of PLAN_NAMES) {
    const { sockets, joinsPerSecond, eventsPerSecond, presenceEventsPerSecond } = PLANS[plan];
    const most: Readonly<Record<Limit, number>> = {
      ...{ sockets, joins: joinsPerSecond, events: eventsPerSecond },
      ...{ roomPresence: presenceEventsPerSecond, lobbyPresence: presenceEventsPerSecond },
    };
    const of = passed.get(plan) ?? new Map<Limit, number>();
    passed.set(plan, of);
    for (const limit of LIMITS) if (load[limit] >= most[limit] && !of.has(limit)) of.set(limit, load.people);
  }
}
