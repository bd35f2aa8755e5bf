import { Counter, Gauge, type Registry } from "prom-client";
import { type ProcessFigures, runtimeName } from "../adapters/process-figures.ts";

/**
 * The standard `process_*` series, without prefix because every dashboard knows them by these names. prom-client's own
 * set is not registered: on Bun its heap, handle and garbage collection series are empty or wrong, and promtool refuses
 * some of its names.
 */
export function createProcessMetrics(registry: Registry, read: () => ProcessFigures): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time used, user and system.",
    registers,
  });
  const resident = gauge("process_resident_memory_bytes", "Resident memory.");
  const heap = gauge("shoal_heap_used_bytes", "JavaScript heap in use.");
  const fds = gauge("process_open_fds", "Open file descriptors.");
  const started = gauge("process_start_time_seconds", "Start of the process, Unix time.");
  return () => {
    const figures = read();
    cpu.reset();
    cpu.inc(figures.cpuSeconds);
    resident.set(figures.residentBytes);
    heap.set(figures.heapUsedBytes);
    if (figures.openFds !== null) fds.set(figures.openFds);
    started.set(figures.startedAtSeconds);
  };
}

/** `shoal_build_info`: always 1, the labels are the information. */
export function createBuildInfo(registry: Registry, version: string): void {
  const info = new Gauge({
    name: "shoal_build_info",
    help: "1; version of the daemon and the runtime it runs on.",
    labelNames: ["version", "runtime"],
    registers: [registry],
  });
  info.set({ version, runtime: runtimeName() }, 1);
}
