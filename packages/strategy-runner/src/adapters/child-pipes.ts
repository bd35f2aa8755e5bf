import { readSync, writeSync } from "node:fs";
import type { ChildPipes } from "../child/child-loop.ts";
import { decodeFrame, encodeFrame, LENGTH_BYTES } from "../child/frames.ts";

const INPUT = 0;
const OUTPUT = 1;

/** The child's standard input and output. */
export const childPipes: ChildPipes = {
  read() {
    const body = readSizedOrEnd();
    return body === undefined ? undefined : decodeFrame(body);
  },
  write(message) {
    const frame = encodeFrame(message);
    for (let at = 0; at < frame.length; ) at += writeSync(OUTPUT, frame, at, frame.length - at);
  },
};

/** Reads bytes that come with their count in front. */
export function readSized(): Buffer {
  const bytes = readSizedOrEnd();
  if (bytes === undefined) throw new Error("the parent closed the pipe before the child was told what it is");
  return bytes;
}

function readSizedOrEnd(): Buffer | undefined {
  const length = readBytes(LENGTH_BYTES);
  return length === undefined ? undefined : readBytes(length.readUInt32LE(0));
}

/** Waits for that many bytes; undefined if the pipe ends before. */
function readBytes(count: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; ) {
    const got = readSync(INPUT, bytes, at, count - at, null);
    if (got === 0) return undefined;
    at += got;
  }
  return bytes;
}
