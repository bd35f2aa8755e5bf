import { describe, expect, it } from "vitest";
import { explainWait, ruleOf, type Wait, type WaitCode, type WaitSurroundings } from "./explain.ts";

const none = { starting: 0, idle: 0, talking: 0 };
const alone: Wait = { waitedMs: 1000, hasCompany: false, idleBots: 0 };
const late: Wait = { ...alone, waitedMs: 4000 };
const around: WaitSurroundings = {
  botAfterMs: 4000,
  pairing: "on",
  failureCode: null,
  isLobbyBlind: false,
  bots: none,
  joinsHeld: null,
  otherReplicas: 0,
  otherReplicasWithBots: 0,
};

type Case = readonly [code: WaitCode, wait: Wait, around: Partial<WaitSurroundings>, words: RegExp, details: object];

describe("why somebody is not matched yet", () => {
  it.each<Case>([
    ["next-cycle", { ...alone, hasCompany: true }, {}, /next cycle/, {}],
    ["next-cycle", { ...late, idleBots: 1 }, { bots: { ...none, idle: 1 } }, /next cycle/, {}],
    ["next-cycle", { ...alone, hasCompany: true }, { isLobbyBlind: true, joinsHeld: "away" }, /next cycle/, {}],
    [
      "waits-for-person",
      alone,
      {},
      /Nobody else waits.* 3 s, after a wait of 4 s/,
      { bot_after_ms: 4000, bot_in_ms: 3000 },
    ],
    ["waits-for-person", { ...alone, idleBots: 2 }, { bots: { ...none, idle: 2 } }, / 3 s/, { bot_in_ms: 3000 }],
    ["waits-for-person", { ...alone, waitedMs: 3999.6 }, {}, / 0 s/, { bot_in_ms: 1 }],
    ["waits-for-person", alone, { botAfterMs: 600_000 }, / 10 min, after a wait of 10 min/, {}],
    ["waits-for-person", alone, { botAfterMs: 36_000_000 }, / 10 h, after/, {}],
    ["lobby-blind", alone, { isLobbyBlind: true }, /does not see the lobby/, { bot_in_ms: 3000 }],
    ["no-idle-bot", late, { bots: { ...none, talking: 7 } }, /All bots talk: 7/, { bots: 7 }],
    ["no-idle-bot", late, {}, /No bot runs/, { bots: 0 }],
    ["no-idle-bot", late, { isLobbyBlind: true }, /No bot runs/, { bots: 0 }],
    ["bot-of-own-id", late, { bots: { ...none, idle: 1 } }, /under another id/, { idle_bots: 1 }],
    ["bots-joining", late, { bots: { ...none, starting: 1, talking: 3 } }, /1 bot is joining/, { bots: 1 }],
    ["bots-joining", late, { bots: { ...none, starting: 2 } }, /2 bots are joining/, { bots: 2 }],
    [
      "joins-held",
      late,
      { bots: { ...none, starting: 2 }, joinsHeld: "held" },
      /2 bots wait .* a limit was reached/,
      { joins: "held" },
    ],
    [
      "joins-held",
      late,
      { bots: { ...none, starting: 1 }, joinsHeld: "away" },
      /1 bot waits .* cannot be reached/,
      { joins: "away" },
    ],
    ["joins-held", late, { bots: { ...none, starting: 1 }, joinsHeld: "refused" }, /refuses/, { joins: "refused" }],
    ["joins-held", late, { bots: { ...none, starting: 1 }, joinsHeld: "spent" }, /are spent/, { joins: "spent" }],
    ["no-idle-bot", late, { joinsHeld: "held", bots: { ...none, talking: 1 } }, /All bots talk/, { bots: 1 }],
    [
      "other-replica",
      late,
      { otherReplicas: 2, otherReplicasWithBots: 1 },
      /1 other replica with bots/,
      { replicas: 1 },
    ],
    [
      "other-replica",
      { ...late, hasCompany: true },
      { pairing: "off", otherReplicas: 2 },
      /SHOAL_ROLE=worker.*2 other replicas do/,
      { replicas: 2 },
    ],
    [
      "drains",
      { ...late, hasCompany: true },
      { pairing: "drains", otherReplicas: 1 },
      /1 other replica does/,
      { replicas: 1 },
    ],
    [
      "drains",
      late,
      { pairing: "drains", otherReplicas: 1, failureCode: "STORE_UNAVAILABLE" },
      /drains/,
      { replicas: 1 },
    ],
    ["nobody-pairs", alone, { pairing: "drains" }, /SHOAL_ROLE/, {}],
    ["nobody-pairs", alone, { pairing: "off" }, /SHOAL_ROLE/, {}],
    [
      "pairing-fails",
      { ...alone, hasCompany: true },
      { failureCode: "STORE_UNAVAILABLE" },
      /STORE_UNAVAILABLE/,
      { error_code: "STORE_UNAVAILABLE" },
    ],
  ])("%s: %j, %j", (code, wait, given, words, details) => {
    const reason = explainWait(wait, { ...around, ...given });
    expect(reason).toMatchObject({ code, words: expect.stringMatching(words), details });
  });

  it.each([
    ["alone", alone],
    ["waiting-for-bot-time", { ...alone, idleBots: 1 }],
    ["no-idle-bot", late],
    ["next-cycle", { ...late, idleBots: 1 }],
    ["next-cycle", { ...alone, hasCompany: true }],
  ] as const)("tells people %s", (rule, wait) => {
    expect(ruleOf(wait, 4000)).toBe(rule);
  });
});
