/** An instance of quickjs-emscripten for each strategy, kept between runs, with its memory limit and its interrupt handler. */
import { newQuickJSWASMModule, shouldInterruptAfterDeadline } from "quickjs-emscripten";
import { decide } from "./decide.ts";
import { type Deployed, measure } from "./measure.ts";

const SOURCE = `const decide = ${decide}; (buffer) => decide(new Float64Array(buffer))`;
const MEMORY_BYTES = 32 * 1024 * 1024;
const LIMIT_MS = 3000;

async function open(): Promise<Deployed> {
  const runtime = (await newQuickJSWASMModule()).newRuntime({ memoryLimitBytes: MEMORY_BYTES });
  const context = runtime.newContext();
  const strategy = context.unwrapResult(context.evalCode(SOURCE));
  return {
    async run(closes) {
      runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + LIMIT_MS));
      using buffer = context.newArrayBuffer(closes.slice().buffer);
      using answer = context.unwrapResult(context.callFunction(strategy, context.undefined, buffer));
      return context.getNumber(answer);
    },
    async close() {
      for (const each of [strategy, context, runtime]) each.dispose();
    },
  };
}

const [strategyCount, runCount] = process.argv.slice(2).map(Number);
process.stdout.write(
  JSON.stringify(await measure(open, { strategyCount: strategyCount ?? 1, runCount: runCount ?? 1 })),
);
