import { describe, expect, it } from "vitest";
import type { ChaosResult, FaultRecord } from "./chaos.types.ts";
import { chaosOutcome, drawChaos, drawVerdict, isChaosSurvived, recordText } from "./chaos-report.ts";

const calm: FaultRecord = {
  kind: "losePresence",
  channelsLost: 0,
  peopleLost: 0,
  peopleFailures: 0,
  joinsRefused: 0,
  channelsBackMs: 0,
  peopleBackMs: 0,
  isRecovered: true,
};
const drop: FaultRecord = {
  ...calm,
  kind: "dropSockets",
  channelsLost: 7,
  peopleLost: 3,
  peopleFailures: 6,
  channelsBackMs: 900,
  peopleBackMs: 400,
};
const result: ChaosResult = {
  records: [drop, calm, { ...drop, channelsBackMs: 100, peopleBackMs: 1500 }],
  peopleServed: 3,
  joinsRefusedBecauseOfUs: 0,
  channelsDead: 0,
  isComplete: true,
  failure: null,
};

describe("the outcome", () => {
  it("counts per fault and spreads the recoveries", () => {
    expect(chaosOutcome(result, 7)).toEqual({
      seed: 7,
      completed: true,
      failure: null,
      faults: {
        dropSockets: {
          count: 2,
          channels_lost: 14,
          people_failures: 12,
          recovery_ms: { p50: 900, max: 1500 },
          not_recovered: 0,
        },
        losePresence: {
          count: 1,
          channels_lost: 0,
          people_failures: 0,
          recovery_ms: { p50: 0, max: 0 },
          not_recovered: 0,
        },
      },
      channels_recovery_ms: { p50: 100, max: 900 },
      people_recovery_ms: { p50: 400, max: 1500 },
      faults_not_recovered_from: 0,
      people_served: 3,
      joins_refused_because_of_us: 0,
      channels_dead: 0,
    });
  });

  it.each<[string, Partial<ChaosResult>, boolean]>([
    ["everybody was served", {}, true],
    ["somebody was not", { peopleServed: 2 }, false],
    ["a join was refused because of us", { joinsRefusedBecauseOfUs: 1 }, false],
    ["a channel stayed dead", { channelsDead: 1 }, false],
    ["somebody did not come back in time", { records: [{ ...drop, isRecovered: false }] }, false],
    ["the server could not be mended", { failure: "the port is taken (LOCAL_REALTIME_PORT)" }, false],
    ["it was ended in the middle of a fault", { isComplete: false, peopleServed: 0, channelsDead: 4 }, true],
    ["it was ended after a refusal", { isComplete: false, joinsRefusedBecauseOfUs: 1 }, false],
  ])("when %s", (_, change, isSurvived) => {
    expect(isChaosSurvived(chaosOutcome({ ...result, ...change }, 7), 3)).toBe(isSurvived);
  });

  it("takes nobody's return for a quick one who never came back", () => {
    const left = { ...drop, peopleBackMs: null, isRecovered: false };
    const outcome = chaosOutcome({ ...result, records: [drop, left] }, 7);
    expect(outcome.faults.dropSockets).toMatchObject({ recovery_ms: { p50: 900, max: 900 }, not_recovered: 1 });
    expect(outcome.people_recovery_ms).toEqual({ p50: 400, max: 400 });
    expect(drawVerdict(outcome, 3)).toMatch(/dropSockets +2 times, 14 channels lost, NOT everybody back/);
    expect(recordText(left)).toMatch(/7 channels back in 900 ms, 3 people NOT back/);
  });

  it("is told to people, fault by fault", () => {
    const text = drawVerdict(chaosOutcome(result, 7), 3);
    expect(text).toContain("chaos, seed 7:");
    expect(text).toMatch(/dropSockets +2 times, 14 channels lost, everybody back after 1500 ms at most/);
    expect(text).toContain("3 of 3 people served after the last fault, 0 joins refused because of us, 0 channels dead");
    const ended = chaosOutcome({ ...result, isComplete: false }, 7);
    expect(drawVerdict(ended, 3)).toContain("ended before all faults were through");
  });
});

describe("the view", () => {
  it("shows the fault of the moment and what the latest did, in always as many lines", () => {
    const busy = drawChaos({ current: "halfOpen", number: 4, of: 14, records: result.records });
    const quiet = drawChaos({ current: null, number: 1, of: 14, records: [] });
    expect(busy[0]).toContain("4 of 14: halfOpen, nothing is answered");
    expect(busy[1]).toBe(`  ${recordText(result.records[2] as FaultRecord)}`);
    expect(quiet).toHaveLength(busy.length);
    expect(drawChaos({ current: "recovering", number: 4, of: 14, records: [] })[0]).toContain("everybody comes back");
    expect(drawChaos({ current: "serving", number: 15, of: 14, records: [] })[0]).toContain("served once more");
  });

  it("says of each fault what it did", () => {
    expect(recordText(calm)).toMatch(/nothing was lost/);
    expect(recordText({ ...drop, joinsRefused: 2, isRecovered: false })).toMatch(
      /7 channels back in 900 ms, 3 people back in 400 ms, 2 refused, NOT all back/,
    );
    expect(recordText({ ...calm, peopleFailures: 2 })).toMatch(/2 channels of people failed/);
  });
});
