import { join } from "node:path";
import { type Child, openChild } from "../child.ts";

/** Kinds of fleets. `client-per-bot` and `client-per-100` are realtime-js with all its defaults. */
export type FleetKind = "pool" | "client-per-bot" | "client-per-100";

/** Options that are the same for every kind of fleet. */
export interface FleetOptions {
  /** The plan's limit, which only the pool keeps. */
  readonly joinsPerSecond: number;
  readonly eventsPerSecond?: number;
  readonly presenceEventsPerSecond?: number;
  /** Whether each channel tracks an entry in its own topic. */
  readonly tracks?: boolean;
  /** Topic that every channel joins as a listening member, in place of a topic of its own. */
  readonly lobby?: string;
  readonly heartbeatMs?: number;
}

export type FleetRequest =
  | { readonly kind: "grow"; readonly channels: number }
  | { readonly kind: "figures" }
  /** Figures after garbage collection and a rest; lost channels are not watched from here on. */
  | { readonly kind: "rest" }
  /** Round trips of broadcasts to oneself, each in ms. */
  | { readonly kind: "echo"; readonly messages: number; readonly everyMs: number };

export interface FleetFigures {
  readonly joined: number;
  /** Channels that will never come back by themselves. */
  readonly dead: number;
  /** Epoch ms since which every channel has been joined, null when one is not. */
  readonly allJoinedSinceMs: number | null;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

export interface FleetProcess {
  grow(channels: number): Promise<void>;
  figures(): Promise<FleetFigures>;
  rest(): Promise<FleetFigures>;
  echo(messages: number, everyMs: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function startFleet(
  kind: FleetKind,
  { url, key }: { readonly url: string; readonly key: string },
  options: FleetOptions,
): Promise<FleetProcess> {
  const file = join(import.meta.dirname, "fleet.ts");
  const child: Child = await openChild(file, [kind, url, key, JSON.stringify(options)]);
  const ask = <Result>(request: FleetRequest) => child.ask(request) as Promise<Result>;
  return {
    grow: async (channels) => void (await ask({ kind: "grow", channels })),
    figures: () => ask({ kind: "figures" }),
    rest: () => ask({ kind: "rest" }),
    echo: (messages, everyMs) => ask({ kind: "echo", messages, everyMs }),
    close: () => child.close(),
  };
}
