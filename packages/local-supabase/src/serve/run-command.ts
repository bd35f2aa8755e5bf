import { errorFields, FleetError } from "@shoal/kernel";
import { z } from "zod";
import { parseJson } from "../realtime/frames.ts";
import type { FaultKind, Lift, RealtimeFaults, RealtimeServer } from "../realtime/types.ts";
import { type Answer, type Failure, limitsOption } from "./messages.ts";

const pattern = z.object({ source: z.string(), flags: z.string() }).transform(toRegExp);

function toRegExp({ source, flags }: { source: string; flags: string }, context: z.RefinementCtx): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    context.addIssue(errorFields(error).error_message);
    return z.NEVER;
  }
}

type Run = (faults: RealtimeFaults, args: readonly unknown[]) => unknown;

function fault<Args>(args: z.ZodType<Args>, run: (faults: RealtimeFaults, args: Args) => unknown): Run {
  return (faults, given) => run(faults, args.parse(given));
}

const nothing = z.tuple([]);
const upgradeFault = z.strictObject({ status: z.int().min(400).max(599), reason: z.string() });
const joinFault = z.strictObject({
  reason: z.string(),
  closesSocket: z.boolean().optional(),
  topic: pattern.optional(),
});
const restartFault = z.strictObject({ kind: z.enum(["clean", "crash"]), downMs: z.number().min(0) });

const delayRange = z
  .strictObject({ minMs: z.number().min(0), maxMs: z.number().min(0) })
  .refine(({ minMs, maxMs }) => minMs <= maxMs, { error: "minMs is maxMs at most" });

const FAULTS: Readonly<Record<FaultKind, Run>> = {
  dropSockets: fault(z.tuple([z.int().min(1000).max(4999).optional()]), (faults, [code]) => faults.dropSockets(code)),
  restart: fault(z.tuple([restartFault]), (faults, [how]) => faults.restart(how)),
  requestDisconnect: fault(nothing, (faults) => faults.requestDisconnect()),
  refuseUpgrades: fault(z.tuple([upgradeFault]), (faults, [how]) => faults.refuseUpgrades(how)),
  refuseJoins: fault(z.tuple([joinFault]), (faults, [how]) => faults.refuseJoins(how)),
  halfOpen: fault(nothing, (faults) => faults.halfOpen()),
  delay: fault(z.tuple([z.number().min(0)]), (faults, [ms]) => faults.delay(ms)),
  crashChannel: fault(z.tuple([z.string()]), (faults, [topic]) => faults.crashChannel(topic)),
  closeChannel: fault(z.tuple([z.string(), z.string()]), (faults, args) => faults.closeChannel(...args)),
  losePresence: fault(nothing, (faults) => faults.losePresence()),
  muteChanges: fault(nothing, (faults) => faults.muteChanges()),
  delayChanges: fault(z.tuple([delayRange.optional()]), (faults, [range]) => faults.delayChanges(range)),
  silenceChanges: fault(nothing, (faults) => faults.silenceChanges()),
  exceedEvents: fault(nothing, (faults) => faults.exceedEvents()),
  exceedJoins: fault(nothing, (faults) => faults.exceedJoins()),
};

const id = z.object({ id: z.int() });
const toDo = {
  fault: z.enum(Object.keys(FAULTS) as FaultKind[]).optional(),
  lift: z.int().optional(),
  limits: limitsOption.optional(),
  stats: z.literal(true).optional(),
};
const command = z
  .strictObject({ id: z.int(), args: z.array(z.unknown()).default([]), ...toDo })
  .refine(({ id: _id, args: _args, ...asked }) => Object.keys(asked).length === 1, {
    error: `a command asks for one of ${Object.keys(toDo).join(", ")}`,
  });

/** Returns a function that runs one command line of the parent on `server`. A line that is wrong is answered with an error. */
export function createCommandRunner(server: RealtimeServer): (line: string) => Promise<Answer> {
  const lifts: Lift[] = [];
  const run = ({ fault, args, lift, limits }: z.infer<typeof command>): unknown => {
    if (fault !== undefined) return FAULTS[fault](server.faults, args);
    if (limits !== undefined) return server.setLimits(limits);
    if (lift === undefined) return server.stats();
    const known = lifts[lift];
    if (!known) throw new FleetError("LOCAL_SERVE_COMMAND", `there is no fault to lift with the number ${lift}`);
    return known();
  };
  return async (line) => {
    const given = parseJson(line);
    try {
      const asked = command.parse(given);
      const result = run(asked);
      // Numbered without waiting for anything, so that the next line can lift it.
      if (typeof result === "function")
        return { id: asked.id, ok: true, result: { lift: lifts.push(result as Lift) - 1 } };
      return { id: asked.id, ok: true, result: await result };
    } catch (thrown) {
      return { id: id.safeParse(given).data?.id ?? null, ok: false, error: toFailure(thrown) };
    }
  };
}

/** Turns a thrown value into what the parent is told. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof z.ZodError) return { code: "LOCAL_SERVE_COMMAND", message: z.prettifyError(thrown) };
  const { error_code: code, error_message: message } = errorFields(thrown);
  return { code, message };
}
