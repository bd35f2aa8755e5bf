import { z } from "zod";

/** The most rows that a list shows, as a query asks for them. */
export const limit = z.coerce.number().int().min(1).max(1000).default(100);
