import { HOUR_MS } from "@shoal/kernel";
import { parseKeyring } from "../strategies/secrets/keyring.ts";
import { oneOf, optionalWholeNumber, text, textList, wholeNumber } from "./variable.ts";

/** Owners' strategies: when they run, what a run may take, how many there may be. @source SPEC C and D for the names and most defaults */
export const strategyVariables = {
  strategyExecutor: oneOf("STRATEGY_EXECUTOR", {
    description:
      "How strategies that are due are run: `continuous` whenever one is due and a place is free; `cycle` a few at a time, by the four variables below; `off` not by this daemon, so that others may.",
    default: "continuous",
    values: ["continuous", "cycle", "off"],
  }),
  strategiesPerCycle: wholeNumber("STRATEGIES_PER_CYCLE", {
    description: "Strategies that one cycle runs at most, with `STRATEGY_EXECUTOR=cycle`.",
    default: 5,
    min: 1,
    max: 10_000,
    unit: "strategies",
  }),
  strategyBatchSize: wholeNumber("STRATEGY_BATCH_SIZE", {
    description: "Strategies that a cycle takes at a time.",
    default: 3,
    min: 1,
    max: 1000,
    unit: "strategies",
  }),
  strategyBatchPauseMs: wholeNumber("STRATEGY_BATCH_PAUSE_MS", {
    description: "Pause between two batches of one cycle.",
    default: 300,
    min: 0,
    max: HOUR_MS,
    unit: "ms",
  }),
  strategyCycleMs: wholeNumber("STRATEGY_CYCLE_MS", {
    description: "Time from the start of one cycle to the start of the next; longer where a cycle takes longer.",
    default: 30_000,
    min: 100,
    max: HOUR_MS,
    unit: "ms",
  }),
  maxConcurrentStrategies: optionalWholeNumber("MAX_CONCURRENT_STRATEGIES", {
    description:
      "Runs of strategies that one daemon has at the same time, and child processes for them; others that are due wait in the database.",
    defaultText: "one per processor core",
    min: 1,
    max: 256,
    unit: "runs",
  }),
  strategyTimeLimitMs: wholeNumber("STRATEGY_TIME_LIMIT_MS", {
    description: "Time of one run, calls that wait included; then it is ended, without orders.",
    default: 3000,
    min: 100,
    max: 60_000,
    unit: "ms",
  }),
  maxCpuTimeSeconds: wholeNumber("MAX_CPU_TIME_SECONDS", {
    description: "Processor time of one run; its process is killed then, and replaced.",
    default: 30,
    min: 1,
    max: 600,
    unit: "seconds",
  }),
  maxMemoryMb: wholeNumber("MAX_MEMORY_MB", {
    description:
      "Memory that the process of a run may hold beyond what it holds at rest; it is killed then, and replaced.",
    default: 100,
    min: 64,
    max: 4096,
    unit: "MB",
  }),
  strategyJail: oneOf("STRATEGY_JAIL", {
    description:
      "Walls around the processes of strategies that this system does not allow: `best-effort` runs strategies without them and says so; `required` runs none.",
    default: "best-effort",
    values: ["best-effort", "required"],
  }),
  strategiesPerOwner: wholeNumber("STRATEGIES_PER_OWNER", {
    description: "Strategies that one owner may have, where `shoal.strategy_owners` says nothing else of that owner.",
    default: 50,
    min: 0,
    max: 100_000,
    unit: "strategies",
  }),
  strategyRunsKept: wholeNumber("STRATEGY_RUNS_KEPT", {
    description:
      "Runs of each strategy that are kept with their journals, so that they can be replayed; older ones go.",
    default: 100,
    min: 1,
    max: 10_000,
    unit: "runs",
  }),
  strategyMaxFailures: wholeNumber("STRATEGY_MAX_FAILURES", {
    description: "Failed runs in a row after which a strategy is paused, with the reason.",
    default: 10,
    min: 1,
    max: 1000,
    unit: "runs",
  }),
  strategyMaxKills: wholeNumber("STRATEGY_MAX_KILLS", {
    description:
      "Runs in a row that were ended from outside, by time, processor time or memory, after which a strategy is quarantined.",
    default: 3,
    min: 1,
    max: 1000,
    unit: "runs",
  }),
  strategyMarket: text("STRATEGY_MARKET", {
    description:
      "Where candles of strategies come from that do not say it: `synthetic` is a made-up market for trying.",
    default: "synthetic",
    expected: "synthetic, or the id of an exchange as ccxt names it: 1 to 32 characters of a-z 0-9",
    accepts: (given) => /^[a-z0-9]{1,32}$/.test(given),
  }),
  encryptionKeys: textList("ENCRYPTION_KEY", {
    description:
      "Keys that secrets of owners are sealed with: the first seals, all of them open. Put a new one before the old one, run `shoal secrets rotate`, then take the old one away. `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='` makes one.",
    defaultText: "none: secrets and venues other than paper are refused",
    expected:
      "up to 8 of `<id>:<base64url of 32 bytes>`, separated by commas, each with an id of its own of 1 to 64 characters of a-z A-Z 0-9 _ -",
    isSecret: true,
    most: 8,
    accepts: (given) => parseKeyring(given).ok,
  }),
} as const;
