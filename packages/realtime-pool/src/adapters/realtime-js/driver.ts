import type { Runtime } from "@shoal/kernel";
import type { Driver } from "../../driver.ts";
import type { PoolOptions } from "../../options.ts";
import type { TokenSource } from "../../tokens.ts";
import { LibrarySocket } from "./socket.ts";

export interface RealtimeJsParts {
  /** The endpoint, e.g. https://project.supabase.co/realtime/v1. */
  readonly url: string;
  readonly apiKey: string;
  /** Where tokens come from; the library is not given any callback, it would ask on every heartbeat and join. */
  readonly tokens: TokenSource | undefined;
  readonly runtime: Runtime;
  readonly options: PoolOptions;
}

export function createRealtimeJsDriver(parts: RealtimeJsParts): Driver {
  return { open: (listener) => new LibrarySocket(parts, listener) };
}
