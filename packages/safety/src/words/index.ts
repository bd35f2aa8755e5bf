import type { SafetyLanguage } from "../types.ts";
import { DE } from "./de.ts";
import { EN } from "./en.ts";
import { ES } from "./es.ts";
import { FR } from "./fr.ts";
import { IT } from "./it.ts";
import { PT } from "./pt.ts";
import type { FixedWords } from "./words.ts";

export const WORDS: Readonly<Record<SafetyLanguage, FixedWords>> = { en: EN, es: ES, de: DE, fr: FR, pt: PT, it: IT };
