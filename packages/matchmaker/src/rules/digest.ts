/** Returns a number for an id, the same one for the same id and never 0. Of the length and the last six characters: ids differ there. */
export function digest(id: string): number {
  let sum = id.length + 1;
  for (let at = Math.max(0, id.length - 6); at < id.length; at += 1) sum = (sum * 31 + id.charCodeAt(at)) | 0;
  return sum || 1;
}
