import type { z } from "zod";

type CamelCase<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Name;

/** The fields of a body under their names in TypeScript: `runAt` for `run_at`. */
export type ViewOf<Schema extends z.ZodObject> = {
  readonly [Name in keyof z.infer<Schema> as CamelCase<Name>]: z.infer<Schema>[Name];
};

/** Makes the body that `schema` declares: takes `run_at` from `view.runAt`, and leaves out fields that the schema does not have. */
export function bodyOf<Schema extends z.ZodObject>(schema: Schema, view: ViewOf<Schema>): z.infer<Schema> {
  const fields: Readonly<Record<string, unknown>> = view;
  return Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, fields[camelCase(name)]]),
  ) as z.infer<Schema>;
}

const camelCase = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
