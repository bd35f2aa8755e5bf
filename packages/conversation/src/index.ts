export { INTENTS, type Intent } from "./meaning.ts";
export { factsOf, freshMemory, type Memory, savedFact, savedMemory, speak } from "./memory.ts";
export type { Persona, PersonaLines, Voice } from "./persona.ts";
export { BUILT_IN_PERSONAS } from "./personas.ts";
export { farewell, greet, type Reply, reply } from "./reply.ts";
export { TOPICS, type Topic } from "./topics.ts";
