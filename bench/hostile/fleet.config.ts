import { defineFleet, type JobHandler } from "@shoal/bot-service/config";

/** Holds its payload for as long as a call of another server takes. */
const hold: JobHandler = {
  async run({ payload }) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 100);
    await promise;
    if (!Array.isArray(payload)) throw new Error("the payload is an array");
  },
};

/** The default contract, and a handler for the jobs of this benchmark. */
export default defineFleet({ jobs: { handlers: { hold } } });
