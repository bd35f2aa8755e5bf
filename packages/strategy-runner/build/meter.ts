import { I32, I64, NO_VALUE, OP, PREFIXED, readInstruction } from "./instructions.ts";
import { ByteReader, ByteWriter, unsigned } from "./wasm-bytes.ts";

/** Name of the exported global that holds the fuel left, a mutable i64. */
export const FUEL_EXPORT = "fuel";
/** A bulk memory operation burns its length in bytes, shifted right by this: one unit each 64 bytes. */
const BULK_SHIFT = 6;

const SECTION = { type: 1, import: 2, function: 3, memory: 5, global: 6, export: 7, code: 10 } as const;
const IMPORT_KIND = { function: 0, memory: 2, global: 3 } as const;
const EXPORTED_GLOBAL = 3;
const HEADER_BYTES = 8;

export interface MeterOptions {
  /** Largest memory, in pages of 64 kB. */
  readonly maximumPages: number;
}

export interface MeteredModule {
  readonly bytes: Uint8Array;
  readonly loopCount: number;
  readonly bulkCount: number;
}

/**
 * Rewrites a module so that all it does is paid for and bounded:
 *
 * - each loop header burns one unit of an exported i64 global and traps once that is below 0. Code without a loop ends by itself, so nothing
 *   runs for ever, in native functions of the engine neither;
 * - `memory.copy` and `memory.fill` burn by their length, because they are loops inside one instruction;
 * - the memory gets a maximum.
 */
export function meter(module: Uint8Array, options: MeterOptions): MeteredModule {
  const layout = readLayout(module);
  const fuel = unsigned(layout.globalCount);
  const counts = { loopCount: 0, bulkCount: 0 };
  const output = new ByteWriter().write(module.subarray(0, HEADER_BYTES));
  for (const { id, body } of sectionsOf(module)) {
    output.write(id).writeSized(rewriteSection(id, body, { layout, fuel, options, counts }));
  }
  return { bytes: output.bytes().slice(), ...counts };
}

interface Rewriting {
  readonly layout: Layout;
  /** Index of the fuel global, encoded. */
  readonly fuel: readonly number[];
  readonly options: MeterOptions;
  readonly counts: { loopCount: number; bulkCount: number };
}

function rewriteSection(id: number, body: ByteReader, rewriting: Rewriting): Uint8Array {
  switch (id) {
    case SECTION.memory:
      return withMaximum(body, rewriting.options.maximumPages);
    case SECTION.global:
      return withOneMore(body, [I64, 1, OP.i64Const, 0, OP.end]);
    case SECTION.export:
      return withOneMore(body, [...nameBytes(FUEL_EXPORT), EXPORTED_GLOBAL, ...rewriting.fuel]);
    case SECTION.code:
      return meteredCode(body, rewriting);
    default:
      return body.rest();
  }
}

/** A section of the module. */
export interface Section {
  readonly id: number;
  readonly body: ByteReader;
}

/** Returns the sections of a module in their order. */
export function sectionsOf(module: Uint8Array): Section[] {
  const reader = new ByteReader(module, HEADER_BYTES);
  const sections: Section[] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    sections.push({ id, body: reader.part(reader.unsigned()) });
  }
  return sections;
}

/** What has to be known of a module before its code can be rewritten. */
interface Layout {
  /** Imported and own ones: the index that the next global gets. */
  readonly globalCount: number;
  /** Parameter count of each own function. */
  readonly parameterCounts: readonly number[];
}

function readLayout(module: Uint8Array): Layout {
  const found = new Map(sectionsOf(module).map(({ id, body }) => [id, body]));
  const section = (id: number) => {
    const body = found.get(id);
    if (body === undefined) throw new Error(`the module has no section ${id}`);
    return body;
  };
  const types = parameterCountsOfTypes(section(SECTION.type));
  const functions = section(SECTION.function);
  const parameterCounts: number[] = [];
  for (let left = functions.unsigned(); left > 0; left--) {
    parameterCounts.push(types[functions.unsigned()] ?? fail("a function has a type that the module does not have"));
  }
  checkImports(section(SECTION.import));
  return { globalCount: section(SECTION.global).unsigned(), parameterCounts };
}

function parameterCountsOfTypes(types: ByteReader): number[] {
  const FUNCTION_TYPE = 0x60;
  const counts: number[] = [];
  for (let left = types.unsigned(); left > 0; left--) {
    if (types.byte() !== FUNCTION_TYPE) fail("the module has a type that is not one of a function");
    const parameterCount = types.unsigned();
    types.skip(parameterCount);
    types.skip(types.unsigned());
    counts.push(parameterCount);
  }
  return counts;
}

