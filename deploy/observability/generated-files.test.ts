import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALERTS, RUNBOOKS } from "./alerts.ts";
import { generatedFiles } from "./generated-files.ts";

const deploy = join(import.meta.dirname, "..");
const repository = join(deploy, "..");

describe("what is made from here", () => {
  it.each([...generatedFiles()])("is committed to the byte: %s", (path, content) => {
    expect(readFileSync(join(deploy, path), "utf8"), "run bun deploy/observability/main.ts").toBe(content);
  });

  it("is everything that Grafana is given and Prometheus applies", () => {
    for (const folder of ["prometheus/rules", "grafana/dashboards"]) {
      const made = [...generatedFiles().keys()].filter((path) => path.startsWith(folder));
      const there = readdirSync(join(deploy, folder)).map((name) => `${folder}/${name}`);
      expect(there.sort()).toEqual(made.sort());
    }
  });
});

interface Placed {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

describe("every dashboard", () => {
  const pages = [...generatedFiles()].filter(([path]) => path.startsWith("grafana/"));

  it.each(pages)("has its panels side by side within 24 columns: %s", (_path, content) => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of (JSON.parse(content) as { readonly panels: readonly Placed[] }).panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let cell = 0; cell < w * h; cell += 1) {
        const place = `${x + (cell % w)}, ${y + Math.floor(cell / w)}`;
        expect(taken.get(place), `${title} at ${place}`).toBeUndefined();
        taken.set(place, title);
      }
    }
  });
});

interface RuleTest {
  /** Absent where only what is recorded is tested. */
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly { readonly exp_labels: { readonly severity: string } }[];
  }[];
}

const names = [...new Set(ALERTS.map(({ alert }) => alert))];

describe("every alert", () => {
  const folder = join(deploy, "prometheus/tests");
  const cases = readdirSync(folder)
    .map((name) => Bun.YAML.parse(readFileSync(join(folder, name), "utf8")) as { readonly tests: RuleTest[] })
    .flatMap(({ tests }) => tests.flatMap((test) => test.alert_rule_test ?? []));

  it.each(ALERTS)("$alert ($severity) has a case that fires it and one that must not", ({ alert, severity }) => {
    const fires = cases
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts }) => exp_alerts.some(({ exp_labels }) => exp_labels.severity === severity));
    expect(new Set(fires)).toEqual(new Set([true, false]));
  });

  it.each(names)("%s has a runbook of four parts", (alert) => {
    const page = readFileSync(join(repository, RUNBOOKS, `${alert}.md`), "utf8");
    const titles = page.split("\n").filter((line) => line.startsWith("#"));
    expect(titles).toEqual([
      `# ${alert}`,
      "## What it means",
      "## How to look",
      "## What to do",
      "## When it goes away by itself",
    ]);
  });

  it("has its runbook, and no runbook is without an alert", () => {
    const pages = readdirSync(join(repository, RUNBOOKS)).filter((name) => name !== "README.md");
    expect(pages.sort()).toEqual(names.map((alert) => `${alert}.md`).sort());
  });
});
