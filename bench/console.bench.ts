import type { Benchmark } from "./benchmark.ts";
import { measureBrowser } from "./console/browser.ts";
import { measureStreams } from "./console/streams.ts";

const missedOf = ({ targetsMissed }: Readonly<Record<string, unknown>>) => targetsMissed as readonly string[];

export default {
  name: "console",
  summary: "what the console costs a daemon and how long people wait for it in Chromium, beside empty answers",
  async run({ quick }) {
    const browser = await measureBrowser(quick);
    const streams = await measureStreams(quick);
    return { browser, streams, targetsMissed: [...missedOf(browser), ...missedOf(streams)] };
  },
} satisfies Benchmark;
