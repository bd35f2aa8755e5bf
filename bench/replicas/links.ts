import { connect, createServer, type Socket } from "node:net";
import { createSystemRuntime, retry } from "@shoal/kernel";
import { type FaultProxy, faultProxy } from "@shoal/testkit";
import type { Link } from "./scenario.ts";

/** How a daemon reaches its servers, and how each way can be cut. */
export interface Links extends AsyncDisposable {
  /** The URLs of its servers, as the daemon is to be told. */
  readonly urls: Readonly<Record<Link, string>>;
  /** What stands before its command line. */
  readonly prefix: readonly string[];
  /** Address on which it listens, and the one at which it is reached. */
  readonly listensAt: string;
  readonly reachedAt: string;
  cut(link: Link): void;
  mend(link: Link): Promise<void>;
}

const LINKS: readonly Link[] = ["postgres", "realtime"];
const LOOPBACK = "127.0.0.1";
const PORT_TRIES = 5;

/**
 * Opens the links of one daemon. Those that are cut later lead through a network namespace of its own, whose packets are lost while a
 * link is down; where the system allows none, through proxies that pass no byte.
 */
export async function openLinks(urls: Readonly<Record<Link, string>>, cuts: readonly Link[]): Promise<Links> {
  if (cuts.length === 0) {
    const none = async () => {};
    return { ...DIRECT, urls, cut() {}, mend: none, [Symbol.asyncDispose]: none };
  }
  return canMakeNamespaces() ? openNamespace(urls) : openProxies(urls, cuts);
}

const DIRECT = { prefix: [], listensAt: LOOPBACK, reachedAt: LOOPBACK } as const;

function withAddress(url: string, hostname: string, port: number): string {
  const moved = new URL(url);
  moved.hostname = hostname;
  moved.port = String(port);
  return moved.toString().replace(/\/$/, "");
}

export async function openProxies(urls: Readonly<Record<Link, string>>, cuts: readonly Link[]): Promise<Links> {
  const proxies = new Map<Link, FaultProxy>();
  const through = { ...urls };
  for (const link of cuts) {
    const proxy = await openProxy(Number(new URL(urls[link]).port));
    proxies.set(link, proxy);
    through[link] = withAddress(urls[link], LOOPBACK, proxy.port);
  }
  return {
    ...{ ...DIRECT, urls: through },
    cut: (link) => proxies.get(link)?.freeze(),
    mend: async (link) => proxies.get(link)?.open(),
    async [Symbol.asyncDispose]() {
      for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Another program may take the port of a proxy before it is open. */
function openProxy(targetPort: number): Promise<FaultProxy> {
  const open = async () => {
    const proxy = await faultProxy(targetPort);
    await proxy.open();
    return proxy;
  };
  const when = (_thrown: unknown, attempt: number) => attempt < PORT_TRIES;
  return retry(open, { runtime: createSystemRuntime(), backoff: () => 0, when });
}

/** Runs `ip`. @throws what it says */
function ip(...args: string[]): void {
  const ran = Bun.spawnSync(["ip", ...args]);
  if (ran.exitCode !== 0) throw new Error(`ip ${args.join(" ")}: ${ran.stderr}`);
}

let isAllowed: boolean | undefined;

/** Whether this process may make network namespaces and the devices that lead into them. */
export function canMakeNamespaces(): boolean {
  isAllowed ??= tryNamespace();
  return isAllowed;
}

function tryNamespace(): boolean {
  if (!Bun.which("ip")) return false;
  const name = `shoal-try-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("link", "add", `st${process.pid}`, "type", "veth", "peer", "name", "away", "netns", name);
    return true;
  } catch {
    return false;
  } finally {
    Bun.spawnSync(["ip", "netns", "del", name]);
  }
}

let madeCount = 0;

/** One pair of devices for each server and one for the daemon's own port. Each is a network of four addresses: ours ends in 1, the daemon's in 2. */
export async function openNamespace(urls: Readonly<Record<Link, string>>): Promise<Links> {
  await using undo = new AsyncDisposableStack();
  madeCount += 1;
  const name = `shoal-${process.pid}-${madeCount}`;
  ip("netns", "add", name);
  undo.defer(() => ip("netns", "del", name));
  ip("-n", name, "link", "set", "lo", "up");
  const devices = new Map([...LINKS, "http" as const].map((link, n) => [link, addDevice(name, madeCount, n)]));
  const deviceOf = (link: Link | "http") => devices.get(link) ?? { host: "", near: "", far: "" };
  const through = { ...urls };
  for (const link of LINKS) {
    const { near } = deviceOf(link);
    const forwarder = await forward(near, Number(new URL(urls[link]).port));
    undo.defer(() => forwarder.close());
    through[link] = withAddress(urls[link], near, forwarder.port);
  }
  const made = undo.move();
  return {
    ...{ urls: through, prefix: ["ip", "netns", "exec", name], listensAt: "0.0.0.0", reachedAt: deviceOf("http").far },
    cut: (link) => ip("link", "set", deviceOf(link).host, "down"),
    mend: async (link) => ip("link", "set", deviceOf(link).host, "up"),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

function addDevice(namespace: string, replica: number, n: number) {
  // Of this process, so that two runs do not meet: addresses of 10.0.0.0/8 that routers rarely have.
  const block = ((process.pid * 64 + replica * 4 + n) % 16_384) * 4;
  const address = (last: number) => `10.213.${Math.floor((block + last) / 256)}.${(block + last) % 256}`;
  const [host, near, far] = [`sh${process.pid}-${replica}${n}`, address(1), address(2)];
  ip("link", "add", host, "type", "veth", "peer", "name", `in${n}`, "netns", namespace);
  ip("addr", "add", `${near}/30`, "dev", host);
  ip("link", "set", host, "up");
  ip("-n", namespace, "addr", "add", `${far}/30`, "dev", `in${n}`);
  ip("-n", namespace, "link", "set", `in${n}`, "up");
  return { host, near, far };
}

/** Passes on what comes to our end of a link: the servers listen on the loopback device alone. */
async function forward(address: string, targetPort: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(targetPort, LOOPBACK);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, address, () => resolve()));
  const listening = server.address();
  return {
    port: typeof listening === "object" && listening ? listening.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
