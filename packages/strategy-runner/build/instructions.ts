import type { ByteReader } from "./wasm-bytes.ts";

/** Opcodes that the metering pass writes or looks for. */
export const OP = {
  unreachable: 0x00,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableSet: 0x26,
  i64Const: 0x42,
  i64LessThanSigned: 0x53,
  i64Subtract: 0x7d,
  i64ShiftRightUnsigned: 0x88,
  i64FromI32Unsigned: 0xad,
  prefixed: 0xfc,
} as const;

/** Second opcodes behind `OP.prefixed`. */
export const PREFIXED = { memoryInit: 8, dataDrop: 9, memoryCopy: 10, memoryFill: 11 } as const;

/** A block type or a value type that stands for "no value". */
export const NO_VALUE = 0x40;
export const I32 = 0x7f;
export const I64 = 0x7e;

/** One instruction: where it starts, and its opcode; `second` is the opcode behind `OP.prefixed`, else -1. */
export interface Instruction {
  readonly start: number;
  readonly opcode: number;
  readonly second: number;
}

/**
 * Reads the instruction at the reader's position and moves behind its operands. Throws for an opcode that is not in the table: a
 * loop of a kind unknown to the pass must not slip through unpaid.
 */
export function readInstruction(reader: ByteReader): Instruction {
  const start = reader.at;
  const opcode = reader.byte();
  if (opcode === OP.prefixed) {
    const second = reader.unsigned();
    skipOperands(reader, operandsOfPrefixed(second, start));
    return { start, opcode, second };
  }
  if (opcode === BRANCH_TABLE) {
    const targetCount = reader.unsigned();
    for (let index = 0; index <= targetCount; index++) reader.skipNumber();
  } else if (opcode === SELECT_TYPED) {
    reader.skip(reader.unsigned());
  } else {
    skipOperands(reader, operandsOf(opcode, start));
  }
  return { start, opcode, second: -1 };
}

const BRANCH_TABLE = 0x0e;
const SELECT_TYPED = 0x1c;

/** Operands of an instruction: that many LEB128 numbers, or plain bytes. */
interface Operands {
  readonly numbers?: number;
  readonly bytes?: number;
}

function skipOperands(reader: ByteReader, operands: Operands): void {
  for (let index = 0; index < (operands.numbers ?? 0); index++) reader.skipNumber();
  reader.skip(operands.bytes ?? 0);
}

/** First opcode, last opcode, operands. Those of exceptions, tail calls, vectors and threads are missing: the module has none. */
const OPERANDS: readonly (readonly [number, number, Operands])[] = [
  [0x00, 0x01, {}], // unreachable, nop
  [0x02, 0x04, { numbers: 1 }], // block, loop, if
  [0x05, 0x05, {}], // else
  [0x0b, 0x0b, {}], // end
  [0x0c, 0x0d, { numbers: 1 }], // br, br_if
  [0x0f, 0x0f, {}], // return
  [0x10, 0x10, { numbers: 1 }], // call
  [0x11, 0x11, { numbers: 2 }], // call_indirect
  [0x1a, 0x1b, {}], // drop, select
  [0x20, 0x26, { numbers: 1 }], // locals, globals, table.get, table.set
  [0x28, 0x3e, { numbers: 2 }], // loads and stores
  [0x3f, 0x40, { numbers: 1 }], // memory.size, memory.grow
  [0x41, 0x42, { numbers: 1 }], // i32.const, i64.const
  [0x43, 0x43, { bytes: 4 }], // f32.const
  [0x44, 0x44, { bytes: 8 }], // f64.const
  [0x45, 0xc4, {}], // arithmetic, comparisons, conversions
];

function operandsOf(opcode: number, at: number): Operands {
  const row = OPERANDS.find(([first, last]) => opcode >= first && opcode <= last);
  if (row === undefined) throw new Error(`unknown opcode 0x${opcode.toString(16)} at byte ${at}`);
  return row[2];
}

function operandsOfPrefixed(second: number, at: number): Operands {
  if (second <= 7) return {}; // conversions that saturate
  if (second === PREFIXED.memoryInit || second === PREFIXED.memoryCopy) return { numbers: 2 };
  if (second === PREFIXED.dataDrop || second === PREFIXED.memoryFill) return { numbers: 1 };
  throw new Error(`unknown opcode 0xfc ${second} at byte ${at}`);
}
