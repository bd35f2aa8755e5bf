/**
 * How deeply a payload may be nested. Postgres reads JSON by recursion: what it took in by itself, near its limit, it would
 * refuse within the list of all deployments of a round, and with it every other command.
 */
export const MAX_NESTING = 64;

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g;

/** Whether a JSON text is nested more deeply than that. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}
