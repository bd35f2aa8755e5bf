import { readSync, writeSync } from "node:fs";
import type { ChildPipes } from "../child/child-loop.ts";
import { decodeFrame, encodeFrame, LENGTH_BYTES } from "../child/frames.ts";

const INPUT = 0;
const OUTPUT = 1;

/** The child's standard input and output. */
export const childPipes: ChildPipes = {
  read() {
    const length = readBytes(LENGTH_BYTES);
    const body = length === undefined ? undefined : readBytes(length.readUInt32LE(0));
    return body === undefined ? undefined : decodeFrame(body);
  },
  write(message) {
    const frame = encodeFrame(message);
    for (let at = 0; at < frame.length; ) at += writeSync(OUTPUT, frame, at, frame.length - at);
  },
};

/** Waits for that many bytes; undefined if the pipe ends before. */
export function readBytes(count: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; ) {
    const got = readSync(INPUT, bytes, at, count - at, null);
    if (got === 0) return undefined;
    at += got;
  }
  return bytes;
}
