import { EventEmitter } from "node:events";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { onStopSignal } from "./stop-signal.ts";

function makeProcess() {
  const exits: number[] = [];
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  const clock = createSimulatedClock();
  let isRequested = false;
  const stop = onStopSignal(process, clock);
  void stop.requested.then(() => {
    isRequested = true;
  });
  return { process, clock, exits, stop, isRequested: () => isRequested };
}

describe("onStopSignal", () => {
  it.each(["SIGTERM", "SIGINT"])("asks to stop at the first %s", async (signal) => {
    const { process, exits, stop } = makeProcess();
    process.emit(signal);
    await stop.requested;
    expect(exits).toEqual([]);
  });

  it("takes the copy of a Ctrl-C that a parent passes on for the same press", async () => {
    const { process, clock, exits, stop } = makeProcess();
    process.emit("SIGINT");
    process.emit("SIGINT");
    await clock.advance(100);
    process.emit("SIGINT");
    await stop.requested;
    expect(exits).toEqual([]);
  });

  it("ends the process where it stands at a second press", async () => {
    const { process, clock, exits } = makeProcess();
    process.emit("SIGINT");
    process.emit("SIGINT");
    await clock.advance(1000);
    process.emit("SIGINT");
    expect(exits).toEqual([130]);
  });

  it("stays deaf to further SIGTERM, so that none cuts a drain short", async () => {
    const { process, clock, exits } = makeProcess();
    process.emit("SIGTERM");
    await clock.advance(1000);
    process.emit("SIGTERM");
    expect(exits).toEqual([]);
  });

  it("stops on request of the program itself", async () => {
    const { stop, isRequested } = makeProcess();
    expect(isRequested()).toBe(false);
    stop.request();
    await stop.requested;
  });
});
