import type { BotKind } from "./bot-kind.ts";

/** Returns the id of the bot with that number which a replica starts. It stays for the bot's life, also where another replica takes it over. */
export function botIdOf(replicaId: string, number: number): string {
  return `bot-${replicaId.slice(0, 8)}-${number}`;
}

const FORM = /^bot-[0-9a-f]{8}-[1-9][0-9]*$/;

/** Returns whether an id has the form of those of the fleet's own bots, whichever replica runs them: no person has one like it. */
export function isBotId(id: string): boolean {
  return FORM.test(id);
}

/** Returns the kind and the name of the bot of the fleet with that number, which take turns; undefined without any kind. */
export function castOf(number: number, kinds: readonly BotKind[]) {
  const kind = kinds[(number - 1) % kinds.length];
  return kind && { kind, name: kind.names[Math.floor((number - 1) / kinds.length) % kind.names.length] ?? kind.kind };
}
