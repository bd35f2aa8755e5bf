/** Preloaded by a daemon whose wall clock is off by BENCH_CLOCK_OFF_MS; its monotonic clock runs as ever, as that of a machine with a wrong date. */
const offMs = Number(process.env["BENCH_CLOCK_OFF_MS"] ?? 0);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(
      target,
      args.length === 0 ? [target.now() + offMs] : args,
      newTarget === Date ? target : newTarget,
    ),
  apply: (target) => new target(target.now() + offMs).toString(),
  get: (target, key, receiver) => (key === "now" ? () => target.now() + offMs : Reflect.get(target, key, receiver)),
});
