import { type RunOne, runChild } from "../child/child-loop.ts";
import { createEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.types.ts";
import { childPipes, readBytes } from "./child-pipes.ts";

/** What a child's program makes of its engine: something that does runs, and that has done a few to be warm. */
export type MakeRunOne = (engine: Engine) => RunOne | Promise<RunOne>;

/** The whole life of a child: reads the engine from its input, prepares it, and does runs until its parent closes the pipe. */
export async function serveChild(buildId: string, makeRunOne: MakeRunOne): Promise<void> {
  const length = readBytes(4);
  const bytes = length === undefined ? undefined : readBytes(length.readUInt32LE(0));
  if (bytes === undefined) return;
  const engine = createEngine({ module: new WebAssembly.Module(bytes), buildId });
  await runChild(childPipes, await makeRunOne(engine));
}
