import { describe, expect, it } from "vitest";
import { Socket } from "./socket.ts";

interface Gate {
  open(): void;
  readonly passed: Promise<void>;
}

function gate(): Gate {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

function makeSocket(work: (event: string) => Promise<void> | undefined) {
  const handled: string[] = [];
  const closed: number[] = [];
  const failures: string[] = [];
  const socket = new Socket({
    id: 1,
    vsn: "2.0.0",
    token: "",
    claims: { role: "anon", exp: 0 },
    headers: {},
    wire: { write: () => {}, close: (code) => closed.push(code), closeNow: (code) => closed.push(code) },
    onFailure: (error) => failures.push(error.message),
    onClose: (ended) => ended.markClosed(),
    onFrame: (_socket, frame) => {
      if (frame.kind !== "message") return undefined;
      handled.push(frame.event);
      return work(frame.event);
    },
  });
  const receive = (event: string) => socket.receive(JSON.stringify([null, null, "realtime:x", event, {}]));
  return { socket, handled, closed, failures, receive };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a socket", () => {
  it("handles nothing more while one frame is under way, and then the rest in order", async () => {
    const gates = new Map([
      ["join 1", gate()],
      ["join 2", gate()],
    ]);
    const { handled, receive } = makeSocket((event) => gates.get(event)?.passed);
    for (const event of ["a", "join 1", "b", "join 2", "c", "d"]) receive(event);
    await turn();
    expect(handled).toEqual(["a", "join 1"]);
    gates.get("join 1")?.open();
    await turn();
    expect(handled).toEqual(["a", "join 1", "b", "join 2"]);
    receive("e");
    gates.get("join 2")?.open();
    await turn();
    expect(handled).toEqual(["a", "join 1", "b", "join 2", "c", "d", "e"]);
  });

  it("drops what waits when it is gone", async () => {
    const held = gate();
    const { socket, handled, receive } = makeSocket((event) => (event === "join" ? held.passed : undefined));
    receive("join");
    receive("late");
    socket.markClosed();
    held.open();
    await turn();
    expect(handled).toEqual(["join"]);
    expect(socket.closedSignal.aborted).toBe(true);
  });

  it("ends with 1011, and alone, when a frame cannot be handled, at once or later", async () => {
    for (const work of [
      () => {
        throw new Error("no");
      },
      () => Promise.reject(new Error("no")),
    ]) {
      const { closed, failures, receive } = makeSocket(work);
      receive("a");
      await turn();
      expect({ closed, failures }).toEqual({ closed: [1011], failures: ["no"] });
    }
  });

  it("is dropped without a close frame when too much waits", () => {
    const { socket, closed, receive } = makeSocket(() => gate().passed);
    receive("join");
    for (let count = 0; count < 11; count += 1) socket.receive("x".repeat(4_900_000));
    expect(closed).toEqual([1006]);
  });

  it("is dropped as well when what waits is nothing, but too often", () => {
    const { socket, closed, receive } = makeSocket(() => gate().passed);
    receive("join");
    for (let count = 0; count < 1_000_000 && closed.length === 0; count += 1) socket.receive("");
    expect(closed).toEqual([1006]);
  });
});
