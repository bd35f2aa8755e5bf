import { describe, expect, it } from "vitest";
import { OP, PREFIXED, readInstruction } from "../build/instructions.ts";
import { bulkBurn, FUEL_EXPORT, loopBurn, meter, sectionsOf } from "../build/meter.ts";
import { MAXIMUM_PAGES, METERED_SHA256, meterQuickJs, sha256, UPSTREAM_SHA256 } from "../build/metered-quickjs.ts";
import { ByteReader, unsigned } from "../build/wasm-bytes.ts";
import { readUpstream } from "../src/adapters/engine-module.ts";

const upstream = readUpstream();
const metered = meterQuickJs(upstream);

/** Calls `visit` with each instruction of a module's functions, and with the bytes of the function and where its instructions end. */
function eachInstruction(
  module: Uint8Array,
  visit: (found: ReturnType<typeof readInstruction>, body: ByteReader, startOfNext: number, localCount: number) => void,
): void {
  const code = sectionsOf(module).find(({ id }) => id === 10)?.body;
  for (let left = code?.unsigned() ?? 0; left > 0 && code !== undefined; left--) {
    const body = code.part(code.unsigned());
    let localCount = 0;
    for (let groups = body.unsigned(); groups > 0; groups--) {
      localCount += body.unsigned();
      body.skip(1);
    }
    while (!body.isAtEnd) visit(readInstruction(body), body, body.at, localCount);
  }
}

function globalsOf(module: Uint8Array): { isMutable: boolean }[] {
  const globals: { isMutable: boolean }[] = [];
  const body = sectionsOf(module).find(({ id }) => id === 6)?.body ?? new ByteReader(new Uint8Array());
  for (let left = body.unsigned(); left > 0; left--) {
    body.skip(1);
    globals.push({ isMutable: body.byte() === 1 });
    while (readInstruction(body).opcode !== OP.end);
  }
  expect(body.isAtEnd).toBe(true);
  return globals;
}

const fuel = unsigned(globalsOf(metered).length - 1);

describe("the metered QuickJS", () => {
  it("is made of the pinned module, and is the pinned result", () => {
    expect(sha256(upstream)).toBe(UPSTREAM_SHA256);
    expect(sha256(metered)).toBe(METERED_SHA256);
  });

  it("refuses a module that is another one by a single byte", () => {
    const other = upstream.slice();
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    expect(() => meterQuickJs(other)).toThrow(UPSTREAM_SHA256);
  });

  it("burns at each loop header, and has as many loops as before", () => {
    const burn = Uint8Array.from(loopBurn(fuel));
    let [loopCount, paidCount] = [0, 0];
    eachInstruction(metered, ({ opcode }, body, next) => {
      if (opcode !== OP.loop) return;
      loopCount += 1;
      if (Buffer.compare(body.bytes.subarray(next, next + burn.length), burn) === 0) paidCount += 1;
    });
    expect(paidCount).toBe(loopCount);
    let upstreamCount = 0;
    eachInstruction(upstream, ({ opcode }) => {
      if (opcode === OP.loop) upstreamCount += 1;
    });
    expect(loopCount).toBe(upstreamCount);
    expect(loopCount).toBeGreaterThan(1000);
  });

  it("burns by length before each bulk memory operation", () => {
    let bulkCount = 0;
    eachInstruction(metered, ({ opcode, second, start }, { bytes }) => {
      if (opcode !== OP.prefixed || second < PREFIXED.memoryInit) return;
      bulkCount += 1;
      // The local is the function's last one; its index may take one byte or two.
      const burns = [1, 2].map((size) => {
        const teeAt = start - bulkBurn(fuel, Array(size).fill(0)).length;
        return bulkBurn(fuel, [...bytes.subarray(teeAt + 1, teeAt + 1 + size)]);
      });
      const isPaid = burns.some(
        (burn) => Buffer.compare(bytes.subarray(start - burn.length, start), Uint8Array.from(burn)) === 0,
      );
      expect(isPaid).toBe(true);
    });
    expect(bulkCount).toBeGreaterThan(100);
  });

  it("has no state but its memory, the stack pointer and the fuel", () => {
    const mutable = globalsOf(metered).filter(({ isMutable }) => isMutable);
    expect(mutable).toHaveLength(2);
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(metered)).filter(
      ({ kind }) => kind === "global",
    );
    expect(exported.map(({ name }) => name).sort()).toEqual(["__stack_pointer", FUEL_EXPORT]);
    // Tables and segments that change would outlive a reset; operations that grow a table are no opcode that the pass knows.
    const seen = new Set<string>();
    eachInstruction(metered, ({ opcode, second }) => seen.add(`${opcode} ${second}`));
    expect(seen.has(`${OP.loop} -1`)).toBe(true);
    for (const changing of [
      `${OP.tableSet} -1`,
      `${OP.prefixed} ${PREFIXED.memoryInit}`,
      `${OP.prefixed} ${PREFIXED.dataDrop}`,
    ]) {
      expect(seen.has(changing)).toBe(false);
    }
  });

  it("asks its host for nothing but what is known", () => {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(metered));
    expect(imports.map(({ module, name, kind }) => `${module}.${name}: ${kind}`).sort()).toEqual([
      "env.host_call: function",
      "env.host_get_timezone_offset: function",
      "env.host_interrupt: function",
      "env.host_module_load: function",
      "env.host_module_normalize: function",
      "env.host_promise_rejection: function",
      "wasi_snapshot_preview1.clock_time_get: function",
      "wasi_snapshot_preview1.fd_close: function",
      "wasi_snapshot_preview1.fd_fdstat_get: function",
      "wasi_snapshot_preview1.fd_seek: function",
      "wasi_snapshot_preview1.fd_write: function",
      "wasi_snapshot_preview1.random_get: function",
    ]);
  });

  it("has a memory with a maximum", () => {
    const memory = sectionsOf(metered).find(({ id }) => id === 5)?.body;
    expect([memory?.unsigned(), memory?.byte(), memory?.unsigned(), memory?.unsigned()]).toEqual([
      1,
      1,
      expect.any(Number),
      MAXIMUM_PAGES,
    ]);
  });
});