/** Refuses imports that are not functions: an imported memory would have no maximum here, an imported global would move the index of ours. */
function checkImports(imports: ByteReader): void {
  for (let left = imports.unsigned(); left > 0; left--) {
    imports.skip(imports.unsigned());
    imports.skip(imports.unsigned());
    if (imports.byte() !== IMPORT_KIND.function) fail("the module imports something that is not a function");
    imports.skipNumber();
  }
}

function withMaximum(memories: ByteReader, maximumPages: number): Uint8Array {
  const HAS_MAXIMUM = 1;
  if (memories.unsigned() !== 1) fail("the module does not have exactly one memory");
  memories.skipNumber();
  return new ByteWriter().write(1, HAS_MAXIMUM, unsigned(memories.unsigned()), unsigned(maximumPages)).bytes();
}

function withOneMore(vector: ByteReader, entry: readonly number[]): Uint8Array {
  const count = vector.unsigned();
  return new ByteWriter().write(unsigned(count + 1), vector.rest(), entry).bytes();
}

function meteredCode(code: ByteReader, rewriting: Rewriting): Uint8Array {
  const output = new ByteWriter();
  const functionCount = code.unsigned();
  output.write(unsigned(functionCount));
  for (let index = 0; index < functionCount; index++) {
    const parameterCount = rewriting.layout.parameterCounts[index] ?? fail("a body has no function");
    output.writeSized(meteredBody(code.part(code.unsigned()), parameterCount, rewriting));
  }
  return output.bytes();
}

function meteredBody(body: ByteReader, parameterCount: number, rewriting: Rewriting): Uint8Array {
  const groupCount = body.unsigned();
  const groupsStart = body.at;
  let localCount = parameterCount;
  for (let left = groupCount; left > 0; left--) {
    localCount += body.unsigned();
    body.skip(1);
  }
  const groups = body.bytes.subarray(groupsStart, body.at);
  const { code, usesLength } = meteredInstructions(body, unsigned(localCount), rewriting);
  const output = new ByteWriter();
  if (usesLength) output.write(unsigned(groupCount + 1), groups, 1, I32);
  else output.write(unsigned(groupCount), groups);
  return output.write(code).bytes();
}

/** Copies the instructions with burns put in; `length` is the index of the local that a bulk operation's length goes through. */
function meteredInstructions(body: ByteReader, length: readonly number[], { fuel, counts }: Rewriting) {
  const output = new ByteWriter();
  let copiedTo = body.at;
  const copyTo = (end: number) => {
    output.write(body.bytes.subarray(copiedTo, end));
    copiedTo = end;
  };
  let usesLength = false;
  while (!body.isAtEnd) {
    const { start, opcode, second } = readInstruction(body);
    if (opcode === OP.loop) {
      copyTo(body.at);
      output.write(loopBurn(fuel));
      counts.loopCount += 1;
    } else if (opcode === OP.prefixed && (second === PREFIXED.memoryCopy || second === PREFIXED.memoryFill)) {
      copyTo(start);
      output.write(bulkBurn(fuel, length));
      usesLength = true;
      counts.bulkCount += 1;
    }
  }
  copyTo(body.end);
  return { code: output.bytes(), usesLength };
}

/** Takes one unit, and traps when none was left. */
export function loopBurn(fuel: readonly number[]): number[] {
  return [
    ...[OP.globalGet, ...fuel, OP.i64Const, 1, OP.i64Subtract, OP.globalSet, ...fuel],
    ...[OP.globalGet, ...fuel, OP.i64Const, 0, OP.i64LessThanSigned],
    ...[OP.if, NO_VALUE, OP.unreachable, OP.end],
  ];
}

/** Takes one unit each 64 bytes of the length on top of the stack, which stays there. The next loop header traps, should it be too much. */
export function bulkBurn(fuel: readonly number[], length: readonly number[]): number[] {
  return [
    ...[OP.localTee, ...length, OP.globalGet, ...fuel],
    ...[OP.localGet, ...length, OP.i64FromI32Unsigned, OP.i64Const, BULK_SHIFT, OP.i64ShiftRightUnsigned],
    ...[OP.i64Subtract, OP.globalSet, ...fuel],
  ];
}

function nameBytes(name: string): number[] {
  const bytes = [...new TextEncoder().encode(name)];
  return [...unsigned(bytes.length), ...bytes];
}

function fail(why: string): never {
  throw new Error(`cannot meter: ${why}`);
}
