import type { QuickJsExports } from "./quickjs-exports.ts";

/** What the module asks of its host while it runs. */
export interface InstanceHost {
  /** What both clocks show, ms since 1970. */
  nowMs(): number;
  /** A guest function that calls the host was called; returns a value, or 0 after it has thrown. */
  hostCall(name: number, nameBytes: number, thisValue: number, count: number, values: number): number;
}

const SUCCESS = 0;
const BAD_FILE = 8;

/**
 * Makes an instance of the metered module. It can reach nothing: its clock and its chance are given, it has no files, and its time zone is UTC.
 * Modules cannot be imported, and the engine is never asked whether to interrupt, because the fuel does that.
 */
export function instantiateQuickJs(module: WebAssembly.Module, host: InstanceHost): QuickJsExports {
  const view = () => new DataView(exports.memory.buffer);
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      host_call: host.hostCall,
      host_interrupt: () => 0,
      host_promise_rejection: unreachableImport("host_promise_rejection"),
      host_module_normalize: unreachableImport("host_module_normalize"),
      host_module_load: unreachableImport("host_module_load"),
      host_get_timezone_offset: () => 0,
    },
    wasi_snapshot_preview1: {
      clock_time_get(_clock: number, _precision: bigint, result: number) {
        view().setBigUint64(result, BigInt(Math.floor(host.nowMs() * 1000)) * 1000n, true);
        return SUCCESS;
      },
      // Asked for once, by the C library at its start. It seeds nothing that a guest could see, so zeros will do.
      random_get(target: number, byteCount: number) {
        new Uint8Array(exports.memory.buffer, target, byteCount).fill(0);
        return SUCCESS;
      },
      fd_write: () => BAD_FILE,
      fd_close: () => BAD_FILE,
      fd_seek: () => BAD_FILE,
      fd_fdstat_get: () => BAD_FILE,
    },
  }) as unknown as { exports: QuickJsExports };
  return exports;
}

/** The engine calls these only after features have been switched on that we leave off. */
function unreachableImport(name: string): () => never {
  return () => {
    throw new Error(`the engine called ${name}, which is switched off`);
  };
}
