import { MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { applyTurn, type JoinLedger, joinLedger, PLAN_LIMITS } from "@shoal/realtime-pool";
import { seededRng } from "@shoal/testkit";

/** All channels of the fleet at once, as after a restart of Realtime, while rooms go on to be opened. */
export interface JoinStory {
  readonly plan: keyof typeof PLAN_LIMITS;
  readonly replicas: number;
  readonly channels: number;
  /** Rooms that people open meanwhile, of all replicas. */
  readonly roomsPerSecond: number;
  readonly limitMs: number;
}

export interface JoinResult extends Pick<JoinStory, "plan" | "replicas" | "channels"> {
  /** Until all are joined; null: not within the time that was played. */
  readonly allJoinedMs: number | null;
  readonly joinedCount: number;
  /** The most in any minute, of the limit of the project. */
  readonly mostOfLimitRatio: number;
  /** When half were joined: what the one had that had least, beside the one that had most. */
  readonly leastToMostRatio: number;
  /** How long a room waited for its join, at most. */
  readonly roomWaitMaxMs: number;
  readonly turnsPerSecond: number;
}

/** A replica that wants something asks so often. */
const TURN_EVERY_MS = SECOND_MS;
/** Of the limit, as POOL_JOIN_SHARE has it. */
const JOIN_SHARE = 0.8;

/** Plays it through the rules of the shared budget, each replica with its turn once a second. */
export function playJoins({ plan, replicas, channels, roomsPerSecond, limitMs }: JoinStory): JoinResult {
  const limits = { perSecond: PLAN_LIMITS[plan].joinsPerSecond, joinShare: JOIN_SHARE, windowMs: MINUTE_MS };
  const rng = seededRng(1);
  const live = Array.from({ length: replicas }, (_, at) => `replica-${at}`);
  const phases = live.map((_, at) => Math.floor((at * TURN_EVERY_MS) / replicas));
  const left = live.map((_, at) => Math.floor(channels / replicas) + (at < channels % replicas ? 1 : 0));
  const joined = live.map(() => 0);
  const rooms: number[][] = live.map(() => []);
  const granted: { readonly atMs: number; readonly count: number }[] = [];
  let ledger: JoinLedger = joinLedger(limits);
  let [nowMs, joinedCount, turnCount, roomWaitMaxMs, leastToMostRatio, mostOfLimitRatio] = [0, 0, 0, 0, 0, 0];
  while (joinedCount < channels && nowMs < limitMs) {
    for (let at = 0; at < replicas; at += 1) {
      const turnAtMs = nowMs + (phases[at] ?? 0);
      const waiting = rooms[at] ?? [];
      const idle = left[at] ?? 0;
      if (idle + waiting.length === 0) continue;
      const turn = { urgent: waiting.length, idle, news: [], spent: 0, back: [] };
      const next = applyTurn(ledger, { replicaId: live[at] ?? "", live, limits }, turn, turnAtMs);
      ({ ledger } = next);
      turnCount += 1;
      const { urgent, idle: dealt } = next.answer;
      for (const openedMs of waiting.splice(0, urgent)) roomWaitMaxMs = Math.max(roomWaitMaxMs, turnAtMs - openedMs);
      left[at] = idle - dealt;
      joined[at] = (joined[at] ?? 0) + dealt;
      joinedCount += dealt;
      granted.push({ atMs: turnAtMs, count: urgent + dealt });
      if (leastToMostRatio === 0 && joinedCount >= channels / 2)
        leastToMostRatio = Math.min(...joined) / Math.max(...joined);
    }
    nowMs += TURN_EVERY_MS;
    for (let room = 0; room < roomsPerSecond; room += 1) rooms[Math.floor(rng.next() * replicas)]?.push(nowMs);
    while ((granted[0]?.atMs ?? nowMs) < nowMs - MINUTE_MS) granted.shift();
    const spent = granted.reduce((sum, { count }) => sum + count, 0);
    mostOfLimitRatio = Math.max(mostOfLimitRatio, spent / (limits.perSecond * 60));
  }
  return {
    ...{ plan, replicas, channels, joinedCount, mostOfLimitRatio, leastToMostRatio, roomWaitMaxMs },
    allJoinedMs: joinedCount >= channels ? nowMs : null,
    turnsPerSecond: (turnCount * SECOND_MS) / nowMs,
  };
}
