import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLORS_MAX = 256;
/** Types of pixels: three or four bytes each, and one that is a place in the palette. */
const PIXEL_BYTES: Readonly<Record<number, number>> = { 2: 3, 6: 4 };
const PALETTE = 3;

/** Rewrites an opaque PNG of eight bits a channel with a palette: its most frequent colors, and for others the nearest of them. */
export function reducePng(png: Buffer): Buffer {
  const { width, height, rgb } = readPng(png);
  const counts = new Map<number, number>();
  for (const color of rgb) counts.set(color, (counts.get(color) ?? 0) + 1);
  const byCount = [...counts].toSorted(([, left], [, right]) => right - left).map(([color]) => color);
  const palette = byCount.slice(0, COLORS_MAX);
  const places = new Map(byCount.map((color, index) => [color, index < COLORS_MAX ? index : nearest(palette, color)]));
  // One byte before each line: no filter, as places in a palette have no gradients.
  const lines = Buffer.alloc((width + 1) * height);
  rgb.forEach((color, pixel) => {
    lines[pixel + Math.floor(pixel / width) + 1] = places.get(color) ?? 0;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, PALETTE, 0, 0, 0], 8);
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const parts = [chunk("IHDR", header), chunk("PLTE", colors), chunk("IDAT", deflateSync(lines, { level: 9 }))];
  return Buffer.concat([SIGNATURE, ...parts, chunk("IEND", Buffer.alloc(0))]);
}

function nearest(palette: readonly number[], color: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  palette.forEach((other, index) => {
    const part = (shift: number) => ((color >> shift) & 255) - ((other >> shift) & 255);
    const distance = part(16) ** 2 + part(8) ** 2 + part(0) ** 2;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(Bun.hash.crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Returns the colors of all pixels, 0xrrggbb, line by line. */
function readPng(png: Buffer): { readonly width: number; readonly height: number; readonly rgb: Uint32Array } {
  const [width, height, type] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25] ?? 0];
  const pixelBytes = PIXEL_BYTES[type];
  if (pixelBytes === undefined || png[24] !== 8 || png[28] !== 0)
    throw new Error(`not a PNG that can be read: type ${type}`);
  const data: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const bytes = unfiltered(inflateSync(Buffer.concat(data)), width * pixelBytes, height, pixelBytes);
  const at = (index: number) => bytes[index] ?? 0;
  const rgb = Uint32Array.from({ length: width * height }, (_, pixel) => {
    const first = pixel * pixelBytes;
    return (at(first) << 16) | (at(first + 1) << 8) | at(first + 2);
  });
  return { width, height, rgb };
}

/** Undoes the filter of each line: what is added to each byte is told from the one before, the one above and the one above that. */
function unfiltered(filtered: Buffer, lineBytes: number, height: number, pixelBytes: number): Uint8Array {
  const bytes = new Uint8Array(lineBytes * height);
  for (let line = 0; line < height; line += 1) {
    const filter = filtered[line * (lineBytes + 1)] ?? 0;
    for (let column = 0; column < lineBytes; column += 1) {
      const index = line * lineBytes + column;
      const isInLine = column >= pixelBytes;
      const before = isInLine ? (bytes[index - pixelBytes] ?? 0) : 0;
      const above = bytes[index - lineBytes] ?? 0;
      const aboveBefore = isInLine ? (bytes[index - lineBytes - pixelBytes] ?? 0) : 0;
      const added = predicted(filter, before, above, aboveBefore);
      bytes[index] = (filtered[index + line + 1] ?? 0) + added;
    }
  }
  return bytes;
}

function predicted(filter: number, before: number, above: number, aboveBefore: number): number {
  if (filter === 1) return before;
  if (filter === 2) return above;
  if (filter === 3) return (before + above) >> 1;
  if (filter !== 4) return 0;
  const guess = before + above - aboveBefore;
  const [far, up, corner] = [before, above, aboveBefore].map((value) => Math.abs(guess - value)) as [
    number,
    number,
    number,
  ];
  if (far <= up && far <= corner) return before;
  return up <= corner ? above : aboveBefore;
}
