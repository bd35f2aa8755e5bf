import { BlockList, isIP } from "node:net";
import {
  type Clock,
  createBoundedMemory,
  MINUTE_MS,
  SECOND_MS,
  type TokenBucket,
  take,
  tokenBucket,
} from "@shoal/kernel";

/** Tokens that may be tried from one address at once, and as many each minute after that. */
export const TRIES_OF_ADDRESS = 10;
/** The same of all addresses together, against whoever has many. */
export const TRIES_OF_ALL = 100;
/** Addresses that are remembered; who comes back after so many others begins anew. */
const ADDRESSES = 10_000;

/**
 * Limits how often somebody may try a token. Each address has its own limit, so that who tries them all holds up nobody else. Returns 0 for a
 * try that may be made, otherwise when to come again.
 */
export function createLoginLimit(clock: Clock): (address: string) => number {
  const ofAddresses = createBoundedMemory<TokenBucket>(ADDRESSES);
  const fresh = (tries: number) => tokenBucket(tries, (tries / MINUTE_MS) * SECOND_MS, clock.monotonicMs());
  let ofAll = fresh(TRIES_OF_ALL);
  return (address) => {
    const nowMs = clock.monotonicMs();
    const own = take(ofAddresses.get(address) ?? fresh(TRIES_OF_ADDRESS), nowMs);
    ofAddresses.set(address, own.bucket, 1);
    if (!own.taken) return own.waitMs;
    const all = take(ofAll, nowMs);
    ofAll = all.bucket;
    return all.taken ? 0 : all.waitMs;
  };
}

/** Where a proxy of one's own is. What it says of its client is believed, as nobody from elsewhere speaks from these. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv4");
}
PRIVATE.addAddress("::1", "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");

/**
 * Returns whose limit it is: the peer, or behind a proxy the last address that it names, which the proxy itself has seen. Of IPv6 a whole
 * network is one address, because whoever has one has all of it.
 */
export function addressOf(peer: string, forwardedFor: string | undefined): string {
  const last = forwardedFor?.split(",").at(-1)?.trim() ?? "";
  const address = isIP(last) !== 0 && isPrivate(peer) ? last : peer;
  return isIP(address) === 6 && !isMapped(address) ? network64(address) : address;
}

const isMapped = (address: string) => /^::ffff:\d+\./i.test(address);

const isPrivate = (peer: string) =>
  isIP(peer) !== 0 && PRIVATE.check(peer.replace(/^::ffff:(?=\d+\.)/i, ""), peer.includes(".") ? "ipv4" : "ipv6");

function network64(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const after = tail?.split(":").filter(Boolean) ?? [];
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill("0"), ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
