import { describe, expect, it } from "vitest";
import { withoutAddress } from "./evidence.ts";

describe("the words of a runtime", () => {
  it.each([
    [
      "WebSocket connection to 'ws://h:1/socket/websocket?apikey=k&vsn=2' failed: Expected 101 status code: 401",
      "WebSocket connection to the server failed: Expected 101 status code: 401",
    ],
    ['cannot reach "https://h/x?apikey=k"', "cannot reach the server"],
    ["wss://h/?apikey=k closed", "the server closed"],
    ["it's over", "it's over"],
  ])("lose the address and its quotes: %s", (said, kept) => {
    expect(withoutAddress(said)).toBe(kept);
  });
});
