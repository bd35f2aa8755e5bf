import { z } from "zod";

/** Any UUID that Postgres takes, whatever its version, read in small letters as Postgres writes it. */
export const uuid = z.guid().toLowerCase();
