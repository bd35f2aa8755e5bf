import { readSync, writeSync } from "node:fs";
import type { ChildPipes } from "../child/child-loop.ts";
import { decodeFrame, draftFrame, type Frame, FrameWriter, LENGTH_BYTES } from "../child/frames.ts";

/** Where a child finds the socket to its parent. Not its standard input and output, which are for pipes of one direction. */
export const CHILD_SOCKET = 3;
/** Where runs are read: a child that allocated for each would hold many megabytes of waste before they are collected. */
const room = Buffer.alloc(256 * 1024);
const answers = new FrameWriter(4096);

/** Behind the length, so that the columns are where they would be in the whole frame: aligned. */
function placeOfRun(byteCount: number): Buffer {
  const wholeBytes = LENGTH_BYTES + byteCount;
  return (wholeBytes <= room.length ? room : Buffer.alloc(wholeBytes)).subarray(LENGTH_BYTES, wholeBytes);
}

/** The child's end of the socket. */
export const childPipes: ChildPipes = {
  readRun: () => readFrame(placeOfRun),
  readAnswers: () => readFrame((byteCount) => Buffer.allocUnsafe(byteCount)),
  write(message) {
    const frame = answers.write(draftFrame(message));
    for (let at = 0; at < frame.length; ) at += writeSync(CHILD_SOCKET, frame, at, frame.length - at);
  },
};

/** Reads bytes that come with their count in front. */
export function readSized(): Buffer {
  const bytes = readSizedInto((byteCount) => Buffer.allocUnsafe(byteCount));
  if (bytes === undefined) throw new Error("the parent closed the socket before the child was told what it is");
  return bytes;
}

function readFrame(place: (byteCount: number) => Buffer): Frame | undefined {
  const body = readSizedInto(place);
  return body === undefined ? undefined : decodeFrame(body);
}

const lengthBytes = Buffer.alloc(LENGTH_BYTES);

function readSizedInto(place: (byteCount: number) => Buffer): Buffer | undefined {
  if (!fill(lengthBytes)) return undefined;
  const bytes = place(lengthBytes.readUInt32LE(0));
  return fill(bytes) ? bytes : undefined;
}

/** Waits until the bytes are full; false if the socket ends before. */
function fill(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(CHILD_SOCKET, bytes, at, bytes.length - at, null);
    if (got === 0) return false;
    at += got;
  }
  return true;
}
