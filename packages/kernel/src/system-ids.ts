import type { Ids } from "./ids.ts";

/** Random UUIDs (version 4) from the platform's secure generator. */
export const systemIds: Ids = { uuid: () => crypto.randomUUID() };
