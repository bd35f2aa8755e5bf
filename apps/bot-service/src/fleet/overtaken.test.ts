import { sleep } from "@shoal/kernel";
import { expect, it } from "vitest";
import type { BotKind } from "./bot-kind.ts";
import { echoKind, fleetFile, makeFleet, message, PERSON, started, talk } from "./fleet.test-support.ts";

const ANSWER_MS = 1000;

/** Answers each message for a second, and notes what the context says at its start and end. */
function slowKind() {
  const calls: { readonly text: string; readonly ofMatch: string; readonly isOvertaken: readonly boolean[] }[] = [];
  const waitedMs: number[] = [];
  const kind: BotKind<null> = {
    ...echoKind,
    async onMessage(ctx, { text, receivedAtMs }) {
      const { overtaken } = ctx;
      waitedMs.push(ctx.clock.monotonicMs() - receivedAtMs);
      const atStart = overtaken.aborted;
      await sleep(ctx.clock, ANSWER_MS, ctx.signal);
      // The signal is the call's own, however long it is kept, and the one that the context has.
      const isOvertaken = [atStart, overtaken.aborted, ctx.overtaken.aborted];
      calls.push({ text, ofMatch: ctx.conversationId, isOvertaken });
    },
  };
  return { kind: kind as BotKind, calls, waitedMs };
}

it("tells a kind that its partner has written again, during the call and before it", async () => {
  const { kind, calls, waitedMs } = slowKind();
  const fleet = await started(makeFleet({ fleet: fleetFile(kind) }));
  const { room } = await talk(fleet);
  const call = (text: string, ...isOvertaken: boolean[]) => ({ text, ofMatch: "m1", isOvertaken });

  room.receive("message", message("one"));
  await fleet.clock.advance(400);
  room.receive("message", { ...message("of another"), from: "somebody else" });
  await fleet.clock.advance(ANSWER_MS);
  expect(calls).toEqual([call("one", false, false, false)]);

  for (const text of ["two", "three", "four"]) {
    room.receive("message", message(text));
    await fleet.clock.advance(200);
  }
  await fleet.clock.advance(3 * ANSWER_MS);
  expect(calls.slice(1)).toEqual([
    call("two", false, true, true),
    call("three", true, true, true),
    call("four", false, false, false),
  ]);
  expect(waitedMs).toEqual([0, 0, ANSWER_MS - 200, 2 * ANSWER_MS - 400]);
  room.receive("leave", { from: PERSON.id, reason: "done" });
});
