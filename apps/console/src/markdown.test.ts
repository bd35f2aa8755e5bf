import { describe, expect, it } from "vitest";
import { parseMarkdown } from "./markdown.ts";

describe("the Markdown of runbooks", () => {
  it("is read into headings, paragraphs, lists and code", () => {
    const text =
      "# Name\n\nOne line\nand **another** with `code`.\n\n```sh\n# not a heading\n- nor a list\n```\n- first,\n  goes on: [see](ShoalDown.md)\n- second\n\n1. one\n2. two\n";
    expect(parseMarkdown(text)).toEqual([
      { kind: "heading", level: 1, content: [{ kind: "text", text: "Name" }] },
      {
        kind: "paragraph",
        content: [
          { kind: "text", text: "One line and " },
          { kind: "strong", text: "another" },
          { kind: "text", text: " with " },
          { kind: "code", text: "code" },
          { kind: "text", text: "." },
        ],
      },
      { kind: "code", text: "# not a heading\n- nor a list" },
      {
        kind: "list",
        isNumbered: false,
        items: [
          [
            { kind: "text", text: "first, goes on: " },
            { kind: "link", text: "see", to: "ShoalDown.md" },
          ],
          [{ kind: "text", text: "second" }],
        ],
      },
      { kind: "list", isNumbered: true, items: [[{ kind: "text", text: "one" }], [{ kind: "text", text: "two" }]] },
    ]);
  });

  it("ends, and loses nothing, whatever stands in it", () => {
    for (const text of ["```", "- ", "#", "####### x", "\n\n\n", "[a](", "*", "1.", "  indented", "| a | b |"]) {
      expect(JSON.stringify(parseMarkdown(text)).length).toBeGreaterThan(1);
    }
  });
});
