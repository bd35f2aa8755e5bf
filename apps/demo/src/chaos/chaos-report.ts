import { percentile } from "../figures.ts";
import type { ChaosResult, ChaosView, FaultRecord } from "./chaos.types.ts";
import { describeFault } from "./schedule.ts";

interface Spread {
  readonly p50: number | null;
  readonly max: number | null;
}

interface FaultOutcome {
  readonly count: number;
  /** Channels of the fleet that were lost. */
  readonly channels_lost: number;
  /** Channels and clients of people that failed. */
  readonly people_failures: number;
  /** Time until all channels and all people were back, over the faults after which they were. */
  readonly recovery_ms: Spread;
  /** How often a channel or a person was not back in time. */
  readonly not_recovered: number;
}

/** One line of `--json`, under `chaos`. */
export interface ChaosOutcome {
  readonly seed: number;
  readonly completed: boolean;
  readonly failure: string | null;
  readonly faults: Readonly<Record<string, FaultOutcome>>;
  /** Recovery of the fleet's channels, over the faults that lost any. */
  readonly channels_recovery_ms: Spread;
  readonly people_recovery_ms: Spread;
  readonly faults_not_recovered_from: number;
  readonly people_served: number;
  readonly joins_refused_because_of_us: number;
  readonly channels_dead: number;
}

export function chaosOutcome(result: ChaosResult, seed: number): ChaosOutcome {
  const { records, isComplete, peopleServed, joinsRefusedBecauseOfUs, channelsDead } = result;
  const faults: Record<string, FaultOutcome> = {};
  for (const kind of new Set(records.map((record) => record.kind))) {
    const same = records.filter((record) => record.kind === kind);
    const sum = (what: "channelsLost" | "peopleFailures") => same.reduce((total, record) => total + record[what], 0);
    faults[kind] = {
      count: same.length,
      channels_lost: sum("channelsLost"),
      people_failures: sum("peopleFailures"),
      recovery_ms: spread(same.map(recoveryMs)),
      not_recovered: same.filter(({ isRecovered }) => !isRecovered).length,
    };
  }
  return {
    seed,
    completed: isComplete,
    failure: result.failure,
    faults,
    channels_recovery_ms: spread(lossesOf(records, "channelsLost").map(({ channelsBackMs }) => channelsBackMs)),
    people_recovery_ms: spread(lossesOf(records, "peopleLost").map(({ peopleBackMs }) => peopleBackMs)),
    faults_not_recovered_from: records.filter(({ isRecovered }) => !isRecovered).length,
    people_served: peopleServed,
    joins_refused_because_of_us: joinsRefusedBecauseOfUs,
    channels_dead: channelsDead,
  };
}

const lossesOf = (records: readonly FaultRecord[], what: "channelsLost" | "peopleLost") =>
  records.filter((record) => record[what] > 0);

function recoveryMs({ channelsBackMs, peopleBackMs }: FaultRecord): number | null {
  return channelsBackMs === null || peopleBackMs === null ? null : Math.max(channelsBackMs, peopleBackMs);
}

function spread(samples: readonly (number | null)[]): Spread {
  const known = samples.filter((sample) => sample !== null);
  return { p50: percentile(known, 0.5), max: percentile(known, 1) };
}

/** Returns whether everything came back. A run that was ended early need not have served every person. */
export function isChaosSurvived(outcome: ChaosOutcome, people: number): boolean {
  if (outcome.failure !== null) return false;
  const isUnharmed = outcome.joins_refused_because_of_us === 0 && outcome.faults_not_recovered_from === 0;
  if (!outcome.completed) return isUnharmed;
  return isUnharmed && outcome.channels_dead === 0 && outcome.people_served === people;
}

const RECORDS_SHOWN = 5;

/** Draws the current fault and the results of the latest ones, always in the same number of lines. */
export function drawChaos({ current, number, of, records }: ChaosView): string[] {
  const latest = records.slice(-RECORDS_SHOWN).reverse();
  return [
    `  ${currentText(current, number, of)}`,
    ...Array.from({ length: RECORDS_SHOWN }, (_, index) => {
      const record = latest[index];
      return record ? `  ${recordText(record)}` : "";
    }),
  ];
}

function currentText(current: ChaosView["current"], number: number, of: number): string {
  if (current === null) return "";
  if (current === "recovering") return `${number} of ${of}: everybody comes back`;
  if (current === "serving") return "all faults are over: everybody is to be served once more";
  return `${number} of ${of}: ${current}, ${describeFault(current)}`;
}

const backText = (backMs: number | null) => (backMs === null ? "NOT back" : `back in ${backMs} ms`);

/** Writes one fault and its result in one line. */
export function recordText(record: FaultRecord): string {
  const { kind, channelsLost, channelsBackMs, peopleLost, peopleFailures, peopleBackMs, joinsRefused } = record;
  const parts = [
    ...(channelsLost > 0 ? [`${channelsLost} channels ${backText(channelsBackMs)}`] : []),
    ...(peopleLost > 0 ? [`${peopleLost} people ${backText(peopleBackMs)}`] : []),
    ...(peopleLost === 0 && peopleFailures > 0 ? [`${peopleFailures} channels of people failed`] : []),
    ...(joinsRefused > 0 ? [`${joinsRefused} refused`] : []),
    ...(record.isRecovered ? [] : ["NOT all back"]),
  ];
  return `${kind.padEnd(18)}${parts.join(", ") || "nothing was lost"}`;
}

/** Draws all faults and the verdict, for people. */
export function drawVerdict(outcome: ChaosOutcome, people: number): string {
  const lines = Object.entries(outcome.faults).map(([kind, { count, channels_lost: lost, ...fault }]) => {
    const times = count > 1 ? `${count} times, ` : "";
    const back =
      fault.not_recovered > 0 ? "NOT everybody back" : `everybody back after ${fault.recovery_ms.max} ms at most`;
    return `  ${kind.padEnd(18)}${times}${lost} channels lost, ${back}`;
  });
  const { people_served: served, joins_refused_because_of_us: refused, channels_dead: dead, completed } = outcome;
  const sum = `${served} of ${people} people served after the last fault, ${refused} joins refused because of us, ${dead} channels dead`;
  const verdict = outcome.failure ?? (completed ? sum : "ended before all faults were through");
  return `${[`chaos, seed ${outcome.seed}:`, ...lines, `  ${verdict}`].join("\n")}\n`;
}
