import { dlopen, FFIType, type Pointer } from "bun:ffi";

/** Of Linux, on every processor that Bun runs on: private memory that nobody wrote to since reads as zeros, or as its file. @source man 2 madvise */
const MADV_DONTNEED = 4;

/** Gives whole pages of memory back to the system, and says whether it did. */
export type GiveBack = (address: number, byteCount: number) => boolean;

/** Returns what gives memory back; undefined where it cannot be done. */
export function findGiveBack(): GiveBack | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const { symbols } = dlopen("libc.so.6", {
      madvise: { args: [FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
    });
    return (address, byteCount) => symbols.madvise(address as Pointer, byteCount, MADV_DONTNEED) === 0;
  } catch {
    // Another C library, as that of Alpine.
    return undefined;
  }
}
