import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createUserLimits, USER_BURST, USER_PER_MINUTE } from "./user-limits.ts";

const refused = expect.objectContaining({ code: "STRATEGY_TOO_MANY_DEPLOYS" });
const limits = (clock = createSimulatedClock()) =>
  createUserLimits({ clock, what: "deploys", code: "STRATEGY_TOO_MANY_DEPLOYS" });
const done = async () => "done";

it("lets a user deploy at once what a burst is, and then so many a minute; others and the operator are not held up", async () => {
  const clock = createSimulatedClock();
  const limited = limits(clock);
  for (let count = 0; count < USER_BURST; count += 1) await limited("a", done);
  await expect(limited("a", done)).rejects.toThrow(refused);
  expect(await limited("b", done)).toBe("done");
  for (let count = 0; count < 2 * USER_BURST; count += 1) await limited(null, done);
  await clock.advance(60_000);
  for (let count = 0; count < USER_PER_MINUTE; count += 1) await limited("a", done);
  await expect(limited("a", done)).rejects.toThrow(refused);
});

it("takes no more of one user than ten at a time, also when some fail", async () => {
  const limited = limits();
  const gate = Promise.withResolvers<string>();
  const held = Array.from({ length: 10 }, () => limited("a", () => gate.promise));
  await expect(limited("a", done)).rejects.toThrow(refused);
  gate.reject(new Error("away"));
  expect((await Promise.allSettled(held)).map(({ status }) => status)).toEqual(Array(10).fill("rejected"));
  expect(await limited("a", done)).toBe("done");
});
