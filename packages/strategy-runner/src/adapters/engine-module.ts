import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { METERED_SHA256, meterQuickJs, sha256 } from "../../build/metered-quickjs.ts";

/** The metered engine and its sha256. */
export interface EngineModule {
  readonly bytes: Uint8Array;
  readonly buildId: string;
}

const CACHE_FOLDER = join(import.meta.dirname, "../../node_modules/.cache");

/**
 * Returns the metered engine: from the cache, or made of the installed quickjs-wasi in about 0.1 s and cached. What comes from the cache is
 * checked, too, so that it cannot be another module. Where the folder cannot be written, it is made at each start.
 */
export function loadEngineModule(cacheFolder = CACHE_FOLDER): EngineModule {
  const path = join(cacheFolder, `quickjs-metered-${METERED_SHA256.slice(0, 16)}.wasm`);
  return { bytes: cached(path) ?? makeAndCache(cacheFolder, path), buildId: METERED_SHA256 };
}

function cached(path: string): Uint8Array | undefined {
  try {
    const bytes = new Uint8Array(readFileSync(path));
    return sha256(bytes) === METERED_SHA256 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function makeAndCache(folder: string, path: string): Uint8Array {
  const bytes = meterQuickJs(readUpstream());
  try {
    mkdirSync(folder, { recursive: true });
    // Renamed into place: another process that starts now must not read half of it.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, bytes);
    renameSync(draft, path);
  } catch {
    // A read-only installation works as well, 0.1 s later.
  }
  return bytes;
}

/** Reads the module as it comes from quickjs-wasi. */
export function readUpstream(): Uint8Array {
  return new Uint8Array(readFileSync(Bun.fileURLToPath(import.meta.resolve("quickjs-wasi/quickjs.wasm"))));
}
