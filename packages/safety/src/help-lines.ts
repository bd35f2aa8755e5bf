import { isStorableText } from "@shoal/kernel";
import type { HelpLine, HelpLines, SafetyLanguage } from "./types.ts";

/** README.md names the page of each service on which its number stands. */
export const HELP_LINES: HelpLines = {
  XX: { crisis: ["findahelpline.com"], young: ["findahelpline.com"], emergency: null },
  US: { crisis: ["988 Lifeline (call or text 988)"], young: ["988 Lifeline (call or text 988)"], emergency: "911" },
  CA: { crisis: ["988 (call or text)"], young: ["Kids Help Phone 1-800-668-6868"], emergency: "911" },
  GB: { crisis: ["Samaritans 116 123"], young: ["Childline 0800 1111"], emergency: "999" },
  IE: { crisis: ["Samaritans 116 123"], young: ["Childline 1800 66 66 66"], emergency: "112" },
  AU: { crisis: ["Lifeline 13 11 14"], young: ["Kids Helpline 1800 55 1800"], emergency: "000" },
  NZ: { crisis: ["1737 (call or text)"], young: ["Youthline 0800 376 633"], emergency: "111" },
  DE: { crisis: ["TelefonSeelsorge 0800 111 0 111"], young: ["Nummer gegen Kummer 116 111"], emergency: "112" },
  AT: { crisis: ["Telefonseelsorge 142"], young: ["Rat auf Draht 147"], emergency: "112" },
  CH: { crisis: ["143 (143.ch)"], young: ["147 (147.ch)"], emergency: "112" },
  FR: { crisis: ["3114 (3114.fr)"], young: ["3114 (3114.fr)", "119"], emergency: "112" },
  ES: { crisis: ["024"], young: ["ANAR 116 111"], emergency: "112" },
  MX: { crisis: ["Línea de la Vida 800 911 2000"], young: ["Línea de la Vida 800 911 2000"], emergency: "911" },
  PT: { crisis: ["SNS 24: 1411"], young: ["SOS Criança 116 111"], emergency: "112" },
  BR: { crisis: ["CVV 188 (cvv.org.br)"], young: ["CVV 188 (cvv.org.br)", "Disque 100"], emergency: "192" },
  IT: { crisis: ["Telefono Amico 02 2327 2327"], young: ["Telefono Azzurro 19696"], emergency: "112" },
};

const MAX_ENTRY_LENGTH = 60;
const MAX_ENTRIES = 2;
const MAX_EMERGENCY_LENGTH = 32;
const LOCAL_EMERGENCY: Readonly<Record<SafetyLanguage, string>> = {
  en: "the local emergency number",
  es: "el número local de emergencias",
  de: "den örtlichen Notruf",
  fr: "le numéro d'urgence local",
  pt: "o número de emergência local",
  it: "il numero di emergenza locale",
};
const OR: Readonly<Record<SafetyLanguage, string>> = { en: "or", es: "o", de: "oder", fr: "ou", pt: "ou", it: "o" };

/** What the fixed words say in the places `{help}` and `{emergency}`. */
export function helpWords(
  own: HelpLines,
  region: string,
  isYoung: boolean,
  language: SafetyLanguage,
): { help: string; emergency: string } {
  const line = entry(own, region) ?? entry(HELP_LINES, region) ?? entry(own, "XX") ?? entry(HELP_LINES, "XX");
  const services = (isYoung && line?.young.length ? line.young : line?.crisis) ?? [];
  return { help: services.join(` ${OR[language]} `), emergency: line?.emergency ?? LOCAL_EMERGENCY[language] };
}

function entry(lines: HelpLines, region: string): HelpLine | undefined {
  return Object.hasOwn(lines, region) ? lines[region] : undefined;
}

/** Returns what is wrong with help lines that an operator wrote, and how they must look; null if they can be used. Pure. */
export function helpLinesProblem(given: unknown): string | null {
  if (!isRecord(given)) return "the help lines must be an object: a region's two letters, and its help line";
  for (const [region, line] of Object.entries(given)) {
    if (!/^[A-Z]{2}$/.test(region))
      return `${JSON.stringify(region.slice(0, 20))} is no region: two capital letters, like FR, or XX`;
    if (!isRecord(line)) return `${region} must be an object with crisis, young and emergency`;
    const unknown = Object.keys(line).find((key) => !["crisis", "young", "emergency"].includes(key));
    if (unknown !== undefined)
      return `${region}: ${JSON.stringify(unknown.slice(0, 20))} is not known; known are crisis, young and emergency`;
    if (!areServices(line.crisis) || line.crisis.length === 0)
      return `${region}.crisis must be ${SERVICES}, at least one`;
    if (!areServices(line.young)) return `${region}.young must be ${SERVICES}, or []`;
    if (line.emergency !== null && !(isService(line.emergency) && line.emergency.length <= MAX_EMERGENCY_LENGTH)) {
      return `${region}.emergency must be a number as text of at most ${MAX_EMERGENCY_LENGTH} characters, or null`;
    }
  }
  return null;
}

const SERVICES = `a list of at most ${MAX_ENTRIES} texts of at most ${MAX_ENTRY_LENGTH} characters`;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areServices(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_ENTRIES && value.every(isService);
}

function isService(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= MAX_ENTRY_LENGTH &&
    isStorableText(value) &&
    !/\p{C}/u.test(value)
  );
}
