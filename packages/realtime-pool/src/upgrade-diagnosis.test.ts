import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { FakeDriver } from "../test/fake-driver.ts";
import { classify, type Evidence } from "./classify.ts";
import { type UpgradeAnswer, withUpgradeDiagnosis } from "./upgrade-diagnosis.ts";

const onBun = (status: number): Evidence => ({
  where: "handshake",
  text: `WebSocket connection failed: Expected 101 status code: ${status}`,
  httpStatus: status,
});
const onNode: Evidence = { where: "handshake", text: "Received network error or non-101 status code." };
const FULL: UpgradeAnswer = { status: 429, text: "Too many connected users" };

/** A driver whose handshakes all fail like this, and whose questions are answered by hand. */
function makeDriver(refusal: Evidence) {
  const { clock } = testRuntime();
  const questions: { readonly signal: AbortSignal; answer(said: UpgradeAnswer | null): void }[] = [];
  const driver = withUpgradeDiagnosis({
    driver: new FakeDriver({ handshake: () => refusal }),
    clock,
    ask: (signal) =>
      new Promise((resolve) => {
        questions.push({ signal, answer: resolve });
        signal.addEventListener("abort", () => resolve(null), { once: true });
      }),
  });
  const told: Evidence[] = [];
  const open = () =>
    driver.open({
      onOpen: () => {},
      onHeartbeat: () => {},
      onPresenceDropped: () => {},
      onClosed: (evidence) => told.push(evidence),
    });
  return { clock, questions, told, open };
}

describe("the reason of a refused handshake", () => {
  it.each([
    ["Bun", onBun(429)],
    ["Node", onNode],
  ])("is asked for on %s, and told in the place of the runtime's words", async (_, refusal) => {
    const { clock, questions, told, open } = makeDriver(refusal);
    open();
    await clock.advance(0);
    expect(told).toEqual([]);
    questions[0]?.answer(FULL);
    await clock.advance(0);
    expect(told.map(classify)).toMatchObject([{ errorClass: "capacity", reason: "Too many connected users" }]);
  });

  it("tells a suspended project from a protocol nobody speaks", async () => {
    const { clock, questions, told, open } = makeDriver(onBun(403));
    open();
    await clock.advance(0);
    questions[0]?.answer({ status: 403, text: "Realtime was disabled for this tenant" });
    await clock.advance(0);
    expect(told.map(classify)).toMatchObject([{ errorClass: "configuration", floorMs: 300_000 }]);
  });

  it.each([
    onBun(401),
    onBun(404),
    onBun(502),
    { where: "handshake", text: "WebSocket connection to the server failed: Failed to connect" },
    { where: "handshake", text: "handshake timed out after 10000 ms" },
    { where: "close", text: "", closeCode: 1006 },
  ] satisfies Evidence[])("is not asked for where it is certain: %j", async (refusal) => {
    const { clock, questions, told, open } = makeDriver(refusal);
    open();
    await clock.advance(0);
    expect(told).toEqual([refusal]);
    expect(questions.length).toBe(0);
  });

  it("is asked for once for all who are refused meanwhile, and not again for 5 s", async () => {
    const { clock, questions, told, open } = makeDriver(onBun(429));
    for (let socket = 0; socket < 10; socket += 1) open();
    await clock.advance(2000);
    expect(questions.length).toBe(1);
    questions[0]?.answer(FULL);
    await clock.advance(4000);
    open();
    await clock.advance(0);
    expect(questions.length).toBe(1);
    expect(told.map((evidence) => classify(evidence).errorClass)).toEqual(Array(11).fill("capacity"));
    await clock.advance(1000);
    open();
    await clock.advance(0);
    expect(questions.length).toBe(2);
    questions[1]?.answer(null);
  });

  it.each([null, { status: 101, text: "" }, { status: 503, text: "" }])(
    "stays as the runtime told it when the answer is %j",
    async (answer) => {
      const { clock, questions, told, open } = makeDriver(onBun(429));
      open();
      await clock.advance(0);
      questions[0]?.answer(answer);
      await clock.advance(0);
      expect(told).toEqual([onBun(429)]);
    },
  );

  it("is given up when the last who waits for it is closed, and told nobody", async () => {
    const { clock, questions, told, open } = makeDriver(onNode);
    const sockets = [open(), open()];
    await clock.advance(0);
    await sockets[0]?.close();
    expect(questions[0]?.signal.aborted).toBe(false);
    await sockets[1]?.close();
    expect(questions[0]?.signal.aborted).toBe(true);
    await clock.advance(0);
    expect(told).toEqual([]);
    open();
    await clock.advance(0);
    expect(questions.length).toBe(2);
    questions[1]?.answer(FULL);
    await clock.advance(0);
    expect(told.map((evidence) => classify(evidence).errorClass)).toEqual(["capacity"]);
  });
});
