import { INTENTS, type Persona, TOPICS } from "@shoal/conversation";
import { z } from "zod";

const MAX_LINE = 240;

/** Claims that no line may make. */
const CLAIM =
  /\b(?:i am|i'm|as) (?:a |an )?(?:real |normal )?(?:human|person|man|woman|girl|boy|guy)\b|\b(?:not|no) (?:a )?bot\b/i;
const PLACEHOLDER = /\{(?!(?:me|name|object|said|feeling|sum)\})/;

const line = z
  .string("must be a text")
  .trim()
  .min(1, "must not be empty")
  .max(MAX_LINE, `must have at most ${MAX_LINE} characters`)
  .refine((text) => !CLAIM.test(text.replaceAll("’", "'")), "must not claim to be a person")
  .refine((text) => !PLACEHOLDER.test(text), "may hold {me}, {name}, {object}, {said}, {feeling} and {sum} only");
const lines = z.array(line, "must be a list of lines").min(1, "must have a line").readonly();
const ratio = z.number("must be a number").min(0, "must be from 0 to 1").max(1, "must be from 0 to 1");
const marks = z
  .array(z.string("must be a text").max(20, "must have at most 20 characters"), "must be a list")
  .readonly();
const name = z
  .string("must be a text")
  .regex(/^\S(?:.{0,38}\S)?$/u, "must have 1 to 40 characters, none at the ends a blank");
const bot = (situation: z.ZodType<readonly string[]>) =>
  situation.refine((all) => all.every((one) => /\bbot\b/i.test(one)), 'every line must say "bot"');
/** Lines of which one works without knowing the partner's name. */
const nameless = lines.refine((all) => all.some((one) => !/\{(?!me\})/.test(one)), "needs a line without a name in it");

const voice = z.strictObject({
  casing: z.enum(["sentence", "lower"], 'must be "sentence" or "lower"'),
  asks: ratio,
  twoLines: ratio,
  openings: marks,
  endings: marks,
});

const speech = z.strictObject({
  disclosedGreetings: bot(nameless),
  greetings: nameless,
  identity: bot(nameless),
  wellbeing: nameless,
  hobbies: nameless,
  goodbyes: nameless,
  idle: nameless,
  limit: nameless,
  stop: nameless,
  views: z.partialRecord(z.enum(TOPICS), lines),
  favourites: z.record(z.string(), lines).optional(),
  advice: z.partialRecord(z.enum(TOPICS), lines).optional(),
  answers: z.partialRecord(z.enum(INTENTS), lines).optional(),
  openers: nameless,
});

/** The form of `Persona`, whose interface says what each part is for. */
const personaSchema = z.strictObject({
  id: z.string("must be a text").regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, "must be 1 to 40 small letters, digits, - and _"),
  names: z.array(name, "must be a list of names").min(1, "needs a name").readonly(),
  manner: z.string("must be a text").trim().min(1, "must not be empty").max(600, "must have at most 600 characters"),
  voice,
  lines: speech,
}) satisfies z.ZodType<Persona>;

/** Checks the types of a persona in a TypeScript file. Returns its argument. */
export const definePersona = (persona: Persona): Persona => persona;

/** Returns what is wrong with a persona: the key, and the form that it must have. */
export function personaIssues(persona: unknown): { readonly key: string; readonly expected: string }[] {
  const issues = personaSchema.safeParse(persona).error?.issues ?? [];
  return issues.map(({ path, code, message, ...rest }) => ({
    key: [...path, ...("keys" in rest ? rest.keys : [])].join(".") || "persona",
    expected: code === "unrecognized_keys" ? "there is no such key" : message,
  }));
}

/** Returns what is wrong with the personas of one kind, in words. */
export function personaProblems(personas: readonly Persona[]): string[] {
  if (personas.length === 0) return ["personas: must not be empty"];
  const problems = personas.flatMap((persona) =>
    personaIssues(persona).map(({ key, expected }) => `persona ${persona.id}: ${key} ${expected}`),
  );
  const names = personas.flatMap((persona) => persona.names);
  const twice = names.filter((each, at) => names.indexOf(each) !== at);
  return [...problems, ...twice.map((each) => `name ${each}: belongs to two personas or stands twice`)];
}
