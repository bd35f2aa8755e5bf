/** What of `fetch` the handlers use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The platform's. */
export const systemFetch: Fetch = (url, init) => fetch(url, init);
