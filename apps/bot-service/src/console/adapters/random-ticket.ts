import { randomBytes } from "node:crypto";

/** Makes a ticket that cannot be guessed. */
export const randomTicket = (): string => randomBytes(32).toString("base64url");
