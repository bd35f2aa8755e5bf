import { expect, test } from "vitest";
import { failureOf } from "./failure.ts";

const reply = (reason: string) => new Error(reason, { cause: { reason } });

test.each([
  ["CHANNEL_ERROR", reply("ClientJoinRateLimitReached: Too many joins per second"), "rate", true],
  ["CHANNEL_ERROR", reply("ConnectionRateLimitReached: Too many connected users"), "rate", true],
  ["CHANNEL_ERROR", reply("Unauthorized: You do not have permissions to read"), "permission", true],
  ["CHANNEL_ERROR", reply("InvalidJWTToken: Token has expired 3 seconds ago"), "auth", true],
  ["CHANNEL_ERROR", reply("UnknownErrorOnChannel"), "unknown", true],
  ["CHANNEL_ERROR", new Error("socket closed: 1012", { cause: { code: 1012, reason: "" } }), "server", false],
  ["CHANNEL_ERROR", new Error("socket closed: 1006", { cause: { code: 1006, reason: "" } }), "network", false],
  ["CHANNEL_ERROR", new Error("channel error: connection lost"), "network", false],
  [
    "CHANNEL_ERROR",
    new Error("channel error: transport failure", { cause: { message: "Expected 101 status code: 429" } }),
    "rate",
    false,
  ],
  ["CHANNEL_ERROR", new Error("heartbeat timeout"), "timeout", false],
  ["TIMED_OUT", undefined, "timeout", false],
  ["CLOSED", undefined, "server", false],
])("%s with %s is of class %s, refused: %s", (status, error, errorClass, isRefusal) => {
  expect(failureOf(status, error)).toEqual({ errorClass, isRefusal });
});
