/** Returns what stands behind the path of a page: `a/b` for `/fleet/a%2Fb`; null for the page itself. */
export function partOfPath(path: string, page: string): string | null {
  const text = path.slice(page.length + 1);
  if (!path.startsWith(`${page}/`) || text === "") return null;
  try {
    return decodeURIComponent(text);
  } catch {
    // Somebody wrote it by hand: it is nobody's name, and the page says so.
    return text;
  }
}