/** A module with one memory, one mutable global and a function `run` of one i32 parameter. */
function smallModule(code: readonly number[], imports: readonly number[] = [0]): Uint8Array {
  const section = (id: number, body: readonly number[]) => [id, ...unsigned(body.length), ...body];
  const body = [0, ...code, OP.end];
  const runExport = [...Buffer.from("\x03run\x00\x00")];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]),
    ...section(2, imports),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(6, [1, 0x7f, 1, 0x41, 0, OP.end]),
    ...section(7, [1, ...runExport]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function instanceOf(module: Uint8Array) {
  const { bytes } = meter(module, { maximumPages: 2 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>));
  return exports as unknown as { run(value: number): void; fuel: WebAssembly.Global<"i64"> };
}

describe("meter", () => {
  const ENDLESS = [OP.loop, 0x40, 0x0c, 0, OP.end];
  const FILL = [0x41, 0, 0x41, 7, OP.localGet, 0, OP.prefixed, PREFIXED.memoryFill, 0];
  const COPY = [0x41, 0, 0x41, 8, OP.localGet, 0, OP.prefixed, PREFIXED.memoryCopy, 0, 0];

  it("ends a loop when its fuel is used up", () => {
    const { run, fuel: left } = instanceOf(smallModule(ENDLESS));
    left.value = 1000n;
    expect(() => run(0)).toThrow(WebAssembly.RuntimeError);
    expect(left.value).toBe(-1n);
  });

  it.each([
    ["memory.fill", FILL],
    ["memory.copy", COPY],
  ])("takes a unit each 64 bytes for %s", (_, code) => {
    const { run, fuel: left } = instanceOf(smallModule(code));
    left.value = 1000n;
    run(640);
    expect(left.value).toBe(990n);
    run(63);
    expect(left.value).toBe(990n);
  });

  it.each([
    ["an imported memory", smallModule([], [1, 1, 0x6d, 1, 0x6d, 2, 0, 1])],
    ["an imported global", smallModule([], [1, 1, 0x6d, 1, 0x67, 3, 0x7f, 1])],
    ["an opcode that it does not know", smallModule([0xfd, 0x0f])],
    ["a bulk operation that it does not know", smallModule([OP.prefixed, 15, 0])],
    ["a module that ends in the middle", smallModule([]).subarray(0, -3)],
    ["a module without code", smallModule([]).subarray(0, 12)],
  ])("refuses %s", (_, module) => {
    expect(() => meter(module, { maximumPages: 2 })).toThrow();
  });
});
