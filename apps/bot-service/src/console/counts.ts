import type { JobEvents } from "@shoal/job-queue";
import { type EventSource, SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import type { MatchmakerEvents } from "@shoal/matchmaker";
import type { ErrorClass, PoolEvents } from "@shoal/realtime-pool";
import type { StoreEvents } from "@shoal/store";
import type { TurnEvents } from "../replies/talk-hooks.ts";
import type { StrategyEvents } from "../strategies/executor/events.ts";
import { SHARED_THRESHOLDS } from "./thresholds.ts";

export interface CountSources {
  readonly pool: Pick<EventSource<PoolEvents>, "on">;
  readonly matchmaker: Pick<EventSource<MatchmakerEvents>, "on">;
  readonly jobs: Pick<EventSource<JobEvents>, "on">;
  readonly strategies: Pick<EventSource<StrategyEvents>, "on">;
  readonly turns: Pick<EventSource<TurnEvents>, "on">;
  readonly statements: readonly Pick<EventSource<StoreEvents>, "on">[];
}

/** What has happened since the start, where snapshots have no total of it. */
export type Counts = ReturnType<typeof createCounts>["counts"];

const isAuth = (errorClass: ErrorClass | null) => errorClass === "auth" || errorClass === "permission";

const COUNT_OF_ENGINE = { model: "byModel", rules: "byRules", safety: "bySafety" } as const;

/** Counts events for the histories and the alerts, until closed. */
export function createCounts({ pool, matchmaker, jobs, strategies, turns, statements }: CountSources) {
  const counts = {
    ...{ joinsRefusedByRate: 0, joinsRefused: 0, authErrors: 0, handshakes: 0, sendsRefused: 0 },
    ...{ waits: 0, longWaits: 0, jobsClaimed: 0, jobsDead: 0, runs: 0, runsFailed: 0, quarantined: 0 },
    ...{ byModel: 0, byRules: 0, bySafety: 0 },
    ...{ statements: 0, connectionWaits: 0, scarceWaits: 0, longScarceWaits: 0 },
  };
  const add = (name: keyof typeof counts, by = 1) => {
    counts[name] += by;
  };
  const countAuth = ({ errorClass }: { readonly errorClass: ErrorClass | null }) => {
    if (isAuth(errorClass)) add("authErrors");
  };
  const { matchWaitSeconds, connectionWaitSeconds } = SHARED_THRESHOLDS;
  const offs: Unsubscribe[] = [
    pool.on("channel:refused", (event) => {
      countAuth(event);
      if (event.errorClass === "rate") add("joinsRefusedByRate");
      else if (!isAuth(event.errorClass)) add("joinsRefused");
    }),
    pool.on("budget:throttled", ({ budget }) => {
      if (budget === "joins") add("joinsRefusedByRate");
    }),
    pool.on("channel:lost", countAuth),
    pool.on("socket:closed", countAuth),
    pool.on("token:failed", () => add("authErrors")),
    pool.on("socket:open", () => add("handshakes")),
    pool.on("send:refused", () => add("sendsRefused")),
    matchmaker.on("match:made", ({ waitMs }) => {
      add("waits", waitMs.length);
      add("longWaits", waitMs.filter((ms) => ms > matchWaitSeconds * SECOND_MS).length);
    }),
    jobs.on("jobs:claimed", ({ count }) => add("jobsClaimed", count)),
    jobs.on("job:dead", () => add("jobsDead")),
    strategies.on("strategy:ran", ({ outcome }) => {
      add("runs");
      if (outcome !== "ok") add("runsFailed");
    }),
    strategies.on("strategy:halted", ({ status }) => {
      if (status === "quarantined") add("quarantined");
    }),
    turns.on("turn:said", ({ engine }) => add(COUNT_OF_ENGINE[engine])),
    ...statements.flatMap((events) => [
      events.on("statement:ended", () => add("statements")),
      events.on("connection:waited", ({ waitedMs }) => {
        add("connectionWaits");
        if (waitedMs > connectionWaitSeconds.warning * SECOND_MS) add("scarceWaits");
        if (waitedMs > connectionWaitSeconds.critical * SECOND_MS) add("longScarceWaits");
      }),
    ]),
  ];
  return {
    counts,
    close() {
      for (const off of offs) off();
    },
  };
}
