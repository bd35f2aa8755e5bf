import { MarketError } from "../errors.ts";

/** Longest line of a CSV file, or element of a JSON file, in characters: a hundred times what a candle takes. */
export const MAX_ROW_CHARACTERS = 65_536;

/** Decodes UTF-8, or UTF-16 where the file says so; Excel and MetaTrader write that. Throws `MARKET_FILE_INVALID` for what is no text. */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  try {
    for await (const chunk of bytes) {
      decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? "utf-16le" : "utf-8", { fatal: true });
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder?.decode() ?? "";
  } catch (error) {
    if (error instanceof TypeError)
      throw new MarketError("MARKET_FILE_INVALID", "the file is no text: neither UTF-8 nor UTF-16");
    throw error;
  }
}

/** A piece of a file, and the line it begins in, 1 or more. */
export interface Piece {
  readonly line: number;
  readonly text: string;
}

/** Cuts text into lines that are not blank. Yields a line cut off after `MAX_ROW_CHARACTERS`, so that its reader can say what is wrong. */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<Piece> {
  let rest = "";
  let line = 1;
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) {
      if (text.trim() !== "") yield { line, text };
      line += 1;
    }
    if (rest.length > MAX_ROW_CHARACTERS) break;
  }
  if (rest.trim() !== "") yield { line, text: rest };
}
