import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame, encodeUserBroadcast, encodeWithPayloadText } from "./frames.ts";

const field = fc.string({ maxLength: 60 }).filter((text) => Buffer.byteLength(text) <= 255);

function pushFrame(fields: readonly string[], encoding: number, payload: Uint8Array): Uint8Array {
  const parts = fields.map((text) => Buffer.from(text));
  return Buffer.concat([Buffer.from([3, ...parts.map(({ length }) => length), encoding]), ...parts, payload]);
}

describe("binary frames", () => {
  it("read any broadcast push a client can write", () => {
    fc.assert(
      fc.property(fc.tuple(field, field, field, field), fc.boolean(), fc.uint8Array(), (fields, isJson, payload) => {
        const [joinRef, ref, topic, userEvent] = fields;
        expect(decodeFrame("2.0.0", pushFrame([...fields, "{}"], isJson ? 1 : 0, payload))).toEqual({
          kind: "userBroadcast",
          joinRef: joinRef || null,
          ref: ref || null,
          topic,
          userEvent,
          encoding: isJson ? "json" : "binary",
          payload: Buffer.from(payload),
        });
      }),
    );
  });

  it("never throw, whatever arrives", () => {
    const arriving = fc.oneof(fc.uint8Array(), fc.string(), fc.json());
    fc.assert(
      fc.property(fc.constantFrom("1.0.0" as const, "2.0.0" as const), arriving, (vsn, data) => {
        const frame = decodeFrame(vsn, data);
        if (frame) expect(typeof frame.topic).toBe("string");
      }),
    );
  });

  it("are not read when cut short, of another kind, or on vsn 1.0.0", () => {
    const frame = pushFrame(["1", "2", "realtime:x", "e", ""], 1, Buffer.from("{}"));
    expect(decodeFrame("2.0.0", frame.subarray(0, 12))).toBeUndefined();
    expect(decodeFrame("2.0.0", frame.subarray(0, 5))).toBeUndefined();
    expect(decodeFrame("2.0.0", Buffer.concat([Buffer.from([0]), frame.subarray(1)]))).toBeUndefined();
    expect(decodeFrame("1.0.0", frame)).toBeUndefined();
  });

  it("are not written for a name that does not fit one byte of length", () => {
    const json = { encoding: "json", payload: new Uint8Array() } as const;
    expect(encodeUserBroadcast(`realtime:${"é".repeat(123)}`, "e", json)).toHaveLength(5 + 255 + 1);
    expect(encodeUserBroadcast(`realtime:${"é".repeat(124)}`, "e", json)).toBeUndefined();
    expect(encodeUserBroadcast("realtime:x", "e".repeat(256), json)).toBeUndefined();
  });
});

describe("text frames", () => {
  it.each([
    ["2.0.0", '["1","2","realtime:x","e"]'],
    ["2.0.0", '[{},"2","realtime:x","e",{}]'],
    ["2.0.0", '["1","2",7,"e",{}]'],
    ["2.0.0", '{"topic":"realtime:x","event":"e","payload":{}}'],
    ["1.0.0", '["1","2","realtime:x","e",{}]'],
    ["1.0.0", '{"topic":"realtime:x","event":"e"}'],
    ["1.0.0", "null"],
  ] as const)("are passed over when malformed: vsn %s, %s", (vsn, text) => {
    expect(decodeFrame(vsn, text)).toBeUndefined();
  });

  it("carry a payload that is JSON text already", () => {
    const [v1, v2] = (["1.0.0", "2.0.0"] as const).map((vsn) => encodeWithPayloadText(vsn, 'a"b', "e", '{"n":1}'));
    expect(JSON.parse(v1 ?? "")).toEqual({ ref: null, event: "e", topic: 'a"b', payload: { n: 1 } });
    expect(JSON.parse(v2 ?? "")).toEqual([null, null, 'a"b', "e", { n: 1 }]);
  });
});
