import type { SafetyLanguage } from "../types.ts";
import { DE } from "./de.ts";
import { EN } from "./en.ts";
import { ES } from "./es.ts";
import { FR } from "./fr.ts";
import { IT } from "./it.ts";
import type { Phrases } from "./phrases.ts";
import { PT } from "./pt.ts";

export const PHRASES: Readonly<Record<SafetyLanguage, Phrases>> = { en: EN, es: ES, de: DE, fr: FR, pt: PT, it: IT };
