/** A piece of a line: text, code, or a link. */
export type Inline =
  | { readonly kind: "text" | "code" | "strong"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly to: string };

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly content: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly content: readonly Inline[] }
  | { readonly kind: "list"; readonly isNumbered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "code"; readonly text: string };

/** Reads the Markdown that runbooks are written in: headings, paragraphs, flat lists, code, links. Anything else stays as its text. */
export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; ) {
    const { block, next } = blockAt(lines, index);
    if (block) blocks.push(block);
    index = next;
  }
  return blocks;
}

const ITEM = /^(?:[-*]|\d+\.) /;
const STARTS_A_BLOCK = /^(?:#{1,3} |```|[-*] |\d+\. |\s*$)/;

function blockAt(lines: readonly string[], index: number): { readonly block: Block | null; readonly next: number } {
  const line = lines[index] ?? "";
  if (line.startsWith("```")) {
    const end = lines.findIndex((each, at) => at > index && each.startsWith("```"));
    const last = end < 0 ? lines.length : end;
    return { block: { kind: "code", text: lines.slice(index + 1, last).join("\n") }, next: last + 1 };
  }
  const heading = /^(#{1,3}) (.*)$/.exec(line);
  if (heading) {
    const level = (heading[1]?.length ?? 1) as 1 | 2 | 3;
    return { block: { kind: "heading", level, content: inline(heading[2] ?? "") }, next: index + 1 };
  }
  if (line.trim() === "") return { block: null, next: index + 1 };
  let next = index + 1;
  const isList = ITEM.test(line);
  while (next < lines.length && belongs(lines[next] ?? "", isList)) next += 1;
  const own = lines.slice(index, next);
  if (!isList) return { block: { kind: "paragraph", content: inline(own.join(" ")) }, next };
  const items = own
    .join("\n")
    .split(/\n(?=(?:[-*]|\d+\.) )/)
    .map((item) => item.replace(ITEM, "").replaceAll(/\n\s*/g, " "));
  return { block: { kind: "list", isNumbered: /^\d/.test(line), items: items.map(inline) }, next };
}

const belongs = (line: string, isList: boolean) =>
  isList ? ITEM.test(line) || /^\s+\S/.test(line) : !STARTS_A_BLOCK.test(line);

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inline(text: string): readonly Inline[] {
  const pieces: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) pieces.push({ kind: "text", text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    const [, code, strong, label, to] = match;
    if (code !== undefined) pieces.push({ kind: "code", text: code });
    else if (strong !== undefined) pieces.push({ kind: "strong", text: strong });
    else pieces.push({ kind: "link", text: label ?? "", to: to ?? "" });
  }
  return end < text.length ? [...pieces, { kind: "text", text: text.slice(end) }] : pieces;
}
