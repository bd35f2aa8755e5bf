/** Letters of other scripts, and Latin letters without a decomposition, by the small Latin letters that they look like. */
export const LOOKALIKE_LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      а: "a",
      в: "b",
      е: "e",
      ѕ: "s",
      і: "i",
      ј: "j",
      к: "k",
      м: "m",
      н: "h",
      о: "o",
      р: "p",
      с: "c",
      т: "t",
      у: "y",
    },
    ...{
      х: "x",
      з: "3",
      ч: "4",
      б: "6",
      ԁ: "d",
      ո: "n",
      һ: "h",
      ӏ: "l",
      α: "a",
      β: "b",
      ε: "e",
      η: "n",
      ι: "i",
      κ: "k",
      μ: "u",
      ν: "v",
    },
    ...{ ο: "o", ρ: "p", σ: "s", ς: "s", τ: "t", υ: "u", χ: "x", ω: "w", ı: "i", ł: "l", ø: "o", đ: "d", ð: "d" },
    ...{ ß: "ss", æ: "ae", œ: "oe", ɡ: "g", ƒ: "f", ʀ: "r", ɴ: "n", ɪ: "i", ʟ: "l", ʙ: "b", ʜ: "h", ʏ: "y", ᴀ: "a" },
    ...{ ᴄ: "c", ᴅ: "d", ᴇ: "e", ᴊ: "j", ᴋ: "k", ᴍ: "m", ᴏ: "o", ᴘ: "p", ᴛ: "t", ᴜ: "u", ᴠ: "v", ᴡ: "w", ᴢ: "z" },
  }),
);

/** Digits and signs by the letters that they stand for in a word. */
export const LOOKALIKE_SIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ 0: "o", 1: "i", 2: "z", 3: "e", 4: "a", 5: "s", 6: "g", 7: "t", 8: "b", 9: "g" },
    ...{ "@": "a", $: "s", "!": "i", "|": "i", "€": "e" },
  }),
);
