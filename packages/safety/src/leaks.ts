/** A run of the prompt as long as this is no chance: about eight words. */
const LONG_RUN_LENGTH = 40;
const STEP_LENGTH = 4;
/** A secret of fewer letters and digits would be found in any sentence. */
const MIN_SECRET_LENGTH = 6;

/** Returns whether the sentence holds a secret or a long piece of one: as it is, in other case, spaced, backwards, or encoded. Linear. */
export function leaks(sentence: string, secrets: readonly string[]): boolean {
  const forms = [sentence, rot13(sentence), ...decoded(sentence)].map(bare);
  const all = [...forms, [...(forms[0] ?? "")].reverse().join("")];
  return secrets
    .map(bare)
    .some((secret) => secret.length >= MIN_SECRET_LENGTH && all.some((form) => holds(form, secret)));
}

function holds(form: string, secret: string): boolean {
  if (form.includes(secret)) return true;
  if (secret.length < LONG_RUN_LENGTH) return false;
  for (let at = 0; at + LONG_RUN_LENGTH <= form.length; at += STEP_LENGTH) {
    if (secret.includes(form.slice(at, at + LONG_RUN_LENGTH))) return true;
  }
  return false;
}

/** Letters and digits alone, in small letters. */
function bare(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** What the sentence's base64 and hexadecimal digits say, from each place where the first may begin. */
function decoded(sentence: string): string[] {
  const joined = sentence.replace(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
  const base64 = [...joined.matchAll(/[A-Za-z0-9+/]{8,}/g)].flatMap(([run]) =>
    [0, 1, 2, 3].map((start) => fromBase64(run.slice(start))),
  );
  const hex = [...joined.matchAll(/(?:[0-9a-f]{2}){6,}/gi)].map(([run]) => fromHex(run));
  return [...base64, ...hex].filter((text) => text !== "");
}

function fromBase64(run: string): string {
  // One digit over says nothing.
  return atob(run.length % 4 === 1 ? run.slice(0, -1) : run);
}

function fromHex(run: string): string {
  return run.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
}
