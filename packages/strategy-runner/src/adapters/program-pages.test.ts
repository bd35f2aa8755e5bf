import { describe, expect, it } from "vitest";
import { giveBackProgramPages, readMappings } from "./program-pages.ts";

const mapping = (line: string, anonymousKb: number) =>
  `${line}\nSize:                132 kB\nRss:                 100 kB\nAnonymous:    ${String(anonymousKb).padStart(8)} kB\nVmFlags: rd ex mr mw me\n`;

const FILE = "r-xp 00400000 fe:00 1234                       /usr/bin/bun";

describe("mappings whose pages can be given back", () => {
  it("are those of files that nobody wrote to", () => {
    const smaps = [
      mapping(`00400000-00500000 ${FILE}`, 0),
      mapping(`7fffff000000-7fffff001000 ${FILE.replace("r-xp", "r--p")} (deleted)`, 0),
    ].join("");
    expect(readMappings(smaps)).toEqual([
      { start: 0x400000, end: 0x500000 },
      { start: 0x7fffff000000, end: 0x7fffff001000 },
    ]);
  });

  it.each([
    ["was written to before it became read-only", mapping(`00400000-00500000 ${FILE.replace("r-xp", "r--p")}`, 4)],
    ["can be written to", mapping(`00400000-00500000 ${FILE.replace("r-xp", "rw-p")}`, 0)],
    ["is shared", mapping(`00400000-00500000 ${FILE.replace("r-xp", "r-xs")}`, 0)],
    ["is no file", mapping("00400000-00500000 r-xp 00000000 00:00 0 ", 0)],
    ["is the system's", mapping("7fff00000000-7fff00001000 r-xp 00000000 00:00 0                  [vdso]", 0)],
    ["says nothing of itself", `00400000-00500000 ${FILE}\n`],
  ])("are none where one %s", (_, smaps) => {
    expect(readMappings(smaps)).toEqual([]);
    // Nor takes it the next one for its own.
    expect(readMappings(smaps + mapping(`00600000-00700000 ${FILE}`, 0))).toHaveLength(1);
  });

  it("come back when they are used", () => {
    giveBackProgramPages();
    expect(JSON.parse(JSON.stringify({ a: [1.5, "x"] }))).toEqual({ a: [1.5, "x"] });
  });
});
