import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { createScreen } from "./screen.ts";
import { TestTerminal } from "./terminal.test-support.ts";

describe("on a terminal", () => {
  it("draws over the last picture on a terminal and never wraps a line", () => {
    const written: string[] = [];
    const screen = createScreen({ isTTY: true, columns: 40, write: (text) => written.push(text) }, () => 0);
    screen.show(["x".repeat(100), "b"]);
    screen.show(["c", "d"]);
    expect(written[0]).toBe(`\x1b[2K${"x".repeat(39)}\n\x1b[2Kb\n\x1b[J`);
    expect(written[1]?.startsWith("\r\x1b[2A")).toBe(true);
  });

  it("shows the top of a picture that is taller than the terminal, and follows its size", () => {
    const written: string[] = [];
    const terminal = { isTTY: true, columns: 40, rows: 3, write: (text: string) => written.push(text) };
    const screen = createScreen(terminal, () => 0);
    screen.show(["a", "b", "c", "d"]);
    terminal.rows = 10;
    screen.show(["a", "b", "c", "d"]);
    expect(written[0]).toBe("\x1b[2Ka\n\x1b[2Kb\n\x1b[J");
    expect(written[1]).toBe("\r\x1b[2A\x1b[2Ka\n\x1b[2Kb\n\x1b[2Kc\n\x1b[2Kd\n\x1b[J");
  });

  it("leaves exactly the last picture below what was written before, however the size changes", () => {
    const picture = fc.array(fc.string({ unit: fc.constantFrom("a", "b", " ", "你", "é"), maxLength: 90 }), {
      maxLength: 12,
    });
    const size = fc.record({ columns: fc.integer({ min: 10, max: 100 }), rows: fc.integer({ min: 5, max: 40 }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(size, picture), { minLength: 1, maxLength: 12 }), (steps) => {
        const terminal = new TestTerminal(80, 24);
        const screen = createScreen(terminal, () => 0);
        terminal.write("before\n");
        for (const [{ columns, rows }, lines] of steps) {
          terminal.resize(columns, rows);
          screen.show(lines);
          const shown = lines.slice(0, rows - 1).map((line) => Bun.sliceAnsi(line, 0, columns - 1).trimEnd());
          const expected = [["before", ...shown], ...(terminal.hasScrolled ? [shown] : [])];
          expect(expected.map((rows) => rows.join("\n").trimEnd())).toContain(terminal.visible.join("\n").trimEnd());
        }
        screen.finish();
        terminal.write("after");
        expect(terminal.visible.at(terminal.cursorRow)).toBe("after");
      }),
      { numRuns: soakRuns(200, 10_000) },
    );
  });

  it("draws again as soon as the size changes, and no more once it is finished", () => {
    const terminal = new TestTerminal(40, 20);
    const screen = createScreen(terminal, () => 0);
    screen.show(["x".repeat(60), "end"]);
    terminal.resize(20, 20);
    expect(terminal.visible.slice(0, 3)).toEqual(["x".repeat(19), "end", ""]);
    terminal.resize(50, 20);
    expect(terminal.visible.slice(0, 3)).toEqual(["x".repeat(49), "end", ""]);
    screen.finish();
    terminal.resize(30, 20);
    expect(terminal.visible.slice(0, 3)).toEqual(["x".repeat(30), "x".repeat(19), "end"]);
  });

  it("hears of the size from a real terminal", async () => {
    const program = `
      const { createScreen } = await import(${JSON.stringify(`${import.meta.dirname}/screen.ts`)});
      createScreen(process.stdout, Date.now).show(["x".repeat(100), "end"]);
      setInterval(() => {}, 1000);
    `;
    let written = "";
    const narrow = Promise.withResolvers<void>();
    const child = Bun.spawn([process.execPath, "-e", program], {
      env: { PATH: process.env.PATH },
      terminal: {
        cols: 70,
        rows: 20,
        data(terminal, bytes) {
          written += new TextDecoder().decode(bytes);
          const drawnCount = written.split("end").length - 1;
          if (drawnCount === 1) terminal.resize(50, 20);
          if (drawnCount >= 2) narrow.resolve();
        },
      },
    });
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await child.exited;
    });
    await narrow.promise;
    expect(written).toContain(`\x1b[2K${"x".repeat(69)}\r\n`);
    expect(written).toContain(`\r\x1b[3A\x1b[J\x1b[2K${"x".repeat(49)}\r\n`);
  });
});

it("writes one line every 5 s where there is no terminal", () => {
  const written: string[] = [];
  let nowMs = 0;
  const screen = createScreen({ write: (text) => written.push(text) }, () => nowMs);
  for (; nowMs < 10_000; nowMs += 500) screen.show(["  people   3", "", "  bots   2"]);
  expect(written).toHaveLength(2);
  expect(written[0]?.split("\n")).toHaveLength(2);
});
