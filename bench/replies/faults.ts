import { type ModelFault, startModelServer } from "@shoal/replies/stand-in";
import { requestOf, sourceOver, take } from "./source.ts";

/** @source limits of a reply in @shoal/replies: then the rule engine speaks, which needs no time */
export const FIRST_SENTENCE_LIMIT_MS = 2_500;

const FAULTS: Readonly<Record<string, ModelFault>> = {
  "no headers": "silence",
  "a stall in mid-sentence": { says: ["And this is ha"], ends: "stall" },
  "a page of HTML with status 200": "page",
  nothing: "empty",
  "a chunk that is no JSON": { says: ["Half a"], ends: "garbage" },
  "words without end": "babble",
  "a line without end": "endless line",
  "50 MB in a few bytes": "packed",
  "a cut in mid-sentence": { says: ["And this is ha"], ends: "cut" },
  "a closed connection": "hang up",
  "429": { status: 429, retryAfter: "1" },
  "503": { status: 503 },
};

export interface FaultFigures {
  readonly code: string;
  /** From asking until the rule engine may speak. */
  readonly noticedMs: number;
}

/** Asks an endpoint for a reply for each fault, one after the other. */
export async function measureFaults(): Promise<Readonly<Record<string, FaultFigures>>> {
  await using server = await startModelServer();
  const figures: Record<string, FaultFigures> = {};
  for (const [name, fault] of Object.entries(FAULTS)) {
    const { source } = sourceOver(server, 1);
    await take(source, requestOf(0));
    server.misbehave(fault);
    const { code, tookMs } = await take(source, requestOf(1));
    figures[name] = { code, noticedMs: Math.round(tookMs) };
    await source.close();
  }
  return figures;
}
