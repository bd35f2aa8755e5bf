/** What a run may have, besides its fuel. @source docs/strategies.md, which lists them for owners. */
export const LIMITS = {
  sourceBytes: 256 * 1024,
  configBytes: 16 * 1024,
  needCount: 16,
  candlesPerNeed: 5_000,
  candlesOfAllNeeds: 20_000,
  logLines: 200,
  logCharacters: 16 * 1024,
  notificationCount: 10,
  notificationCharacters: 1_000,
  stateBytes: 64 * 1024,
  stateKeyCount: 256,
  stateKeyCharacters: 128,
  orderCount: 50,
  /** Calls that wait, in a run. */
  waitingCallCount: 1_000,
  /** Candles that the calls of a run ask for, in all: somebody has to get and to hold them. */
  fetchedCandleCount: 50_000,
  /** One text that crosses from the strategy to the host, in characters. */
  argumentCharacters: 64 * 1024,
  /** Answer to a call that waits, as JSON. */
  answerCharacters: 1024 * 1024,
  /** Series beyond those of `needs`: answers of indicators, numbers of the strategy's own, candles fetched. */
  seriesCount: 512,
  seriesValues: 1_000_000,
  errorCharacters: 1_000,
  stackLines: 10,
} as const;

/**
 * Fuel of a run: half a second of processor time for most that loops, 2 s for the dearest program of the attack suite (12 ns a unit), so that all
 * of them end before the clock of 3 s. Fixed, so that a run that ends by it ends by it everywhere.
 */
export const DEFAULT_FUEL = 150_000_000;
