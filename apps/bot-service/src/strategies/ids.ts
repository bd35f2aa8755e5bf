import { createHash } from "node:crypto";

/** Namespace of the ids of runs. Frozen: exchanges know orders by ids that are made from it. */
const STRATEGY_RUNS = "6f1d6a39-6d4c-4a0e-9a3f-2f6c1c0a7b5e";

/** Returns the id of the run that a claim of a strategy makes: the same in every daemon, whoever writes it. */
export function runIdOf(strategyId: string, epoch: number): string {
  return uuid5(STRATEGY_RUNS, `${strategyId}:${epoch}`);
}

/** Returns the id of an order by its number within its run, which the venue is told, too: an order sent twice is one. */
export function orderIdOf(runId: string, number: number): string {
  return uuid5(runId, `${number}`);
}

/** Returns the UUID of version 5 of a name in a namespace. @source RFC 9562, 5.5 */
export function uuid5(namespace: string, name: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
