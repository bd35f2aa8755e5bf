/** A fleet file whose jobs end at once, at the second try, or not before they are aborted. */
import { defineFleet } from "@shoal/bot-service/config";

export default defineFleet({
  jobs: {
    handlers: {
      quick: { run: async () => ({ ok: true }) },
      flaky: {
        backoff: { jitter: "full", baseMs: 1, maxMs: 2, factor: 2 },
        async run({ attempt }) {
          if (attempt === 1) throw new Error("not yet");
        },
      },
      slow: {
        run: (_job, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          }),
      },
    },
  },
});
