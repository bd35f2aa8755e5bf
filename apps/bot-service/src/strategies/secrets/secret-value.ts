import { printable } from "@shoal/kernel";
import { StrategySecretError } from "./errors.ts";

/** What an exchange asks for. */
export interface SecretValue {
  readonly apiKey: string;
  /** Some exchanges give a private key in PEM form, which has line ends. */
  readonly secret: string;
  readonly password?: string;
}

const NAME_CHARACTERS = 128;
/** A private RSA key of 4096 bits in PEM form has 3,272 bytes. */
const MAX_BYTES: Readonly<Record<keyof SecretValue, number>> = { apiKey: 512, secret: 4096, password: 512 };

/** @throws STRATEGY_SECRET_INVALID */
export function checkSecretName(name: string): void {
  const characterCount = [...name].length;
  if (characterCount < 1 || characterCount > NAME_CHARACTERS || printable(name) !== name || name.trim() !== name) {
    throw invalid("name", `must be 1 to ${NAME_CHARACTERS} printable characters without white space at its ends`);
  }
}

/**
 * Checks a value from outside. What it says of a wrong one has nothing of it, not even the name of a field that must not be there.
 *
 * @throws STRATEGY_SECRET_INVALID
 */
export function readSecretValue(given: unknown): SecretValue {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid("value", "must be an object with apiKey, secret and, where the exchange has one, password");
  }
  const { apiKey, secret, password, ...others } = given as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0) throw invalid("value", "has fields other than apiKey, secret and password");
  return {
    apiKey: checkText("apiKey", apiKey),
    secret: checkText("secret", secret),
    ...(password !== undefined && { password: checkText("password", password) }),
  };
}

function checkText(field: keyof SecretValue, value: unknown): string {
  if (typeof value !== "string" || value === "") throw invalid(field, "must be text that is not empty");
  const maxBytes = MAX_BYTES[field];
  if (Buffer.byteLength(value, "utf8") > maxBytes) throw invalid(field, `must have ${maxBytes} bytes or less`);
  // What goes into the header of a request must not begin another one.
  const line = field === "secret" ? value.replaceAll(/[\r\n]/g, "") : value;
  if (printable(line) !== line) throw invalid(field, "must not have characters that cannot be printed");
  return value;
}

function invalid(field: string, complaint: string): StrategySecretError {
  return new StrategySecretError("STRATEGY_SECRET_INVALID", `${field} ${complaint}.`, { field });
}
