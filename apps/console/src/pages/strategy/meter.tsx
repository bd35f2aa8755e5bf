import { useId } from "preact/hooks";
import { formatPercent } from "../../format.ts";

/** What was taken of what might be, as a bar and in figures. From 80 % on it is told by another colour, too. */
export function Meter({
  label,
  value,
  most,
  format,
}: {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly format: (value: number) => string;
}) {
  const id = useId();
  const ratio = most > 0 ? value / most : 0;
  return (
    <div class="taken">
      <label for={id}>{label}</label>
      <meter id={id} min={0} max={most} high={most * 0.8} optimum={0} value={Math.min(value, most)} />
      <span>{`${format(value)} of ${format(most)} (${ratio > 0 && ratio < 0.001 ? "< 0.1 %" : formatPercent(ratio)})`}</span>
    </div>
  );
}
