import fc from "fast-check";
import { expect, test } from "vitest";
import { createSentenceReader } from "./sentences.ts";

const MAX = 600;

function read(chunks: readonly string[], isWhole = true) {
  const reader = createSentenceReader(MAX);
  const sentences = [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end(isWhole)];
  return { sentences, isFlooded: reader.isFlooded };
}

const TALKS: Readonly<Record<string, readonly string[]>> = {
  "plain sentences": ["Hey there!", "How was your day?", "Mine was fine."],
  "small letters": ["yeah same.", "what about you?", "lol!"],
  "a title": ["I met Dr. Smith and Mrs. Jones in St. Ives.", "Nice people."],
  "points inside words": ["It costs 3.50 at shop.example or 2.000,50 elsewhere, e.g. here.", "Cheap!"],
  initials: ["J. R. R. Tolkien wrote it.", "Did you read it?"],
  "short forms of time": ["Let's say at 5 p.m. then.", "Okay?"],
  "a year, and a number with a point": ["It was in 1990.", "He is No. 5 of the list."],
  "several marks": ["What?!", "No way!!!", "Really..."],
  "an ellipsis in the middle": ["Well... maybe not today, hmm… not sure.", "Later!"],
  "an ellipsis at the end": ["I wonder…", "What do you think?"],
  "emoji after the mark": ["Nice! 😊🎉", "What do you do? 👩‍🚀", "Flags are fun! 🇫🇷🇩🇪", "I like it.👍🏽", "Yes."],
  "faces after the mark": ["Good luck! :)", "That is sad. :-(", "Love it! <3", "Ha! xD", "Okay."],
  "a face that opens a bracket": ["Oh no :( that is bad.", "What now?"],
  quotes: ['He said "No way!" and left.', "“Come in!” she called.", 'Then: "Sit down. Now."', "I did."],
  brackets: ["I like it (really. I do) a lot.", "(Not him!)", "Okay."],
  German: ["Das ist z.B. am 3. Mai, d.h. bald, ggf. auch mit Hr. Maier usw. so.", "„Komm her.“", "Na gut!"],
  "German quotes the other way": ["»Geh weg. Sofort!«, rief er.", "Warum?"],
  French: ["Ça va ?", "Oui, M. Dupont l'a dit !", "« Ah bon ? »", "Il a dit « Non ! Jamais. » hier.", "Voilà."],
  Spanish: ["¿Qué tal?", "¡Muy bien!", "El Sr. López y la Dra. Ruiz vienen p.ej. hoy.", "¿Y tú?"],
  Portuguese: ["Olá!", "A Sra. Silva mora na av. Central.", "Tudo bem?"],
  Italian: ["Ciao!", "Il sig. Rossi, il dott. Bianchi ecc. sono qui.", "E tu?"],
  "wide marks": ["你好。", "你呢？", "好！"],
};

test.each(Object.entries(TALKS))("keeps whole sentences: %s", (_, sentences) => {
  const wide = sentences.join("").includes("。");
  expect(read([sentences.join(wide ? "" : " ")]).sentences).toEqual(sentences);
});

test("ends a sentence at an empty line, not at a line's end, and not where a list is announced", () => {
  expect(read(["hey you\n\nwhat's up\nwith that\n\nthree things:\n\none and two"]).sentences).toEqual([
    "hey you",
    "what's up with that",
    "three things: one and two",
  ]);
});

test("gives a sentence out as soon as its end is certain", () => {
  const reader = createSentenceReader(MAX);
  expect(reader.push("Hello there.")).toEqual([]);
  expect(reader.push(" ")).toEqual([]);
  expect(reader.push("N")).toEqual(["Hello there."]);
});

test("never gives out what may be half a sentence", () => {
  for (const cut of ["I think that you sho", "Look at 3.", "See example.", "Hello there!", "« Non ! ", "One. Two"]) {
    expect(read([cut], false).sentences).toEqual(cut === "One. Two" ? ["One."] : []);
  }
});

test("the end of a whole text ends its last sentence, with or without a mark", () => {
  expect(read(["hi. same here lol"]).sentences).toEqual(["hi.", "same here lol"]);
  for (const nothing of ["", " \n ", "...", '"', "\ud83d"]) expect(read([nothing]).sentences).toEqual([]);
});

const words = fc.constantFrom(
  ...Object.values(TALKS).flat(),
  ..."a I z.B. Dr. 3. 12 1990. … ... ! ? ?! . \" “ ” « » „ ( ) :( :) <3 😊 👩‍🚀 🇫🇷 。 \n \n\n - : , ¿ ''".split(" "),
  "x".repeat(150),
  "!".repeat(80),
  " ".repeat(80),
  "😊".repeat(50),
);
const texts = fc
  .array(fc.tuple(words, fc.constantFrom("", " ", " ", "\n")), { maxLength: 40 })
  .map((pairs) => pairs.flat().join(""));

test("says the same however the text is cut into chunks", () => {
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      (text, sizes, isWhole) => {
        const chunks: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(text.slice(at, at + size));
          at += size;
        }
        expect(read(chunks, isWhole)).toEqual(read([text], isWhole));
      },
    ),
    { numRuns: 500 },
  );
});

test("loses and adds nothing but blanks and marks that say nothing", () => {
  const bare = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, "");
  fc.assert(
    fc.property(texts, (text) => {
      const { sentences, isFlooded } = read([text]);
      fc.pre(!isFlooded);
      expect(bare(sentences.join(""))).toBe(bare(text));
    }),
  );
});

test("stops at a sentence longer than any may be, and holds no more of it than that", () => {
  const reader = createSentenceReader(MAX);
  expect(reader.push(`Hi. ${"word ".repeat(200)}`)).toEqual(["Hi."]);
  expect(reader.isFlooded).toBe(true);
  expect(reader.push("More. And more. ")).toEqual([]);
  expect(reader.end(true)).toEqual([]);
});

test.each(["a", ".", "!", "\n", " ", "(", "😊", '."', ". ", "«", "a. "])(
  "reads 256 kB of %j in linear time",
  (piece) => {
    const reader = createSentenceReader(MAX);
    const chunk = piece.repeat(64);
    let count = 0;
    for (let at = 0; at < 262_144; at += chunk.length) count += reader.push(chunk).length;
    expect(count + Number(reader.isFlooded)).toBeGreaterThanOrEqual(0);
  },
);
