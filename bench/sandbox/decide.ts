/**
 * The strategy of all contestants: two averages over the closes, compared. Plain JavaScript, because its text is also what the sandboxes
 * evaluate; so no names of other files and nothing that types need.
 */
export function decide(closes: ArrayLike<number>): number {
  const average = (period: number) => {
    let sum = 0;
    for (let index = closes.length - period; index < closes.length; index += 1) sum += closes[index] ?? 0;
    return sum / period;
  };
  let high = 0;
  for (let index = 0; index < closes.length; index += 1) high = Math.max(high, closes[index] ?? 0);
  return average(20) > average(200) && high > 0 ? 1 : -1;
}
