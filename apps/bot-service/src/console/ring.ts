/** Something that went out on the stream, as it is sent. */
export interface Frame {
  /** Counts events and lines together, from 1. */
  readonly sequence: number;
  readonly text: string;
  readonly byteCount: number;
}

/** The latest frames, within a number and a number of bytes. */
export interface Ring {
  add(frame: Frame): void;
  /** Frames after a sequence, oldest first. */
  after(sequence: number): readonly Frame[];
  latest(count: number): readonly Frame[];
  readonly byteCount: number;
}

export function createRing({ maxCount, maxBytes }: { readonly maxCount: number; readonly maxBytes: number }): Ring {
  const frames: Frame[] = [];
  let byteCount = 0;
  return {
    add(frame) {
      frames.push(frame);
      byteCount += frame.byteCount;
      while (frames.length > maxCount || byteCount > maxBytes) byteCount -= frames.shift()?.byteCount ?? 0;
    },
    after: (sequence) => frames.slice(frames.findLastIndex((frame) => frame.sequence <= sequence) + 1),
    latest: (count) => frames.slice(-count),
    get byteCount() {
      return byteCount;
    },
  };
}
