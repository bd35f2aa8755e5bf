/** The part of `fetch` that handlers use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The platform's `fetch`. */
export const systemFetch: Fetch = (url, init) => fetch(url, init);
