import { readFileSync } from "node:fs";
import { invariant } from "@shoal/kernel";
import type { SimulatedClock } from "@shoal/testkit";
import { expect } from "vitest";
import type { RealtimeServer } from "../../src/realtime/index.ts";
import { RawClient } from "./raw-client.ts";

/**
 * Replays a recording of the real server, one line at a time:
 *
 *   A open 2.0.0 ANON     connects client A in that format with that token
 *   A > text   A >> hex   sends a frame
 *   A < json   A << hex   this frame must come next; references and ids need only be the same in the same places
 *   A close    A destroy  ends the socket with or without a close frame; nothing unexpected may have arrived before
 *   A closed 1000         the server must have closed it with this code
 *   wait 4000             moves time; `refused 5000` first waits until the server has refused another join
 *   sql delete from t     runs a statement in the database
 *   # …                   a remark
 */
export interface ReplayOptions {
  readonly server: RealtimeServer;
  /** Needed by recordings that wait. */
  readonly clock?: SimulatedClock;
  /** Makes the token a placeholder such as `<EXPIRED_60>` stands for, at the time it is shown. */
  readonly token: (name: string) => Promise<string>;
  /** Needed by recordings that write to the database. */
  readonly sql?: (statement: string) => Promise<unknown>;
}

const PLACEHOLDER = /<([A-Z0-9_]+)>/g;
const LINE = /^(\S+) (open|>>|<<|>|<|closed|close|destroy)(?: (.*))?$/;

export async function replay(name: string, options: ReplayOptions): Promise<void> {
  const refusals = countRefusals(options.server);
  const clients = new Map<string, RawClient>();
  const names = new Sameness();
  const text = readFileSync(new URL(`../fixtures/frames/${name}.txt`, import.meta.url), "utf8");
  for (const line of text.split("\n").filter((candidate) => candidate !== "")) {
    const [word, amount] = line.split(" ");
    if (word === "refused") await refusals.another();
    if (word === "refused" || word === "wait") await options.clock?.advance(Number(amount));
    else if (word === "sql") await options.sql?.(line.slice("sql ".length));
    else if (word !== "#") await step(line, clients, names, options);
  }
}

async function step(
  line: string,
  clients: Map<string, RawClient>,
  names: Sameness,
  { server, token }: ReplayOptions,
): Promise<void> {
  const [, who = "", action, rest = ""] = LINE.exec(line) ?? [];
  if (action === "open") {
    const [vsn, tokenName = ""] = rest.split(" ");
    clients.set(who, await RawClient.open(server.url, await token(tokenName), vsn));
    return;
  }
  const client = clients.get(who);
  invariant(client, `client ${who} was opened before: ${line}`);
  if (action === ">") client.send(await fill(rest, token));
  if (action === ">>") client.send(Uint8Array.from(Buffer.from(rest, "hex")));
  if (action === "<") expectSame(await client.nextJson(), JSON.parse(rest), names, line);
  if (action === "<<") expect(Buffer.from((await client.next()) as Uint8Array).toString("hex"), line).toBe(rest);
  if (action === "closed") expect(await client.closed, line).toBe(Number(rest));
  if (action === "close" || action === "destroy") {
    expect(await client.rest(), line).toEqual([]);
    client[action]();
    await client.closed;
  }
}

async function fill(text: string, token: ReplayOptions["token"]): Promise<string> {
  const tokens = new Map<string, string>();
  for (const [, name = ""] of text.matchAll(PLACEHOLDER)) tokens.set(name, await token(name));
  return text.replaceAll(PLACEHOLDER, (_match, name: string) => tokens.get(name) ?? "");
}

function expectSame(actual: unknown, recorded: unknown, names: Sameness, line: string): void {
  expect(names.of("actual", actual), line).toEqual(names.of("recorded", recorded));
}

/** Gives each reference and id the number of its first appearance, so that two runs compare by where they repeat. */
class Sameness {
  readonly #seen = { actual: new Map<unknown, string>(), recorded: new Map<unknown, string>() };

  of(side: "actual" | "recorded", value: unknown, key = ""): unknown {
    const isName = key === "phx_ref" || key === "phx_ref_prev" || (key === "id" && typeof value === "number");
    if (isName) return this.#name(side, value);
    if (key === "commit_timestamp") return typeof value;
    if (key === "ids" && Array.isArray(value)) return value.map((id) => this.#name(side, id)).sort();
    if (Array.isArray(value)) return value.map((item) => this.of(side, item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.of(side, item, name)]));
  }

  #name(side: "actual" | "recorded", value: unknown): string {
    const seen = this.#seen[side];
    const name = seen.get(value) ?? `name ${seen.size + 1}`;
    seen.set(value, name);
    return name;
  }
}

function countRefusals(server: RealtimeServer): { another(): Promise<void> } {
  let waiting = 0;
  let wake: (() => void) | undefined;
  server.events.on("join:refused", () => {
    waiting += 1;
    wake?.();
  });
  return {
    async another() {
      while (waiting === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      waiting -= 1;
    },
  };
}
