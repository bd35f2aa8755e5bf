/**
 * Returns at most `most` indices of `values`, in order, between which a line looks as it does through all of them: the lowest and the
 * highest of each stretch, the first and the last. What is no number is left out.
 */
export function thinLine(values: Float64Array, most: number): number[] {
  if (values.length <= most) return [...values.keys()].filter((index) => Number.isFinite(values[index]));
  const stretches = Math.max(1, Math.floor((most - 2) / 2));
  const kept = new Set<number>();
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = Math.floor((values.length * stretch) / stretches);
    const to = Math.floor((values.length * (stretch + 1)) / stretches);
    for (const index of extremes(values, from, to)) kept.add(index);
  }
  for (const index of [0, values.length - 1]) if (Number.isFinite(values[index])) kept.add(index);
  return [...kept].sort((left, right) => left - right);
}

function extremes(values: Float64Array, from: number, to: number): number[] {
  let [lowest, highest] = [-1, -1];
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (lowest < 0 || value < (values[lowest] ?? 0)) lowest = index;
    if (highest < 0 || value > (values[highest] ?? 0)) highest = index;
  }
  return [lowest, highest].filter((index) => index >= 0);
}
