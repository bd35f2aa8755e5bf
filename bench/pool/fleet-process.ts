import { join } from "node:path";
import { type Child, openChild } from "../child.ts";

/** `client-per-bot` and `client-per-100`: realtime-js as it comes, with every default of its own. */
export type FleetKind = "pool" | "client-per-bot" | "client-per-100";

/** What every kind of fleet is told alike. */
export interface FleetOptions {
  /** The plan's limit, which only the pool takes to heart. */
  readonly joinsPerSecond: number;
  readonly eventsPerSecond?: number;
  readonly presenceEventsPerSecond?: number;
  /** Each channel tracks an entry of its own in its own topic. */
  readonly tracks?: boolean;
  /** Every channel is one more listening member of this one topic, instead of a topic of its own. */
  readonly lobby?: string;
  readonly heartbeatMs?: number;
}

export type FleetRequest =
  | { readonly kind: "grow"; readonly channels: number }
  | { readonly kind: "figures" }
  /** Figures after garbage collection and a rest; nobody looks for lost channels from here on. */
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
