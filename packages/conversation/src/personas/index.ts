import type { Persona } from "../persona.ts";
import { dash } from "./dash.ts";
import { melody } from "./melody.ts";
import { quill } from "./quill.ts";
import { rusty } from "./rusty.ts";
import { saffron } from "./saffron.ts";

/** The personas used where none are given. */
export const BUILT_IN_PERSONAS: readonly Persona[] = [melody, rusty, saffron, quill, dash];
