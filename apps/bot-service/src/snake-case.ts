/** Writes the name of a field as tables and requests do: `run_at` for `runAt`. */
export const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
