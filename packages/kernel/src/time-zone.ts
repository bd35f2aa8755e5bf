/** Returns whether a text is the name of a time zone that this process knows, such as `Europe/Berlin`. */
export function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).format(0) !== "";
  } catch {
    return false;
  }
}

/** Returns a name for which `isTimeZone` holds as it is in the list of them: `Europe/Berlin` for `europe/berlin`. */
export function writtenTimeZone(timeZone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
}
