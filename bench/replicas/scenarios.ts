import type { Scenario } from "./scenario.ts";

const THREE = ["a", "b", "c"] as const;
/** After it has cost what it costs: no replica comes back before the others have taken all from it. */
const FREEZE_MS = 12_000;
const CUT_MS = 20_000;
const FIVE_MINUTES_MS = 300_000;

/** Sixty people of whom most only look around: 30 bots per hundred, between the two counts. */
export const SIXTY_PEOPLE: Scenario = {
  name: "60 people",
  ...{ replicas: THREE, talking: 6, resting: 54, bots: 15 },
  environment: { BOT_MIN_COUNT: "3" },
  steps: [{ do: "settle" }, { do: "pass", forMs: 10_000 }],
};

/** A project that allows little, and more bots than the share of a minute: 144 joins, of which observers and rooms need a few. */
export const THREE_AT_ONCE: Scenario = {
  name: "three start at once",
  ...{ replicas: THREE, talking: 6, bots: 180, joinsPerSecond: 3, isWarm: true, canaryEveryMs: 6000 },
  environment: { POOL_MAX_SOCKETS: "300" },
  steps: [{ do: "pass", forMs: 75_000 }],
};

/** For every run of the tests: one, because daemons are dear. */
export const SHORT: readonly Scenario[] = [
  {
    name: "the next version takes over from the one before, and one of two is killed",
    ...{ replicas: ["a"], previous: ["a"], talking: 2, bots: 4, deployed: 4 },
    steps: [
      { do: "start", replicas: ["b"] },
      { do: "pass", forMs: 1000 },
      { do: "drain", replicas: ["a"] },
      { do: "settle" },
      { do: "start", replicas: ["c"] },
      { do: "settle" },
      { do: "kill", replica: "b" },
      { do: "settle" },
    ],
    mayLose: ["a", "b"],
  },
];

export const KILL: Scenario = {
  name: "kill -9",
  ...{ replicas: THREE, talking: 6, bots: 15, deployed: 30 },
  steps: [{ do: "settle" }, { do: "kill", replica: "a" }, { do: "settle" }],
  mayLose: ["a"],
};

export const DRAIN_WHILE_TYPING: Scenario = {
  name: "drain while the partner types",
  ...{ replicas: ["a", "b"], talking: 8, bots: 12, isTyping: true },
  steps: [{ do: "settle" }, { do: "drain", replicas: ["a"] }, { do: "settle" }, { do: "pass", forMs: 15_000 }],
};

export const ROLLING_DEPLOY: Scenario = {
  name: "rolling deploy with 200 conversations",
  ...{ replicas: THREE, talking: 200, comeBy: "http", bots: 210 },
  environment: { LOBBY_PRESENCE: "fleet", DRAIN_TIMEOUT_MS: "60000", POOL_EVENTS_PER_SECOND: "100000" },
  steps: [
    { do: "settle" },
    { do: "start", replicas: ["d"] },
    { do: "drain", replicas: ["a"] },
    { do: "start", replicas: ["e"] },
    { do: "drain", replicas: ["b"] },
    { do: "start", replicas: ["f"] },
    { do: "drain", replicas: ["c"] },
    { do: "settle" },
    { do: "pass", forMs: 20_000 },
  ],
};

/** The others, as `bun run bench replicas` plays them. */
export const SCENARIOS: readonly Scenario[] = [
  KILL,
  {
    name: "kill -9, through a transaction pooler",
    ...{ replicas: THREE, through: "transaction", talking: 6, bots: 15, deployed: 30 },
    steps: [{ do: "settle" }, { do: "kill", replica: "b" }, { do: "settle" }],
    mayLose: ["b"],
  },
  {
    name: "frozen",
    ...{ replicas: THREE, talking: 6, bots: 15, deployed: 15 },
    steps: [
      { do: "settle" },
      { do: "freeze", replica: "a" },
      { do: "come", people: 2 },
      { do: "settle" },
      { do: "pass", forMs: FREEZE_MS },
      { do: "thaw", replica: "a" },
      { do: "settle" },
    ],
    mayLose: ["a"],
  },
  {
    name: "SIGTERM",
    ...{ replicas: THREE, talking: 9, bots: 15, deployed: 15 },
    steps: [{ do: "settle" }, { do: "drain", replicas: ["a"] }, { do: "settle" }],
  },
  {
    name: "away from Postgres",
    ...{ replicas: THREE, talking: 6, bots: 15, deployed: 15 },
    steps: [
      { do: "settle" },
      { do: "cut", replica: "a", from: "postgres" },
      { do: "come", people: 2 },
      { do: "pass", forMs: CUT_MS },
      { do: "mend", replica: "a", from: "postgres" },
      { do: "settle" },
    ],
    mayLose: ["a"],
  },
  {
    name: "away from Realtime",
    ...{ replicas: THREE, talking: 6, bots: 15, deployed: 15 },
    steps: [
      { do: "settle" },
      { do: "cut", replica: "a", from: "realtime" },
      { do: "come", people: 2 },
      { do: "pass", forMs: CUT_MS },
      { do: "mend", replica: "a", from: "realtime" },
      { do: "settle" },
    ],
    mayLose: ["a"],
  },
  {
    name: "clocks five minutes off",
    ...{ replicas: THREE, talking: 6, bots: 15, deployed: 15 },
    clockOffMs: { a: FIVE_MINUTES_MS, b: -FIVE_MINUTES_MS },
    steps: [
      { do: "settle" },
      { do: "kill", replica: "c" },
      { do: "settle" },
      { do: "drain", replicas: ["a"] },
      { do: "settle" },
    ],
    mayLose: ["c"],
  },
  {
    name: "Postgres restarts during a takeover",
    ...{ replicas: THREE, talking: 6, bots: 15, deployed: 15 },
    steps: [
      { do: "settle" },
      { do: "kill", replica: "a" },
      { do: "pass", forMs: 4000 },
      { do: "restart-postgres" },
      { do: "settle" },
    ],
    mayLose: ["a"],
  },
  {
    // Longer than every term: whoever is back first must not take the others for dead.
    name: "Postgres hangs",
    ...{ replicas: THREE, talking: 9, bots: 15, deployed: 15 },
    steps: [{ do: "settle" }, { do: "hang-postgres", forMs: 15_000 }, { do: "settle" }, { do: "pass", forMs: 10_000 }],
  },
  {
    name: "1 to 5 to 2",
    // No more talk than are a fair share of five: a bot that talks stays where it is.
    ...{ replicas: ["a"], talking: 4, resting: 56, bots: 20, deployed: 20 },
    steps: [
      { do: "settle" },
      { do: "start", replicas: ["b", "c", "d", "e"] },
      { do: "settle" },
      { do: "drain", replicas: ["a", "b", "c"] },
      { do: "settle" },
    ],
  },
  {
    name: "two drains at once",
    ...{ replicas: ["a", "b", "c"], through: "session", talking: 9, bots: 15, deployed: 15 },
    steps: [{ do: "settle" }, { do: "drain", replicas: ["a", "b"] }, { do: "settle" }],
  },
  DRAIN_WHILE_TYPING,
  ROLLING_DEPLOY,
  {
    name: "mixed versions",
    ...{ replicas: ["a", "b"], previous: ["a"], talking: 6, bots: 12, deployed: 10 },
    steps: [
      { do: "pass", forMs: 15_000 },
      { do: "start", replicas: ["c"] },
      { do: "pass", forMs: 10_000 },
      { do: "drain", replicas: ["a"] },
      { do: "settle" },
    ],
    mayLose: ["a"],
  },
];
