import { isStorableText, toError } from "@shoal/kernel";
import { z } from "zod";
import { issueLine } from "../issue-words.ts";

const TOPIC_CHARACTERS = 240;
/** Ids as the daemon makes them; two, because topics of different people must differ. */
const IDS = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"] as const;

const method = z.custom((value) => typeof value === "function", "must be a function");
const name = z
  .string()
  .min(1, "must not be empty")
  .max(80, "must be 80 characters or less")
  .refine(isStorableText, "must be a text that Postgres can hold");

// Loose, because a kind may be an object of a class with other fields.
const kindSchema = z.looseObject({
  kind: name,
  names: z.array(name).min(1, "must have one name or more"),
  onMatched: method,
  onMessage: method,
  onTick: method.optional(),
  onStop: method.optional(),
  save: method.optional(),
  resume: method.optional(),
  checkSettings: method.optional(),
});
const kindsSchema = z.array(kindSchema).min(1, "must not be empty");

/** What is checked of a fleet. */
interface Fleet {
  readonly topics: {
    readonly lobby: string;
    readonly user: (userId: string) => unknown;
    readonly room: (roomId: string) => unknown;
  };
  readonly events: { readonly message: string; readonly typing: string; readonly leave: string };
  readonly botKinds: unknown;
}

/** Returns what is wrong with a built fleet that the types cannot say, as `key: what it must be`; null if nothing is. */
export function fleetProblem(fleet: Fleet): string | null {
  try {
    return kindsProblem(fleet.botKinds) ?? topicsProblem(fleet.topics) ?? eventsProblem(fleet.events);
  } catch (thrown) {
    return toError(thrown).message;
  }
}

function kindsProblem(kinds: Fleet["botKinds"]): string | null {
  const checked = kindsSchema.safeParse(kinds);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    return issueLine(issue && { ...issue, path: ["botKinds()", ...issue.path] }, "botKinds()");
  }
  const names = checked.data.map(({ kind }) => kind);
  const doubled = names.findIndex((kind, at) => names.indexOf(kind) !== at);
  return doubled < 0
    ? null
    : `botKinds().${doubled}.kind: must differ from that of all other kinds, and ${JSON.stringify(names[doubled])} is there twice`;
}

function topicsProblem({ lobby, user, room }: Fleet["topics"]): string | null {
  const made: { readonly key: string; readonly topic: string }[] = [{ key: "topics.lobby", topic: lobby }];
  for (const [key, make] of Object.entries({ user, room })) {
    for (const id of IDS) {
      const topic = topicOf(make, id);
      if (typeof topic !== "string") return `topics.${key}: ${topic.problem}`;
      const same = made.find((other) => other.topic === topic);
      if (same?.key === `topics.${key}`) return `topics.${key}: must return a topic of its own for each id`;
      if (same) return `topics.${key}: must differ from ${same.key}, and both are ${JSON.stringify(topic)}`;
      made.push({ key: `topics.${key}`, topic });
    }
  }
  return null;
}

function topicOf(make: (id: string) => unknown, id: string): string | { readonly problem: string } {
  try {
    const topic = make(id);
    const isTopic =
      typeof topic === "string" && topic !== "" && topic.length <= TOPIC_CHARACTERS && isStorableText(topic);
    return isTopic ? topic : { problem: `must return a text of 1 to ${TOPIC_CHARACTERS} characters for the id ${id}` };
  } catch (thrown) {
    return { problem: `must return a topic for the id ${id}, and throws: ${toError(thrown).message}` };
  }
}

/** The events of a room come on one topic: by equal names they could not be told apart. */
function eventsProblem({ message, typing, leave }: Fleet["events"]): string | null {
  const names = Object.entries({ message, typing, leave });
  const doubled = names.find(([, event], at) => names.findIndex(([, other]) => other === event) !== at);
  return doubled ? `events.${doubled[0]}: must differ from the other events of a room` : null;
}
