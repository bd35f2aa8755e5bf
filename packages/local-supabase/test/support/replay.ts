import { readFileSync } from "node:fs";
import { invariant } from "@shoal/kernel";
import type { SimulatedClock } from "@shoal/testkit";
import { expect } from "vitest";
import type { RealtimeServer } from "../../src/realtime/types.ts";
import { RawClient } from "./raw-client.ts";
import { Sameness } from "./sameness.ts";

/**
 * Replays a recording of the real server, one line at a time:
 *
 *   A open 2.0.0 ANON     connects client A in that format with that token
 *   A denied 429 2.0.0 ANON {…}   must not connect: that status and body, after exactly two seconds of waiting
 *   A > text   A >> hex   sends a frame
 *   A < json   A << hex   this frame must come next; references and ids need only be the same in the same places
 *   A quiet               no other frame came
 *   A close    A destroy  ends the socket with or without a close frame; nothing unexpected may have arrived before
 *   A closed 1000         the server must have closed it with this code
 *   http ANON /api/… {…} = 202 {…}   a POST (a GET without a body) and its answer
 *   wait 4000             moves time; `refused 5000` first waits until the server has refused another join, and that has
 *                         to wait for exactly so long
 *   limits {…}  tenant {…}  disconnect   changes the project, or has the server ask everybody to disconnect
 *   sql delete from t     runs a statement in the database
 *   repeat 3 … end        does the lines between three times; $n counts from 0, $i from 1
 *   # …                   a remark
 *
 * Tokens are names in capitals, `-` for none, or what is shown as it is. `<X_3>` in a frame is three times the letter x.
 */
export interface ReplayOptions {
  readonly server: RealtimeServer;
  /** Needed by recordings that wait. */
  readonly clock?: SimulatedClock;
  /** Makes the token for a placeholder such as `<EXPIRED_60>`, when it is shown. */
  readonly token: (name: string) => Promise<string>;
  /** Needed by recordings that write to the database. */
  readonly sql?: (statement: string) => Promise<unknown>;
}

const PLACEHOLDER = /<([A-Z0-9_]+)>/g;
const LINE = /^(\S+) (open|denied|>>|<<|>|<|quiet|closed|close|destroy)(?: (.*))?$/;
const DENIAL = /^(\d+) (\S+) (\S+)(?: (.*))?$/;
const HTTP = /^(\S+) (\S+)(?: (.*?))? = (\d+)(?: (.*))?$/;
const CONNECT_PENALTY_MS = 2000;

export async function replay(name: string, options: ReplayOptions): Promise<void> {
  const text = readFileSync(new URL(`../fixtures/frames/${name}.txt`, import.meta.url), "utf8");
  // As in the recorded project.
  options.server.setTenant({ isPresenceOn: false });
  const replaying = new Replay(options);
  for (const line of expand(text.split("\n").filter((candidate) => candidate !== ""))) await replaying.step(line);
}

