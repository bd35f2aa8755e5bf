import { join } from "node:path";
import { backends, spawnProgram, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PROGRAM = join(import.meta.dirname, "programs/reply-spender.ts");
const DAY_MICROS = 60_000;
const WORST_MICROS = 97;
describe.each(backends())("the budget of the day in %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("is not overspent by three daemons, of which one is killed with replies under way", async () => {
    const start = (name: string) =>
      spawnProgram([PROGRAM, test.url, name, String(DAY_MICROS), String(WORST_MICROS)], { stderr: "inherit" });
    const [killed, ...others] = [start("one"), start("two"), start("three")];
    const linesOf = async (output: ReadableStream<Uint8Array>, onLines: (lines: readonly string[]) => void) => {
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of output) {
        text += decoder.decode(chunk, { stream: true });
        onLines(text.split("\n").slice(0, -1));
      }
      return text.split("\n").slice(0, -1);
    };
    const cut = linesOf(killed.stdout, (lines) => {
      if (lines.length >= 20) killed.kill("SIGKILL");
    });
    const told = await Promise.all([cut, ...others.map(({ stdout }) => linesOf(stdout, () => {}))]);
    await Promise.all([killed, ...others].map(({ exited }) => exited));
    expect(told.map((lines) => lines.at(-1) === "spent")).toEqual([false, true, true]);

    const spent = told.flat().reduce((sum, line) => sum + Number(/^began (\d+)$/.exec(line)?.[1] ?? 0), 0);
    const [day] = await test.database.query<{ taken: number; open: number }>(`
      select b.taken_micros::int as taken, (select count(*)::int from shoal.reply_reservations) as open
      from shoal.reply_budgets b where b.name like 'day:%'`);
    const { taken = 0, open = 0 } = day ?? {};
    expect(spent).toBeLessThanOrEqual(taken);
    expect(taken).toBeLessThanOrEqual(DAY_MICROS);
    // Used up, but for what no further reply fits in.
    expect(taken).toBeGreaterThan(DAY_MICROS - WORST_MICROS);
    // What nobody settled counts at its worst.
    expect(taken - spent).toBeLessThanOrEqual(open * WORST_MICROS);
  });
});
