import { readSync, writeSync } from "node:fs";
import type { ChildPipes } from "../child/child-loop.ts";
import { decodeFrame, encodeFrame, type Frame, LENGTH_BYTES } from "../child/frames.ts";

const INPUT = 0;
const OUTPUT = 1;
/** Where runs are read: a child that allocated for each would hold many megabytes of waste before they are collected. */
const room = Buffer.alloc(256 * 1024);

/** The child's standard input and output. */
export const childPipes: ChildPipes = {
  // Behind the length, so that the columns are where they would be in the whole frame: aligned.
  readRun: () => readFrame((byteCount) => room.subarray(LENGTH_BYTES, LENGTH_BYTES + byteCount)),
  readAnswers: () => readFrame((byteCount) => Buffer.allocUnsafe(byteCount)),
  write(message) {
    const frame = encodeFrame(message);
    for (let at = 0; at < frame.length; ) at += writeSync(OUTPUT, frame, at, frame.length - at);
  },
};

/** Reads bytes that come with their count in front. */
export function readSized(): Buffer {
  const bytes = readSizedInto((byteCount) => Buffer.allocUnsafe(byteCount));
  if (bytes === undefined) throw new Error("the parent closed the pipe before the child was told what it is");
  return bytes;
}

function readFrame(place: (byteCount: number) => Buffer): Frame | undefined {
  const body = readSizedInto(place);
  return body === undefined ? undefined : decodeFrame(body);
}

const lengthBytes = Buffer.alloc(LENGTH_BYTES);

function readSizedInto(place: (byteCount: number) => Buffer): Buffer | undefined {
  if (!fill(lengthBytes)) return undefined;
  const byteCount = lengthBytes.readUInt32LE(0);
  const placed = place(byteCount);
  const bytes = placed.length === byteCount ? placed : Buffer.allocUnsafe(byteCount);
  return fill(bytes) ? bytes : undefined;
}

/** Waits until the bytes are full; false if the pipe ends before. */
function fill(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(INPUT, bytes, at, bytes.length - at, null);
    if (got === 0) return false;
    at += got;
  }
  return true;
}
