import { createEmitter, type EventSource, invariant, type Log, unreachable } from "@shoal/kernel";
import type { Change, Match, MatchmakerEvents } from "./types.ts";

/** Reason of the end of matches whose replica died. */
export const REPLICA_LOST = "replica_lost";

/** Turns the changes that statements return into events, and keeps the open matches with bots of this replica. */
export interface MatchEvents {
  readonly source: EventSource<MatchmakerEvents>;
  readonly emit: <Name extends keyof MatchmakerEvents>(name: Name, event: MatchmakerEvents[Name]) => void;
  /** Notes a committed match. */
  made(match: Match, waitMs: readonly number[], bucket: string): void;
  /** Emits the events of a statement's rows, in their order. */
  changed(changes: readonly Change[]): void;
  /** Takes a live match with a bot that another replica has handed over: its events are this replica's to emit from now on. */
  adopt(matchId: string): void;
  /** Gives up a match that is another replica's now; its events are no longer emitted here. */
  forget(matchId: string): void;
  /** Returns the open matches with bots of this replica, as far as it knows. */
  ownOpen(): { readonly pending: string[]; readonly live: string[] };
}

/**
 * Sees to it that each change is emitted once by all replicas together. A change is returned once, to the replica that made it or
 * took it over from an RPC. It emits what concerns no bot. What concerns a bot's match that replica of the bot emits, which needs to know
 * and finds it in a sweep, perhaps after an own statement has returned it: `own` makes it one event. Only when it is dead does the one
 * that ended the match emit that end.
 */
export function createMatchEvents(replicaId: string, log: Log, onWaiting: () => void): MatchEvents {
  const emitter = createEmitter<MatchmakerEvents>((error) => {
    log.error({ error_message: error.message }, "a listener to events of the matchmaker threw; the matchmaker goes on");
  });
  const own = new Map<string, "pending" | "live">();

  const isNews = (change: Change, matchId: string, next: "live" | "over"): boolean => {
    if (change.replica_id === null) return true;
    const known = own.get(matchId);
    // Of another replica, or of a process that had the name of this one before.
    if (change.replica_id !== replicaId || known === undefined) return change.reason === REPLICA_LOST;
    if (next === "live") own.set(matchId, "live");
    else own.delete(matchId);
    return known !== next;
  };

  const ticketChanged = (change: Change) => {
    const ticketId = complete(change.ticket_id, change);
    const userId = complete(change.user_id, change);
    if (change.event === "ticket:opened") emitter.emit("ticket:opened", { ticketId, userId });
    if (change.event === "ticket:requeued")
      emitter.emit("ticket:requeued", { ticketId, userId, reason: reasonOf(change) });
    if (change.event === "ticket:closed") emitter.emit("ticket:closed", { ticketId, userId, reason: reasonOf(change) });
    if (change.event !== "ticket:closed") onWaiting();
  };

  const matchChanged = (change: Change) => {
    const matchId = complete(change.match_id, change);
    if (change.reason === REPLICA_LOST && own.delete(matchId)) return emitter.emit("match:lost", { matchId });
    if (!isNews(change, matchId, change.event === "match:live" ? "live" : "over")) return;
    if (change.event === "match:live") emitter.emit("match:live", { matchId });
    if (change.event === "match:expired") emitter.emit("match:expired", { matchId, missing: change.missing ?? [] });
    if (change.event === "match:ended") emitter.emit("match:ended", { matchId, reason: reasonOf(change) });
  };

  const changedOne = (change: Change): void => {
    switch (change.event) {
      case "ticket:opened":
      case "ticket:requeued":
      case "ticket:closed":
        return ticketChanged(change);
      case "match:live":
      case "match:expired":
      case "match:ended":
        return matchChanged(change);
      case "ticket:known":
      case "ticket:held":
      case "match:confirmed":
        return;
      default:
        unreachable(change.event);
    }
  };

  return {
    source: emitter,
    emit: emitter.emit,
    made(match, waitMs, bucket) {
      if (match.seats.some((seat) => seat.bot)) own.set(match.matchId, "pending");
      emitter.emit("match:made", { match, waitMs, bucket });
    },
    changed: (changes) => changes.forEach(changedOne),
    adopt: (matchId) => void own.set(matchId, "live"),
    forget: (matchId) => void own.delete(matchId),
    ownOpen() {
      const of = (status: "pending" | "live") => [...own].filter(([, is]) => is === status).map(([matchId]) => matchId);
      return { pending: of("pending"), live: of("live") };
    },
  };
}

const reasonOf = (change: Change): string => complete(change.reason, change);

function complete(value: string | null, change: Change): string {
  invariant(value !== null, `a row of ${change.event} is complete`);
  return value;
}
