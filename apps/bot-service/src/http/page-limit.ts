import { z } from "zod";
import { queryNumber } from "./query-number.ts";

/** The most rows that a list shows, as a query asks for them. */
export const limit = queryNumber(z.int().min(1).max(1000).default(100));
