import { z } from "zod";

const id = z.string().describe("<boot id>-<sequence>; the sequence counts events and lines together");
const at = z.iso.datetime();

/** What happened, by ids and numbers: never what people wrote. */
export const consoleEvent = z.object({
  id,
  at,
  type: z.string().describe("noun:verb"),
  level: z.enum(["info", "warn", "error"]),
  subject: z.string().nullable().describe("What it happened to: a topic, or an id"),
  summary: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** A line of the log, after redaction. */
export const consoleLine = z.object({
  id,
  at,
  level: z.enum(["debug", "info", "warn", "error"]),
  msg: z.string(),
  fields: z.record(z.string(), z.unknown()),
  is_cut: z.boolean().optional().describe("Something was left out: a line has 2 kB at most"),
});

/** Events and lines that this stream does not have: it was too slow, or away for too long; `null`: nobody knows how many. */
export const consoleGap = z.object({ missed: z.int().nullable() });

export type ConsoleEvent = z.infer<typeof consoleEvent>;
export type ConsoleLine = z.infer<typeof consoleLine>;
export type ConsoleGap = z.infer<typeof consoleGap>;
