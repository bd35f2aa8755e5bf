const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Returns where the string that starts at `start` of a JSON text ends: at its closing quote, or behind the text. */
export function endOfJsonString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
