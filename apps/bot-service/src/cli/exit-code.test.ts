import { UsageError } from "@shoal/command-line";
import { FleetError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../config.ts";
import { exitCodeOf } from "./exit-code.ts";

function configError(): unknown {
  try {
    return parseConfig({ HTTP_PORT: "many" });
  } catch (error) {
    return error;
  }
}

describe("exitCodeOf", () => {
  it.each([
    ["a wrong option", new UsageError("there is no command x", "bun run shoal help"), 2],
    ["a wrong variable", configError(), 2],
    ["a fleet file that cannot be used", new FleetError("CONFIG_FLEET_FILE", "FLEET_CONFIG x.ts: cannot be loaded"), 2],
    ["a database that refuses DATABASE_URL", new FleetError("STORE_ACCESS_DENIED", "no such database"), 2],
    ["a database that is away", new FleetError("STORE_UNAVAILABLE", "away", { retryable: true }), 1],
    ["a port that is taken", new FleetError("HTTP_PORT_TAKEN", "cannot listen"), 1],
    ["a mistake of ours", new TypeError("x is undefined"), 1],
  ])("tells what must be changed from what failed: %s", (_, thrown, code) => {
    expect(exitCodeOf(thrown)).toBe(code);
  });
});
