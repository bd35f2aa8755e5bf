import { serveChild } from "../src/adapters/serve-child.ts";
/** A child whose guest knows no `ctx`: its runs are a script, a column and calls. For tests of the supervisor with real processes. */
import { GuestFailure } from "../src/engine/guest-failure.ts";

interface BareRequest {
  readonly source: string;
  readonly fuel: number;
  /** What the child itself does, as if it had been taken over. */
  readonly act?: "exit" | "spin" | "flood" | "nonsense";
}

serveChild((engine) => {
  engine.capture();
  return (request, columns, ports) => {
    const { source, fuel, act } = request as BareRequest;
    if (act === "exit") process.exit(7);
    if (act === "flood") ports.exchange(["x".repeat(2_000_000)]);
    if (act === "nonsense") return undefined;
    while (act === "spin");
    engine.reset({ fuel, nowMs: 0 });
    try {
      const run = engine.evaluate(source, "bare.js");
      const result = engine.isFunction(run) ? engine.call(run, ...columns) : run;
      const answers = engine.read(result) === "call" ? ports.exchange(["call"]) : undefined;
      return { value: engine.read(result), fuel: fuel - engine.fuelLeft(), hash: engine.imageHash(), answers };
    } catch (error) {
      return { failed: error instanceof GuestFailure ? error.kind : String(error) };
    }
  };
});
