/** A time with a zone: without one, servers in different zones would read different instants. */
const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,40})?)?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)$/;

/**
 * Returns whether a text is an ISO 8601 time with a zone that JavaScript and Postgres both read. Postgres has neither a year
 * 0 nor zones of 16 hours, and fails where JavaScript takes 30 February for 2 March: one such text in a list of many would
 * fail the whole statement.
 */
export function isInstant(text: string): boolean {
  const day = INSTANT.exec(text)?.[1];
  if (day === undefined || day.startsWith("0000") || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
