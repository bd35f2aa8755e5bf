import { createHash } from "node:crypto";
import { meter } from "./meter.ts";

/** sha256 of `quickjs.wasm` of quickjs-wasi 3.7.0. */
export const UPSTREAM_SHA256 = "c0bd8f296e18cf074969f6401b9ecb72609a1323818ec2b9bf7a8f8d740d1363";
/** sha256 of what the metering pass makes of it: the build that journals and image hashes name. */
export const METERED_SHA256 = "02384572305906ee5f574e824f4bf89f7068dd3bf5cfabbb5adf5eac28f831c7";
/** 32 MB: the wall behind the engine's own limit on what a guest allocates. */
export const MAXIMUM_PAGES = 512;

/** Makes the metered engine. Throws when the module or the result is not the one that was reviewed and tested. */
export function meterQuickJs(upstream: Uint8Array): Uint8Array {
  check("quickjs.wasm of quickjs-wasi", upstream, UPSTREAM_SHA256);
  const { bytes } = meter(upstream, { maximumPages: MAXIMUM_PAGES });
  check("the metered quickjs.wasm", bytes, METERED_SHA256);
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function check(what: string, bytes: Uint8Array, expected: string): void {
  const found = sha256(bytes);
  if (found !== expected)
    throw new Error(`${what} has sha256 ${found}, expected ${expected}: install the pinned version`);
}
