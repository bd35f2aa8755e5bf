import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./style.css", import.meta.url), "utf8");
const THEMES = ["light", "dark"] as const;
const TONES = ["good", "info", "warn", "bad", "off"];
type Colour = readonly [number, number, number];

function colourOf(name: string, theme: (typeof THEMES)[number]): Colour {
  const [, light = "", dark = ""] =
    new RegExp(`--${name}: light-dark\\(#([\\da-f]{6}), #([\\da-f]{6})\\)`).exec(css) ?? [];
  const channel = (at: number) => Number.parseInt((theme === "light" ? light : dark).slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}

const mixed = (one: Colour, other: Colour, ratio: number): Colour => {
  const mix = (at: 0 | 1 | 2) => one[at] * ratio + other[at] * (1 - ratio);
  return [mix(0), mix(1), mix(2)];
};

/** @source https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(THEMES)("the colours of the theme %s", (theme) => {
  const of = (name: string) => colourOf(name, theme);
  const grounds = ["surface", "canvas", "sunk", "raised"];

  it("let text be read on every ground", () => {
    for (const ground of grounds) {
      for (const ink of ["ink", "ink-soft", "accent", "bad"]) {
        expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThan(4.5);
      }
    }
    expect(contrast(of("on-accent"), of("accent"))).toBeGreaterThan(4.5);
    expect(contrast(of("on-bad"), of("bad"))).toBeGreaterThan(4.5);
  });

  it("let a state be read in its badge, and what stands beside it in a notice", () => {
    for (const tone of TONES) {
      const badge = mixed(of(tone), of("surface"), 0.11);
      expect(contrast(of(tone), badge), tone).toBeGreaterThan(4.5);
      for (const ink of ["ink-soft", "accent"])
        expect(contrast(of(ink), badge), `${ink} by ${tone}`).toBeGreaterThan(4.5);
    }
  });

  it("show the borders of controls and the lines of charts", () => {
    for (const ground of grounds) expect(contrast(of("line-strong"), of(ground)), ground).toBeGreaterThan(3);
    for (let number = 1; number <= 6; number += 1) {
      expect(contrast(of(`series-${number}`), of("surface")), `series ${number}`).toBeGreaterThan(3);
    }
  });
});
