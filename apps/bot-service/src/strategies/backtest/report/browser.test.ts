import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { testServers } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTab } from "./browser.test-support.ts";
import { drawReport, type Report } from "./page.ts";
import { exampleReport } from "./report.test-support.ts";

const { chromium } = testServers();

function writeReport(report: Report): string {
  const directory = mkdtempSync(join(tmpdir(), "shoal-report-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "report.html");
  writeFileSync(file, drawReport(report));
  return pathToFileURL(file).href;
}

/** Returns the smallest contrast of text to the page's background. @source WCAG 2.2, 1.4.3: 4.5 is the least */
const LEAST_CONTRAST = `(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((each) => {
      const part = Number(each) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = luminance(getComputedStyle(document.body).backgroundColor);
  const texts = [...document.querySelectorAll("h1, h2, p, dt, dd, figcaption, th, td, svg text")];
  return Math.min(...texts.map((element) => {
    const style = getComputedStyle(element);
    const text = luminance(element instanceof SVGElement ? style.fill : style.color);
    return (Math.max(text, page) + 0.05) / (Math.min(text, page) + 0.05);
  }));
})()`;

const DRAWN = `(() => {
  const sizes = (selector) => [...document.querySelectorAll(selector)].map((each) => {
    const { width, height } = each.getBBox();
    return width > 0 && height > 0;
  });
  return { lines: sizes(".line, .depth"), marks: sizes(".buy, .sell"), rows: document.querySelectorAll("tbody tr").length };
})()`;

describe.runIf(chromium)("the report in a browser", () => {
  it("is drawn in light and dark, readable, wide and narrow, and asks for nothing but itself", async () => {
    const url = writeReport(exampleReport());
    const tab = await openTab();
    const backgrounds: unknown[] = [];
    for (const look of [
      { colors: "light", widthPixels: 1280 },
      { colors: "dark", widthPixels: 390 },
    ] as const) {
      expect(await tab.open(url, look)).toEqual({ asked: [url], errors: [] });
      backgrounds.push(await tab.evaluate("getComputedStyle(document.body).backgroundColor"));
      expect(await tab.evaluate(LEAST_CONTRAST)).toBeGreaterThan(4.5);
      expect(await tab.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(look.widthPixels);
      expect(await tab.evaluate(DRAWN)).toEqual({ lines: [true, true, true], marks: Array(10).fill(true), rows: 5 });
    }
    expect(backgrounds).toEqual(["rgb(255, 255, 255)", "rgb(20, 23, 27)"]);
    expect((await tab.screenshot()).length).toBeGreaterThan(5000);
  });

  it("runs nothing that stands in a name", async () => {
    const hostile = `<script>document.title = "run"</script><img src="http://127.0.0.1:9/" onerror="document.title = 'run'">`;
    const url = writeReport({ ...exampleReport(), title: hostile, subtitle: hostile, figures: [[hostile, hostile]] });
    const tab = await openTab();
    expect(await tab.open(url, { colors: "light", widthPixels: 800 })).toEqual({ asked: [url], errors: [] });
    expect(await tab.evaluate("[document.title, document.querySelector('h1').textContent]")).toEqual([
      `${hostile}: backtest`,
      hostile,
    ]);
  });
});
