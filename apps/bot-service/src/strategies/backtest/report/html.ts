import { printable } from "@shoal/kernel";

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = string | number | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes HTML of a template; what is put in is escaped, but for HTML itself. Attributes must stand in double quotes. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((page, text, index) => page + asHtml(parts[index - 1] ?? "") + text) };
}

function asHtml(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return printable(part).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? "");
  return "html" in part ? part.html : part.map((each) => each.html).join("\n");
}
