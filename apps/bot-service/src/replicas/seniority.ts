/** What the turn of a replica depends on, as `Member` has it. */
interface Ranked {
  readonly role: string;
  readonly isDraining: boolean;
  readonly isLate: boolean;
  readonly startedAtMs: number;
}

/** Returns those of the replicas that run bots and do not drain. Pure. */
export function fleetOf<One extends Ranked>(live: readonly One[]): One[] {
  return live.filter(({ role, isDraining }) => role !== "worker" && !isDraining);
}

/** Returns a fleet with the oldest first and those that are late last: the first leads. Pure. */
export function seniorsOf<One extends Ranked>(fleet: readonly One[], isLate?: (one: One) => boolean): One[] {
  return lateLast(
    fleet.toSorted((left, right) => left.startedAtMs - right.startedAtMs),
    isLate,
  );
}

/** Returns the replicas in the same order, but those that are late after all others. Pure. */
export function lateLast<One extends Ranked>(
  replicas: readonly One[],
  isLate: (one: One) => boolean = (one) => one.isLate,
): One[] {
  return [...replicas.filter((one) => !isLate(one)), ...replicas.filter(isLate)];
}

/**
 * Returns whether a replica does what is to be done once for all that do not have the role `spared`: the oldest does that is not late and does
 * not drain. While nobody is known, each does. Pure.
 */
export function isFirst<One extends Ranked & { readonly replicaId: string }>(
  { replicaId, live }: { readonly replicaId: string; readonly live: readonly One[] },
  spared: One["role"],
): boolean {
  const [first] = seniorsOf(live.filter(({ role, isDraining }) => role !== spared && !isDraining));
  return first === undefined || first.replicaId === replicaId;
}

/** Returns how a replica that lives is doing. Pure. */
export function stateOf({ isDraining, isLate }: Pick<Ranked, "isDraining" | "isLate">): "live" | "late" | "draining" {
  if (isDraining) return "draining";
  return isLate ? "late" : "live";
}
