import { describe, expect, it, onTestFinished, vi } from "vitest";
import { decodeFrame, draftFrame, encodeFrame, FrameAssembler, FrameWriter, LENGTH_BYTES } from "./frames.ts";

const message = { kind: "run", text: "ü😀\0", list: [1, null, { a: true }] };
const NO_PARTS = { source: 0, candles: 0 };
const columns = [new Float64Array([1.5, Number.NaN, -0]), new Float64Array(0), new Float64Array([7])];

describe("frames", () => {
  it("carry a message and its columns", () => {
    expect(decodeFrame(encodeFrame(message, columns).subarray(LENGTH_BYTES))).toEqual({
      message,
      columns,
      ...NO_PARTS,
    });
    expect(decodeFrame(encodeFrame(null).subarray(LENGTH_BYTES))).toEqual({ message: null, columns: [], ...NO_PARTS });
  });

  it("name the source that goes with them, decided when they are sent", () => {
    const draft = draftFrame(message, columns);
    const numbers = { source: 4_000_000_000, candles: 0 };
    const frame = new FrameWriter(0).write(draft, numbers);
    expect(decodeFrame(frame.subarray(LENGTH_BYTES))).toEqual({ message, columns, ...numbers });
  });

  it("name the candles that stand for their columns, which are not sent then", () => {
    const draft = draftFrame(message, columns);
    const numbers = { source: 1, candles: 4_000_000_000 };
    const whole = new FrameWriter(0).write(draft);
    const frame = new FrameWriter(0).write(draft, numbers);
    expect(decodeFrame(frame.subarray(LENGTH_BYTES))).toEqual({ message, columns: [], ...numbers });
    expect(whole.length - frame.length).toBe(4 * Float64Array.BYTES_PER_ELEMENT);
  });

  it("are written over each other, and have nothing of the one before", () => {
    const writer = new FrameWriter(64);
    const drafts = [draftFrame("x".repeat(500), columns), draftFrame("ü"), draftFrame(message, columns), draftFrame(1)];
    for (const draft of drafts) {
      for (const candles of [0, 8]) {
        const written = Buffer.from(writer.write(draft, { source: 7, candles }));
        expect(written).toEqual(Buffer.from(new FrameWriter(0).write(draft, { source: 7, candles })));
      }
    }
  });

  it("carry columns wherever their bytes lie in memory", () => {
    for (let offset = 0; offset < 8; offset++) {
      const body = encodeFrame(message, columns).subarray(LENGTH_BYTES);
      const moved = new Uint8Array(body.length + 8);
      moved.set(body, offset);
      for (const bytes of [moved, Buffer.from(moved.buffer)]) {
        expect(decodeFrame(bytes.subarray(offset, offset + body.length))).toEqual({ message, columns, ...NO_PARTS });
      }
    }
  });

  it("are put together from pieces of any size", () => {
    const frames = [encodeFrame(message, columns), encodeFrame("second"), encodeFrame(3, columns)];
    const bytes = Buffer.concat(frames);
    for (const size of [1, 3, 7, 100, bytes.length]) {
      const assembler = new FrameAssembler(10_000);
      const heard: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) heard.push(...assembler.add(bytes.subarray(at, at + size)));
      expect(heard.map((frame) => (frame as { message: unknown }).message)).toEqual([message, "second", 3]);
    }
  });

  it("are joined once, however many pieces they come in", () => {
    const joins = vi.spyOn(Buffer, "concat");
    onTestFinished(() => joins.mockRestore());
    const frame = encodeFrame("x".repeat(100_000));
    const assembler = new FrameAssembler(200_000);
    const heard = Array.from({ length: Math.ceil(frame.length / 10) }, (_, at) =>
      assembler.add(frame.subarray(10 * at, 10 * at + 10)),
    );
    expect(heard.flat()).toEqual([{ message: "x".repeat(100_000), columns: [], ...NO_PARTS }]);
    // Once for the length, once for the frame.
    expect(joins.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it("are refused by their length, before the rest has come", () => {
    const assembler = new FrameAssembler(1000);
    expect(() => assembler.add(encodeFrame("x".repeat(1000)).subarray(0, LENGTH_BYTES))).toThrow("more than 1000");
    expect(new FrameAssembler(2000).add(encodeFrame("x".repeat(1000)))).toHaveLength(1);
  });

  const broken = (change: (frame: Uint8Array, view: DataView) => void) => {
    const frame = encodeFrame(message, columns);
    change(frame, new DataView(frame.buffer));
    return frame;
  };
  it.each([
    ["JSON longer than the frame", broken((_, view) => view.setUint32(4, 1_000_000, true))],
    ["no JSON", broken((frame) => frame.fill(0x7b, 16, 28))],
    ["no message", sized('{"columns":[]}')],
    ["no columns", sized('{"message":1}')],
    ["a column of no length", sized('{"message":1,"columns":[-1]}')],
    ["a column that is not there", sized('{"message":1,"columns":[1000000000]}')],
    ["a column of a broken length", sized('{"message":1,"columns":[0.5]}')],
    ["no length of JSON", Uint8Array.from([2, 0, 0, 0, 1, 2])],
  ])("are refused with %s", (_, frame) => {
    expect(() => new FrameAssembler(10_000).add(frame)).toThrow();
  });
});

function sized(json: string): Uint8Array {
  const frame = new Uint8Array(16 + json.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 12 + json.length, true);
  view.setUint32(4, json.length, true);
  frame.set(Buffer.from(json), 16);
  return frame;
}
