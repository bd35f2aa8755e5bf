import type { ChangeParams } from "../join-payload.ts";

/** A `postgres_changes` entry with the id by which its changes name it. */
export type IdentifiedParams = ChangeParams & { readonly id: number };

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** The server's hash has 27 bits. @source https://www.erlang.org/doc/apps/erts/erlang.html#phash2/1 */
const ID_MASK = 0x07ffffff;

/** Adds to each entry the hash of its parameters: equal entries get equal ids, on every socket. */
export function withIds(changes: readonly ChangeParams[]): IdentifiedParams[] {
  return changes.map((params) => ({ ...params, id: hashParams(params) }));
}

// FNV-1a over the entry written in one canonical way. The real server hashes with Erlang's phash2: clients only compare.
function hashParams(params: ChangeParams): number {
  const canonical = JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(canonical)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash >>> 0) & ID_MASK;
}