function expand(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line.startsWith("repeat "));
  if (start < 0) return [...lines];
  const end = lines.indexOf("end", start);
  invariant(end > start, "a repeat has an end");
  const repeated = Array.from({ length: Number(lines[start]?.slice("repeat ".length)) }, (_, n) =>
    lines.slice(start + 1, end).map((line) => line.replaceAll("$n", String(n)).replaceAll("$i", String(n + 1))),
  ).flat();
  return [...lines.slice(0, start), ...repeated, ...expand(lines.slice(end + 1))];
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #clients = new Map<string, RawClient>();
  readonly #names = new Sameness();
  readonly #another: () => Promise<void>;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#another = countRefusals(options.server);
  }

  async step(line: string): Promise<void> {
    const { server, clock, sql } = this.#options;
    const word = line.split(" ", 1)[0] ?? "";
    const rest = line.slice(word.length + 1);
    if (word === "#") return;
    if (word === "wait") return clock?.advance(Number(rest));
    if (word === "refused") {
      await this.#another();
      return this.#penalty(Number(rest), line);
    }
    if (word === "limits") return server.setLimits(JSON.parse(rest));
    if (word === "tenant") return server.setTenant(JSON.parse(rest));
    if (word === "disconnect") return server.faults.requestDisconnect();
    if (word === "http") return this.#http(rest, line);
    if (word === "sql") await sql?.(rest);
    else await this.#clientStep(line);
  }

  async #clientStep(line: string): Promise<void> {
    const { server, token } = this.#options;
    const [, who = "", action, rest = ""] = LINE.exec(line) ?? [];
    if (action === "denied") return this.#denied(rest, line);
    if (action === "open") {
      const [vsn, tokenName = ""] = rest.split(" ");
      this.#clients.set(who, await RawClient.open(server.url, await token(tokenName), vsn));
      return;
    }
    const client = this.#clients.get(who);
    invariant(client, `client ${who} was opened before: ${line}`);
    if (action === ">") client.send(await this.#fill(rest));
    if (action === ">>") client.send(Uint8Array.from(Buffer.from(rest, "hex")));
    if (action === "<") this.#expectSame(await client.nextJson(), JSON.parse(rest), line);
    if (action === "<<") expect(Buffer.from((await client.next()) as Uint8Array).toString("hex"), line).toBe(rest);
    if (action === "closed") expect(await client.closed, line).toBe(Number(rest));
    if (action === "quiet") expect(await client.rest(), line).toEqual([]);
    if (action === "close" || action === "destroy") {
      expect(await client.rest(), line).toEqual([]);
      const isSeen = server.events.next("socket:closed");
      client[action]();
      await Promise.all([client.closed, isSeen]);
    }
  }

  async #denied(rest: string, line: string): Promise<void> {
    const [, status = "", vsn = "", tokenName = "-", body] = DENIAL.exec(rest) ?? [];
    const { server } = this.#options;
    const apikey = tokenName === "-" ? "" : `&apikey=${await this.#token(tokenName)}`;
    const refused = server.events.next("socket:refused");
    const answer = fetch(`${server.url}/realtime/v1/websocket?vsn=${vsn}${apikey}`);
    if (body !== undefined) {
      await refused;
      await this.#penalty(CONNECT_PENALTY_MS, line);
    }
    const response = await answer;
    expect([response.status, await response.text()], line).toEqual([Number(status), body ?? ""]);
    if (body !== undefined) expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  }

  /** Expects that an answer is delayed by `ms`, no less and no more. */
  async #penalty(ms: number, line: string): Promise<void> {
    const { clock } = this.#options;
    invariant(clock, "a penalty needs a simulated clock");
    const waiting = clock.pendingTimers;
    await clock.advance(ms - 1);
    expect(clock.pendingTimers, line).toBe(waiting);
    await clock.advance(1);
    // One fewer for the penalty, and another when that was the last socket.
    expect(clock.pendingTimers, line).toBeLessThan(waiting);
  }

  async #http(rest: string, line: string): Promise<void> {
    const [, tokenName = "-", path = "", body, status, answer = ""] = HTTP.exec(rest) ?? [];
    const headers = new Headers(tokenName === "-" ? {} : { authorization: `Bearer ${await this.#token(tokenName)}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    const method = body === undefined ? "GET" : "POST";
    const url = `${this.#options.server.url}${path}`;
    const response = await fetch(url, body === undefined ? { method, headers } : { method, headers, body });
    expect([response.status, await response.text()], line).toEqual([Number(status), answer]);
  }

  async #token(name: string): Promise<string> {
    return /^[A-Z0-9_]+$/.test(name) ? this.#options.token(name) : name;
  }

  async #fill(text: string): Promise<string> {
    const filled = new Map<string, string>();
    for (const [, name = ""] of text.matchAll(PLACEHOLDER)) {
      filled.set(name, name.startsWith("X_") ? "x".repeat(Number(name.slice(2))) : await this.#options.token(name));
    }
    return text.replaceAll(PLACEHOLDER, (_match, name: string) => filled.get(name) ?? "");
  }

  #expectSame(actual: unknown, recorded: unknown, line: string): void {
    expect(this.#names.of("actual", actual), line).toEqual(this.#names.of("recorded", recorded));
  }
}

function countRefusals(server: RealtimeServer): () => Promise<void> {
  let waiting = 0;
  let wake: (() => void) | undefined;
  server.events.on("join:refused", () => {
    waiting += 1;
    wake?.();
  });
  return async () => {
    while (waiting === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    waiting -= 1;
  };
}
