import { LOOKALIKE_LETTERS } from "./lookalikes.ts";

/** Who speaks in the templates from which models are trained, and on whose word people hand over money and passwords. */
const SPEAKERS =
  "system|sistema|systeme|user|usuario|utente|utilisateur|benutzer|assistant|assistente|asistente|assistent|admin|administrator|administrador|" +
  "moderator|moderador|moderateur|moderatore|mod|support|soporte|suporte|supporto|developer|security|seguridad|seguranca|sicurezza|securite|inst";

const TEMPLATE = new RegExp(
  `<\\||\\|>|<\\s?/?\\s?(?:${SPEAKERS}|message|notes|tool|s)\\s?>|[\\[(]\\s?/?\\s?(?:${SPEAKERS})\\s?[\\])]|["']role["']\\s?:|\`\`\``,
);
/** At the beginning of a sentence: "the immune system: a marvel" is none. */
const LABEL = new RegExp(
  `(?:^|[.!?…\\]>]\\s?)[^\\p{L}\\p{N}]{0,8}(?:${SPEAKERS})\\s?[^\\p{L}\\p{N}\\s]{0,3}[:：]`,
  "u",
);

/** Returns whether a sentence reads as if somebody else spoke: a notice of the service, a moderator, the person. Linear. */
export function posesAsSystem(sentence: string): boolean {
  const plain = [...sentence.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "")]
    .map((char) => LOOKALIKE_LETTERS.get(char) ?? char)
    .join("");
  return TEMPLATE.test(plain) || LABEL.test(plain);
}
