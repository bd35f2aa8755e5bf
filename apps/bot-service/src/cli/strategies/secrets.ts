import { parseBoundedJson } from "@shoal/kernel";
import { z } from "zod";
import type { Answer } from "../answer.ts";
import { table } from "../table.ts";
import type { SecretCommand } from "./command.types.ts";
import { type DeskClient, pathOf } from "./desk-client.ts";
import { type Width, when } from "./desk-view.ts";
import { StrategiesError } from "./errors.ts";
import { ask, type Input, type Questions, readPiped } from "./prompt.ts";

const secret = z.object({
  name: z.string(),
  key_id: z.string(),
  updated_at: z.string(),
  refused_at: z.string().nullable(),
  refused_reason: z.string().nullable(),
});
const named = z.object({ name: z.string() });
const list = z.object({ secrets: z.array(secret) });
const value = z.strictObject({
  api_key: z.string().min(1),
  secret: z.string().min(1),
  password: z.string().optional(),
});

interface Terminal extends Width {
  readonly input: Input;
  readonly questions: Questions;
}

/** Carries out a command about secrets. Values come from a prompt or standard input, never from the command line, which others can see. */
export async function askSecrets(command: SecretCommand, desk: DeskClient, terminal: Terminal): Promise<Answer> {
  const owner = { owner_id: command.ownerId };
  const path = "/strategies/secrets";
  switch (command.kind) {
    case "secrets set": {
      const given = await readSecret(terminal);
      const { body } = await desk.ask(named, { method: "PUT", path, body: { name: command.name, ...owner, ...given } });
      return { text: "the secret is kept, sealed; strategies use it by --secret\n", json: body };
    }
    case "secrets list": {
      const { body, view } = await desk.ask(list, { path: pathOf(path, owner) });
      return { text: drawSecrets(view.secrets, terminal), json: body };
    }
    case "secrets delete": {
      const { body } = await desk.ask(named, {
        method: "DELETE",
        path: pathOf(path, { name: command.name, ...owner }),
      });
      return { text: "the secret is deleted\n", json: body };
    }
  }
}

function drawSecrets(secrets: readonly z.infer<typeof secret>[], width: Width): string {
  if (secrets.length === 0) return "no secrets\n";
  const cells = secrets.map(({ name, key_id, updated_at, refused_at, refused_reason }) => [
    name,
    when(updated_at),
    key_id,
    refused_at === null ? "-" : `${when(refused_at)} ${refused_reason ?? ""}`,
  ]);
  const spare = ["sealed with"];
  return table(["secret", "written (UTC)", "sealed with", "refused"], cells, { ...width, spare });
}

const QUESTIONS = ["API key: ", "secret: ", "password (Enter where the exchange has none): "];

/** Reads the value; what is said of a wrong one has nothing of it. */
async function readSecret({ input, questions }: Terminal): Promise<z.infer<typeof value>> {
  const given = input.isTTY ? await askForIt(input, questions) : fromPipe(await readPiped(input));
  const read = value.safeParse(given);
  if (read.success) return read.data;
  const message =
    'give the secret on standard input: the API key in the first line and the secret below it, or JSON with "api_key", "secret" and, where the exchange has one, "password"';
  throw new StrategiesError("CLI_SECRET_INVALID", message);
}

async function askForIt(input: Input, output: Questions): Promise<unknown> {
  const [apiKey = "", secret = "", password = ""] = await ask(QUESTIONS, { input, output });
  return { api_key: apiKey, secret, ...(password === "" ? {} : { password }) };
}

/** A secret may have lines of its own: a private key in PEM form has. */
function fromPipe(text: string): unknown {
  if (text.trimStart().startsWith("{")) {
    const read = parseBoundedJson(text);
    return read.kind === "json" ? read.value : undefined;
  }
  const [apiKey = "", ...lines] = text.trimEnd().split(/\r?\n/);
  return { api_key: apiKey, secret: lines.join("\n") };
}
