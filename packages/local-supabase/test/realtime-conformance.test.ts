import { describe, expect, it } from "vitest";
import { RECORDINGS } from "./support/recordings.ts";
import { replay } from "./support/replay.ts";
import { startTestServer } from "./support/test-server.ts";

describe("frames recorded from the real server", () => {
  it.each(Object.entries(RECORDINGS))("answers as recorded: %s", async (name, overrides) => {
    await using test = await startTestServer(overrides);
    await replay(name, test);
    await test.server.close();
    expect(test.clock.pendingTimers).toBe(0);
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0, topics: 0 });
  });
});
