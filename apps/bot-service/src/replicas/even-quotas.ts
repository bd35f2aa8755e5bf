/**
 * Returns how many each member is to have of `total`, at most as many as it may: together all of it, or as much as they may have. Quotas differ
 * by one at most, but for those who may not have more. `inOrder` puts those first who get the larger ones; `least` is the smaller. Pure.
 */
export function evenQuotas<Member>(
  total: number,
  maxCounts: ReadonlyMap<Member, number>,
  inOrder: (open: readonly Member[], least: number) => readonly Member[],
): Map<Member, number> {
  const quotas = new Map<Member, number>();
  const byMax = [...maxCounts].sort(([, one], [, other]) => one - other);
  let left = total;
  // Who may have fewest comes first: what it cannot have is shared by the others.
  for (const [member, maxCount] of byMax) {
    if (maxCount > left / (byMax.length - quotas.size)) break;
    quotas.set(member, maxCount);
    left -= maxCount;
  }
  const open = byMax.slice(quotas.size).map(([member]) => member);
  const least = Math.floor(left / open.length);
  const largerCount = left % open.length;
  inOrder(open, least).forEach((member, at) => void quotas.set(member, at < largerCount ? least + 1 : least));
  return quotas;
}
