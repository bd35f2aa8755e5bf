import { describe, expect, it } from "vitest";
import { createSseReader } from "./sse.ts";

const STREAM =
  'retry: 1000\n\nevent: snapshot\ndata: {"a":1}\n\n: a comment\n\nid: b-7\nevent: line\ndata: one\ndata: two\n\ndata:x\r\n\r\n';
const MESSAGES = [
  { event: "snapshot", data: '{"a":1}', id: undefined },
  { event: "line", data: "one\ntwo", id: "b-7" },
  { event: "message", data: "x", id: undefined },
];

describe("server-sent events", () => {
  it("are read the same, wherever the pieces of the stream are cut", () => {
    for (let length = 1; length <= STREAM.length; length += 1) {
      const read = createSseReader();
      const pieces = Array.from({ length: Math.ceil(STREAM.length / length) }, (_, index) =>
        STREAM.slice(index * length, (index + 1) * length),
      );
      expect(pieces.flatMap((piece) => read(piece))).toEqual(MESSAGES);
    }
  });

  it("are not read before they are whole", () => {
    const read = createSseReader();
    expect(read("data: 1\n")).toEqual([]);
    expect(read("\n")).toEqual([{ event: "message", data: "1", id: undefined }]);
  });
});
