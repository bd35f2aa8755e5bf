/** Beyond this many deviations the distribution is 0 or 1 to the last bit of a double. */
const FURTHEST = 8.3;
/** Halvings of the whole range until neighbouring doubles are reached. */
const HALVINGS = 60;

/**
 * Returns the probability that a standard normal value is at most `x`, by the Taylor series about 0.
 * @source G. Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11(4), 2004
 */
export function normalProbability(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < -FURTHEST) return 0;
  if (x > FURTHEST) return 1;
  let [sum, term, previous] = [x, x, 0];
  for (let odd = 3; sum !== previous; odd += 2) {
    previous = sum;
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/** Returns the `x` at which `normalProbability(x)` is `probability`, which lies between 0 and 1, both excluded. */
export function normalQuantile(probability: number): number {
  let [low, high] = [-FURTHEST, FURTHEST];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
