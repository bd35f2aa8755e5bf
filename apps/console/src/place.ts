/** Where one is: the path beneath the base, such as `/jobs/7`, and the query. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Returns where an address leads, beneath the base path, which ends with `/`. */
export const placeOf = (base: string, { pathname, search }: Pick<Location, "pathname" | "search">): Place => ({
  path: `/${pathname.startsWith(base) ? pathname.slice(base.length) : ""}`,
  query: new URLSearchParams(search),
});

/** Returns the path with some parameters set; an empty one is taken out, so that an address says only what was chosen. */
export function withParameters({ path, query }: Place, values: Readonly<Record<string, string>>): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") changed.delete(name);
    else changed.set(name, value);
  }
  return changed.size === 0 ? path : `${path}?${changed}`;
}

/** Returns the page that serves a path: its own, or one below it. */
export function pageFor<P extends { readonly path: string }>(pages: readonly P[], path: string): P | undefined {
  const fits = (page: P) => path === page.path || (page.path !== "/" && path.startsWith(`${page.path}/`));
  return pages.filter(fits).toSorted((one, other) => other.path.length - one.path.length)[0];
}
