import { describe, expect, it } from "vitest";
import { findDaemon } from "./daemon.ts";

const HELP = "bun run shoal status --help";

describe("findDaemon", () => {
  it("takes SHOAL_URL, and complains without a daemon on the directory", () => {
    expect(findDaemon({ SHOAL_URL: "http://h:1/" }, () => false, HELP).url).toBe("http://h:1");
    expect(() => findDaemon({ SHOAL_URL: "joe:secret@host" }, () => false, HELP)).toThrow(
      expect.objectContaining({ code: "CLI_USAGE", message: expect.not.stringContaining("secret") }),
    );
    expect(() => findDaemon({ SHOAL_DIRECTORY: "/nonexistent" }, () => false, HELP)).toThrow(
      expect.objectContaining({ code: "CLI_NOT_RUNNING" }),
    );
  });
});
