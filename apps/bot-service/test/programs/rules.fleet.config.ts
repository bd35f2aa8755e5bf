/** A fleet file with rules of each kind. */
import { defineFleet } from "@shoal/bot-service/config";

export default defineFleet({
  match: {
    equal: ["language"],
    near: { skill: { within: 10, widenPerSecond: 0, max: 10 } },
    sla_ms: 600_000,
  },
});
