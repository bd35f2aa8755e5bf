import { describe, expect, it } from "vitest";
import { replay } from "./support/replay.ts";
import { startTestServer } from "./support/test-server.ts";

const RECORDINGS = [
  "heartbeat",
  "join",
  "join-errors",
  "join-block",
  "rejoin",
  "malformed",
  "replication-ready",
  "broadcast",
  "presence",
  "presence-abrupt",
  "presence-samekey",
  "presence-rate",
  "token-expiry",
  "idle",
] as const;

describe("frames recorded from the real server", () => {
  it.each(RECORDINGS)("answers as recorded: %s", async (name) => {
    await using test = await startTestServer();
    await replay(name, test);
    await test.server.close();
    expect(test.clock.pendingTimers).toBe(0);
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0, topics: 0 });
  });
});
