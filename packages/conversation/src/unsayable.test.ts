import { describe, expect, it } from "vitest";
import { factIn, nameIn } from "./facts.ts";
import { displayName } from "./quote.ts";
import { read } from "./text.ts";
import { isUnsayable } from "./unsayable.ts";

const SLURS = [
  ...[
    "nigger",
    "Niggers",
    "niggger",
    "n1gger",
    "n1gg3r",
    "NIGG4",
    "n-i-g-g-e-r",
    "nïgger",
    "ñigger",
    "nіggеr",
    "ｎｉｇｇｅｒ",
    "ni\u200bgger",
  ],
  ...[
    "sandnigger",
    "nigga",
    "niggaz",
    "faggot",
    "f4gg0t",
    "FAGG0TS",
    "fag",
    "fags",
    "fuck",
    "fuuuck",
    "fück",
    "phuckfuck",
    "motherfucker",
  ],
  ...["cunt", "Cunts", "c\u0443nt", "b1tch", "biiitch", "wh0re", "sh1t", "5hit", "a55", "a55hole", "asshole", "pu55y"],
  ...[
    "s1ut",
    "slut",
    "sluts",
    "h1tler",
    "Hitlér",
    "naz1",
    "NAZI",
    "rapist",
    "r4pe",
    "k1ke",
    "ch1nk",
    "p3nis",
    "d1ck",
    "c0ck",
    "retarded",
    "retard",
  ],
];

const NAMES = [
  ...[
    "Scunthorpe",
    "Niger",
    "Nigeria",
    "Nigel",
    "Snigger",
    "niggardly",
    "Hancock",
    "Cockburn",
    "Babcock",
    "Dickens",
    "Dickinson",
    "Slutsky",
  ],
  ...[
    "Spicer",
    "spices",
    "Nazir",
    "Nazia",
    "Nazim",
    "Ignazio",
    "Fagan",
    "Fagin",
    "Essex",
    "Sussex",
    "Cassandra",
    "Assad",
    "Bass",
    "Shital",
  ],
  ...[
    "Ashita",
    "Grape",
    "Draper",
    "Kikelomo",
    "Pakistan",
    "Gookin",
    "Dieter",
    "Killian",
    "Therapist",
    "Penistone",
    "Sexton",
    "Titus",
  ],
  ...[
    "Zoë",
    "Øyvind",
    "Łukasz",
    "Мария",
    "Сергей",
    "Александр",
    "Νίκος",
    "Αθηνά",
    "日本",
    "아름",
    "R2D2",
    "Anna-Lena",
    "O'Neil",
    "455",
    "80085",
  ],
];

describe("words that are never said back", () => {
  it.each(SLURS)("know %s", (word) => expect(isUnsayable(word)).toBe(true));
  it.each(NAMES)("are not taken for %s", (word) => expect(isUnsayable(word)).toBe(false));

  it.each(["Niggger", "Fück", "Fuuuck", "Nіggеr", "N-i-g-g-e-r", "Niggers", "Sluts", "Faggot"])(
    "are no name of a partner: %s",
    (name) => {
      expect(displayName(name)).toBeNull();
      expect(nameIn(read(`my name is ${name}`))).toBeNull();
    },
  );

  it.each(["n1ggers", "f4gg0ts", "n i g g e r s", "s l u t s", "wh0res", "nazi5"])("are in no quote: %s", (word) => {
    expect(factIn(read(`i like ${word}`))).toBeNull();
  });

  it.each(["Nigel", "Dieter", "Zoë", "Nazir", "Sergej"])("leave a name alone: %s", (name) => {
    expect(displayName(name)).toBe(name);
    expect(nameIn(read(`my name is ${name}`))).toBe(name);
  });
});
