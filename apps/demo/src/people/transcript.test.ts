import { describe, expect, test } from "vitest";
import { Transcript } from "./transcript.ts";

const anna = { name: "Anna", isBot: false };
const mika = { name: "Mika", isBot: true };
const texts = (transcript: Transcript) => transcript.lines.map(({ text }) => text);

describe("the transcript", () => {
  test("follows one conversation until it is over, then the next that says something", () => {
    const transcript = new Transcript();
    transcript.add("m1", "1", anna, "hi");
    transcript.add("m2", "2", anna, "elsewhere");
    transcript.end("m2");
    transcript.add("m1", "3", mika, "hello");
    expect(transcript.lines).toMatchObject([
      { name: "Anna", isBot: false, text: "hi" },
      { name: "Mika", isBot: true, text: "hello" },
    ]);
    transcript.end("m1");
    expect(texts(transcript)).toEqual(["hi", "hello"]);
    transcript.add("m1", "4", anna, "a last word of the other side");
    transcript.add("m3", "5", anna, "anew");
    transcript.add("m1", "6", anna, "too late");
    expect(texts(transcript)).toEqual(["anew"]);
  });

  test("has a line once that both sides report", () => {
    const transcript = new Transcript();
    transcript.add("m1", "1", anna, "hi");
    transcript.add("m1", "1", anna, "hi");
    expect(texts(transcript)).toEqual(["hi"]);
  });

  test("keeps the latest lines, and of a long text the beginning", () => {
    const transcript = new Transcript();
    for (let index = 0; index < 100; index += 1)
      transcript.add("m1", `${index}`, anna, `${index} ${"x".repeat(10_000)}`);
    expect(transcript.lines.length).toBeLessThan(10);
    expect(texts(transcript).at(-1)).toMatch(/^99 x+$/);
    expect(JSON.stringify(transcript.lines).length).toBeLessThan(5000);
  });
});
