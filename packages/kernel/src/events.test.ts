import { describe, expect, test, vi } from "vitest";
import { createEmitter } from "./events.ts";

interface Events {
  "channel:joined": { readonly topic: string };
  "channel:left": { readonly topic: string; readonly reason: string };
}

const joined = (topic: string) => ({ topic });

describe("an emitter", () => {
  test("calls the listeners of a name in the order they came, and no others", () => {
    const emitter = createEmitter<Events>();
    const heard: string[] = [];
    emitter.on("channel:joined", ({ topic }) => heard.push(`first ${topic}`));
    emitter.on("channel:joined", ({ topic }) => heard.push(`second ${topic}`));
    emitter.on("channel:left", () => heard.push("left"));
    emitter.emit("channel:joined", joined("room:1"));
    expect(heard).toEqual(["first room:1", "second room:1"]);
  });

  test("tells onAny every event with its name, also twice when it was registered twice", () => {
    const emitter = createEmitter<Events>();
    const listener = vi.fn();
    const offs = [emitter.onAny(listener), emitter.onAny(listener)];
    emitter.emit("channel:joined", joined("room:1"));
    expect(listener.mock.calls).toEqual(new Array(2).fill(["channel:joined", joined("room:1")]));
    offs[0]?.();
    emitter.emit("channel:joined", joined("room:2"));
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test("keeps two registrations of one function apart", () => {
    const emitter = createEmitter<Events>();
    const listener = vi.fn();
    const off = emitter.on("channel:joined", listener);
    emitter.on("channel:joined", listener);
    off();
    off();
    emitter.emit("channel:joined", joined("room:1"));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test("does not call a listener that an earlier one took away during the same event", () => {
    const emitter = createEmitter<Events>();
    const late = vi.fn();
    const lateAny = vi.fn();
    emitter.on("channel:joined", () => {
      off();
      offAny();
    });
    const off = emitter.on("channel:joined", late);
    const offAny = emitter.onAny(lateAny);
    emitter.emit("channel:joined", joined("room:1"));
    expect(late).not.toHaveBeenCalled();
    expect(lateAny).not.toHaveBeenCalled();
  });

  test("does not call a listener for the event during which it was added", () => {
    const emitter = createEmitter<Events>();
    const late = vi.fn();
    emitter.on("channel:joined", () => void emitter.on("channel:joined", late));
    emitter.emit("channel:joined", joined("room:1"));
    expect(late).not.toHaveBeenCalled();
  });

  test("goes on after a listener that throws, and reports what it threw as an error", () => {
    const onListenerError = vi.fn();
    const emitter = createEmitter<Events>(onListenerError);
    const after = vi.fn();
    const failure = new Error("listener");
    emitter.on("channel:joined", () => {
      throw failure;
    });
    emitter.on("channel:joined", after);
    emitter.emit("channel:joined", joined("room:1"));
    expect(onListenerError.mock.calls).toEqual([[failure]]);
    expect(after).toHaveBeenCalledTimes(1);
  });

  test("counts its listeners, and none after all have been taken away", () => {
    const emitter = createEmitter<Events>();
    const offs = [
      emitter.on("channel:joined", () => {}),
      emitter.on("channel:left", () => {}),
      emitter.onAny(() => {}),
    ];
    expect(emitter.listenerCount).toBe(3);
    for (const off of offs) off();
    expect(emitter.listenerCount).toBe(0);
  });
});

describe("next", () => {
  test("resolves with the first accepted event and takes its listeners away", async () => {
    const emitter = createEmitter<Events>();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const next = emitter.next("channel:joined", ({ topic }) => topic === "room:2", signal);
    emitter.emit("channel:joined", joined("room:1"));
    emitter.emit("channel:joined", joined("room:2"));
    expect(await next).toEqual(joined("room:2"));
    expect(emitter.listenerCount).toBe(0);
    expect(removed).toHaveBeenCalledTimes(1);
  });

  test("rejects with the signal's reason when aborted, before or while waiting", async () => {
    const emitter = createEmitter<Events>();
    const controller = new AbortController();
    const waiting = emitter.next("channel:joined", undefined, controller.signal);
    const reason = new Error("drain");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(emitter.next("channel:joined", undefined, controller.signal)).rejects.toBe(reason);
    expect(emitter.listenerCount).toBe(0);
  });

  test("rejects with what `accept` throws instead of waiting for ever", async () => {
    const emitter = createEmitter<Events>();
    const failure = new Error("accept");
    const next = emitter.next("channel:joined", () => {
      throw failure;
    });
    emitter.emit("channel:joined", joined("room:1"));
    await expect(next).rejects.toBe(failure);
    expect(emitter.listenerCount).toBe(0);
  });
});
