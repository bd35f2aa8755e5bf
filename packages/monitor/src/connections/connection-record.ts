import { type Clock, createSampleRing, type DurationSummary, summarize } from "@shoal/kernel";
import type { PoolStats } from "@shoal/realtime-pool";
import { createErrorPatterns, type ErrorReport, shownReason } from "./error-patterns.ts";
import { type ConnectionHistory, createStateHistories, type HistoryLimits } from "./state-histories.ts";

const KINDS = ["join", "handshake", "heartbeat", "canary", "notice"] as const;

/** What is timed: a join, a socket's handshake, a round trip of a heartbeat or of a canary, a broadcast by HTTP. */
export type ResponseKind = (typeof KINDS)[number];

/** Health of the Realtime connections at a glance, for `/api/health` and the command line. Plain JSON. */
export interface ConnectionReport {
  /** Open and connecting sockets; `active` are open; `failed` were closed by an error, since start. */
  readonly sockets: { readonly total: number; readonly active: number; readonly failed: number };
  /** Channels held now; `active` are joined; `failed` were given up, since start. */
  readonly channels: { readonly total: number; readonly active: number; readonly failed: number };
  /** Sockets connected again after a loss, tries included, since start. */
  readonly reconnectAttempts: number;
  /** Joins after a channel's first one, since start: retries, and rejoins after a loss. */
  readonly rejoinAttempts: number;
  /** In ms; exact for the last 1,024 answers of each kind. `overall` is over all of these together. */
  readonly responseMs: Readonly<Record<"overall" | ResponseKind, DurationSummary>>;
  readonly errors: ErrorReport;
  /** Server, live sockets and channels with an error since they last were well; at most 20, longest unchanged first. */
  readonly troubled: readonly ConnectionHistory[];
}

/** The pool's figures that the report is made with. */
export interface ConnectionStats extends Pick<PoolStats, "channels" | "reconnects"> {
  readonly sockets: Pick<PoolStats["sockets"], "open" | "connecting">;
}

interface Failure {
  readonly errorClass: string;
  readonly reason: string;
}

const ANSWERS_KEPT = 1024;
/** Bounds a source that never joins again what it lost; far more than a pool holds channels. */
const LOST_KEPT = 100_000;
const MOST_TROUBLED = 20;
const WELL = new Set(["open", "joined", "recovered", "changes-ready", "up"]);
/** A failed channel is not released: its `acquire` was rejected, and there is no holder. */
const ENDS = new Set(["closed", "released", "failed"]);

function isTroubled({ changes }: ConnectionHistory): boolean {
  const lastWell = changes.findLastIndex(({ state }) => WELL.has(state));
  return changes.slice(lastWell + 1).some(({ errorClass }) => errorClass !== undefined);
}

function createResponseTimes() {
  const rings = new Map(KINDS.map((kind) => [kind, createSampleRing(ANSWERS_KEPT)]));
  const values = (kind: ResponseKind) => rings.get(kind)?.values() ?? new Float64Array();
  return {
    add: (kind: ResponseKind, durationMs: number) => rings.get(kind)?.add(durationMs),
    report: (): ConnectionReport["responseMs"] => ({
      overall: summarize(...KINDS.map(values)),
      join: summarize(values("join")),
      handshake: summarize(values("handshake")),
      heartbeat: summarize(values("heartbeat")),
      canary: summarize(values("canary")),
      notice: summarize(values("notice")),
    }),
  };
}

/** Keeps what is remembered of a pool's connections, in bounded space. `ConnectionMonitor` writes it from events. */
export function createConnectionRecord(clock: Clock, limits: HistoryLimits) {
  const histories = createStateHistories(limits);
  const errors = createErrorPatterns();
  const responses = createResponseTimes();
  const counts = { socketsFailed: 0, rejoins: 0 };
  /** Kept apart from the histories, which forget most of a large fleet that is lost at once. */
  const lost = new Set<string>();
  const nowIso = () => new Date(clock.now()).toISOString();

  return {
    counts,
    answered: responses.add,
    histories: histories.all,
    isLost: (connection: string) => lost.has(connection),
    changed(connection: string, state: string, failure?: Failure): void {
      const at = nowIso();
      if (state !== "lost") lost.delete(connection);
      else if (lost.size < LOST_KEPT) lost.add(connection);
      const cause = failure && { errorClass: failure.errorClass, reason: shownReason(failure.reason) };
      histories.add(connection, { at, state, ...cause }, ENDS.has(state));
      if (cause) errors.add({ at, connection, ...cause });
    },
    /** Records an error of something that has no state of its own. */
    failed(what: string, { errorClass, reason }: Failure): void {
      errors.add({ at: nowIso(), connection: what, errorClass, reason: shownReason(reason) });
    },
    report({ sockets, channels, reconnects }: ConnectionStats): ConnectionReport {
      const { waiting, joining, joined, failed } = channels;
      return {
        sockets: { total: sockets.open + sockets.connecting, active: sockets.open, failed: counts.socketsFailed },
        channels: { total: waiting + joining + joined, active: joined, failed },
        reconnectAttempts: reconnects,
        rejoinAttempts: counts.rejoins,
        responseMs: responses.report(),
        errors: errors.report(),
        troubled: histories.live().filter(isTroubled).slice(0, MOST_TROUBLED),
      };
    },
  };
}
