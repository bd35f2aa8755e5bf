import { printable } from "@shoal/kernel";
import { LOCALE, NOTHING } from "./format.ts";

const DECIMAL = /^([-−]?)(\d+)(?:\.(\d+))?$/;

/**
 * Writes an amount with all its digits: 1,234,567.000000012. Amounts are decimal texts, and stay texts: a number would lose digits. `locale` says
 * how digits are grouped and what stands before the fraction.
 */
export function formatMoney(amount: string | null | undefined, currency = "", locale: string = LOCALE): string {
  if (amount === null || amount === undefined) return NOTHING;
  const [isDecimal, sign, whole = "", fraction] = DECIMAL.exec(amount) ?? [];
  if (isDecimal === undefined) return printable(amount);
  const { format, point } = waysOf(locale);
  const text = `${sign === "" ? "" : "−"}${format(BigInt(whole))}${fraction === undefined ? "" : point + fraction}`;
  return currency === "" ? text : `${text} ${printable(currency)}`;
}

/** An amount as a number, to be drawn; what is written beside it must be the amount itself. */
export const plotted = (amount: string | null | undefined): number | null =>
  amount === null || amount === undefined || !DECIMAL.test(amount) ? null : Number(amount);

const tick = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 6 });

/** Amounts for a chart: numbers to be drawn, and a format that writes each of them with all digits of its amount; ticks of an axis are round. */
export function plottedMoney(amounts: readonly (string | null)[]) {
  const values = amounts.map(plotted);
  const amountOf = new Map(values.map((value, index) => [value, amounts[index]]));
  const format = (value: number | null | undefined) => {
    if (value === null || value === undefined) return NOTHING;
    const amount = amountOf.get(value);
    return amount === undefined ? tick.format(value) : formatMoney(amount);
  };
  return { values, format };
}

/** Digits of a fraction are ours, so those of the whole are of the same kind. */
function waysOf(locale: string) {
  const numbers = new Intl.NumberFormat(locale, { numberingSystem: "latn" });
  const point = numbers.formatToParts(1.5).find(({ type }) => type === "decimal")?.value ?? ".";
  return { format: (whole: bigint) => numbers.format(whole), point };
}
