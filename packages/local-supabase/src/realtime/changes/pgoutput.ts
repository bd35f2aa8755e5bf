/**
 * A message of Postgres' own output plugin, protocol version 1. Values stay the text that Postgres wrote.
 *
 * @source https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export type LogicalMessage =
  | ({ readonly kind: "begin" } & Transaction)
  | { readonly kind: "relation"; readonly relation: Relation }
  | RowMessage
  | { readonly kind: "undecodable"; readonly reason: string }
  | { readonly kind: "other" };

/** The transaction that the next rows belong to. */
export interface Transaction {
  readonly committedAtMs: number;
  /** The lower 32 bits of its id. */
  readonly xid: number;
}

export type ChangeAction = "INSERT" | "UPDATE" | "DELETE";

/** A changed row. `oldRow` has all values when `isOldRowWhole`, else only those of the replica identity. */
export interface RowMessage {
  readonly kind: "row";
  readonly action: ChangeAction;
  readonly relation: Relation;
  readonly newRow: Row | undefined;
  readonly oldRow: Row | undefined;
  readonly isOldRowWhole: boolean;
}

/** The values by column, in the relation's order. Undefined: a large value that an update did not change, which is not sent. */
export type Row = readonly (string | null | undefined)[];

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  /** Whether it is part of the replica identity. */
  readonly isKey: boolean;
}

/** Postgres counts microseconds from this instant. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const decoder = new TextDecoder();

/** Decodes one message. `relations` holds the relations that messages of this stream have described; new ones are added. */
export function decodePgoutput(bytes: Buffer, relations: Map<number, Relation>): LogicalMessage {
  try {
    return decode(new Cursor(bytes), relations);
  } catch (error) {
    return { kind: "undecodable", reason: error instanceof Error ? error.message : "unreadable" };
  }
}

function decode(cursor: Cursor, relations: Map<number, Relation>): LogicalMessage {
  switch (cursor.letter()) {
    case "B":
      cursor.skip(8);
      return {
        kind: "begin",
        committedAtMs: POSTGRES_EPOCH_MS + Number(cursor.int64() / 1000n),
        xid: cursor.int32(),
      };
    case "R": {
      const relation = readRelation(cursor);
      relations.set(relation.oid, relation);
      return { kind: "relation", relation };
    }
    case "I":
      return readChange(cursor, "INSERT", relations);
    case "U":
      return readChange(cursor, "UPDATE", relations);
    case "D":
      return readChange(cursor, "DELETE", relations);
    default:
      return { kind: "other" };
  }
}

function readRelation(cursor: Cursor): Relation {
  const oid = cursor.int32();
  // An empty namespace means pg_catalog.
  const schema = cursor.text() || "pg_catalog";
  const table = cursor.text();
  cursor.skip(1);
  const columns = Array.from({ length: cursor.int16() }, () => {
    const isKey = cursor.int8() === 1;
    const name = cursor.text();
    const typeOid = cursor.int32();
    cursor.skip(4);
    return { name, typeOid, isKey };
  });
  return { oid, schema, table, columns };
}

function readChange(cursor: Cursor, action: ChangeAction, relations: ReadonlyMap<number, Relation>): RowMessage {
  const oid = cursor.int32();
  const relation = relations.get(oid);
  if (!relation) throw new Error(`relation ${oid} was never described`);
  let newRow: Row | undefined;
  let oldRow: Row | undefined;
  let isOldRowWhole = false;
  while (!cursor.isAtEnd) {
    const part = cursor.letter();
    const row = readRow(cursor);
    if (part === "N") newRow = row;
    else {
      oldRow = row;
      isOldRowWhole = part === "O";
    }
  }
  return { kind: "row", action, relation, newRow, oldRow, isOldRowWhole };
}

function readRow(cursor: Cursor): Row {
  return Array.from({ length: cursor.int16() }, () => {
    const kind = cursor.letter();
    if (kind === "n") return null;
    if (kind === "u") return undefined;
    return cursor.bytes(cursor.int32());
  });
}

class Cursor {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  skip(count: number): void {
    this.#offset += count;
  }

  letter(): string {
    return String.fromCharCode(this.int8());
  }

  int8(): number {
    this.#offset += 1;
    return this.#bytes.readUInt8(this.#offset - 1);
  }

  int16(): number {
    this.#offset += 2;
    return this.#bytes.readUInt16BE(this.#offset - 2);
  }

  int32(): number {
    this.#offset += 4;
    return this.#bytes.readUInt32BE(this.#offset - 4);
  }

  int64(): bigint {
    this.#offset += 8;
    return this.#bytes.readBigInt64BE(this.#offset - 8);
  }

  /** Reads up to the next zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#offset);
    const text = this.bytes(end - this.#offset);
    this.#offset = end + 1;
    return text;
  }

  bytes(count: number): string {
    this.#offset += count;
    return decoder.decode(this.#bytes.subarray(this.#offset - count, this.#offset));
  }
}
