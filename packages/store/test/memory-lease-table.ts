import { type Clock, FleetError } from "@shoal/kernel";
import type { Lease } from "../src/leases/lease.ts";
import type { LeaseTable } from "../src/leases/lease-sql.ts";

interface Row {
  holder: string | null;
  epoch: number;
  expiresAtMs: number;
}

/** The rules of `shoal.leases` in their plainest form: the model that the SQL and the keeper are measured against. */
export interface MemoryLeaseTable extends LeaseTable {
  readonly rows: ReadonlyMap<string, Readonly<Row>>;
  /** While false every call fails as an unreachable database does. */
  isReachable: boolean;
  /** While set, answers wait for it; the work is done at once. */
  answerGate: Promise<void> | undefined;
}

export function memoryLeaseTable(clock: Pick<Clock, "monotonicMs">): MemoryLeaseTable {
  const rows = new Map<string, Row>();
  const isLive = (row: Row) => row.holder !== null && row.expiresAtMs > clock.monotonicMs();
  const owned = (holder: string, { resource, epoch }: Lease) => {
    const row = rows.get(resource);
    return row && row.holder === holder && row.epoch === epoch ? row : undefined;
  };
  const answer = async <T>(work: () => T): Promise<T> => {
    if (!table.isReachable) throw new FleetError("STORE_UNAVAILABLE", "out of reach", { retryable: true });
    const result = work();
    await table.answerGate;
    return result;
  };
  const table: MemoryLeaseTable = {
    rows,
    isReachable: true,
    answerGate: undefined,
    acquire: ({ resources, holder, termMs }) =>
      answer(() =>
        [...new Set(resources)].sort().flatMap((resource): Lease[] => {
          const row = rows.get(resource);
          if (row && isLive(row) && row.holder !== holder) return [];
          const epoch = (row?.epoch ?? 0) + 1;
          rows.set(resource, { holder, epoch, expiresAtMs: clock.monotonicMs() + termMs });
          return [{ resource, holder, epoch }];
        }),
      ),
    renew: (holder, leases, termMs) =>
      answer(() =>
        leases.flatMap((lease) => {
          const row = owned(holder, lease);
          if (!row || !isLive(row)) return [];
          row.expiresAtMs = clock.monotonicMs() + termMs;
          return [lease.resource];
        }),
      ),
    release: (holder, leases) =>
      answer(() => {
        for (const lease of leases) {
          const row = owned(holder, lease);
          if (row) Object.assign(row, { holder: null, expiresAtMs: clock.monotonicMs() });
        }
      }),
  };
  return table;
}
