/** The replicas of a scenario, in the order in which they start. */
export type ReplicaName = "a" | "b" | "c" | "d" | "e" | "f";

/** One thing that happens. Each is over before the next one begins. */
export type Step =
  /** Starts daemons at once and waits until each is ready. */
  | { readonly do: "start"; readonly replicas: readonly ReplicaName[] }
  /** SIGKILL. */
  | { readonly do: "kill"; readonly replica: ReplicaName }
  /** SIGTERM to all of them at once; waits until each has ended, with exit code 0. */
  | { readonly do: "drain"; readonly replicas: readonly ReplicaName[] }
  /** SIGSTOP; SIGCONT. */
  | { readonly do: "freeze" | "thaw"; readonly replica: ReplicaName }
  /** Nothing passes any more between the daemon and one of its servers, in either direction, while connections stay open; it passes again. */
  | { readonly do: "cut" | "mend"; readonly replica: ReplicaName; readonly from: Link }
  /** Further people come to talk, one after the other. */
  | { readonly do: "come"; readonly people: number }
  /** Stops the Postgres at once, as on a failover of its machine; it starts again by itself. */
  | { readonly do: "restart-postgres" }
  /** Has the Postgres do nothing for so long: all its processes are frozen, and go on where they were. */
  | { readonly do: "hang-postgres"; readonly forMs: number }
  /** Lets people talk. */
  | { readonly do: "pass"; readonly forMs: number }
  /** Waits until the fleet is whole and spread evenly and everybody talks, and reports how long that took since the last step that changed something. */
  | { readonly do: "settle" };

/** What a daemon is connected to. */
export type Link = "postgres" | "realtime";

/** How daemons reach the Postgres. */
export type Through = "direct" | "session" | "transaction";

/** One story about a fleet, as data. What is checked after each of them is in `findings.ts`. */
export interface Scenario {
  readonly name: string;
  /** Replicas there are at the beginning. */
  readonly replicas: readonly ReplicaName[];
  readonly through?: Through;
  /** People who talk with a bot from the beginning to the end. */
  readonly talking: number;
  /** People who are in the lobby and want nothing. */
  readonly resting?: number;
  /** How people come in. Default: `lobby`. With `http` they are not in the lobby, whose messages grow with the square of their number. */
  readonly comeBy?: "lobby" | "http";
  /** Bots of the fleet that are to run, all replicas together. */
  readonly bots: number;
  /** Bots started by command. */
  readonly deployed?: number;
  /** Joins that the project allows to everybody within a second. Default: 100, as a self-hosted server. */
  readonly joinsPerSecond?: number;
  /** Whether the server has counted joins for a minute before the daemons start, so that it allows no more than its rate. */
  readonly isWarm?: boolean;
  /** How often somebody comes who only looks in. Default: 500 ms. */
  readonly canaryEveryMs?: number;
  /** What the environment of each daemon has besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How far the wall clock of a replica is off. */
  readonly clockOffMs?: Partial<Record<ReplicaName, number>>;
  /** Replicas that run the commit before this one. */
  readonly previous?: readonly ReplicaName[];
  /** Whether people show all the time that they type, and speak twice as often. */
  readonly isTyping?: boolean;
  readonly steps: readonly Step[];
  /** Replicas whose conversations may end, because nobody was there to hand them over. Default: none. */
  readonly mayLose?: readonly ReplicaName[];
  /** Time that a settled fleet may take after the last change, in ms. Default: 60 s. */
  readonly settleMs?: number;
}

/** Whether nothing but the truth is seen of every daemon: none is out of reach while it lives, and none follows older rules. */
export function isInReach({ steps, previous = [] }: Scenario): boolean {
  return previous.length === 0 && steps.every((step) => step.do !== "freeze" && step.do !== "cut");
}

/** Spread within one of even. @source issue 15 */
export const SETTLE_MS = 60_000;
/** All bots back after a replica was killed or frozen. @source issue 15 */
export const TAKEOVER_MS = 12_000;
