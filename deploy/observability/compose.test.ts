import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "../..");

interface Service {
  readonly profiles?: readonly string[];
  readonly stop_grace_period?: string;
  readonly tmpfs?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<"shoal" | "prometheus" | "grafana", Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

function read<Content>(path: string): Content {
  return Bun.YAML.parse(readFileSync(join(repository, path), "utf8")) as Content;
}

const { services, volumes } = read<Compose>("compose.yaml");

const mountsOf = ({ volumes: mounts }: Service) =>
  mounts.map((mount) => {
    const [source = "", target = ""] = mount.split(":");
    return { source, target };
  });

/** The file of the repository that a service finds at a path. */
function mounted(service: Service, path: string): string {
  const mount = mountsOf(service).find(({ target }) => path === target || path.startsWith(`${target}/`));
  return mount ? posix.join(mount.source, path.slice(mount.target.length)) : `nothing is mounted for ${path}`;
}

describe("compose.yaml", () => {
  it("starts the daemon alone, and Prometheus and Grafana with the profile observability", () => {
    const profiles = Object.entries(services).map(([name, service]) => [name, service.profiles ?? []]);
    expect(Object.fromEntries(profiles)).toEqual({
      shoal: [],
      prometheus: ["observability"],
      grafana: ["observability"],
    });
  });

  it.each(Object.entries(services))("shows %s to this machine only, and mounts what exists", (_name, service) => {
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+|\$\{HTTP_PORTS:-\d+\}):\d+$/);
    for (const { source } of mountsOf(service)) {
      if (source.startsWith(".")) expect(existsSync(join(repository, source)), source).toBe(true);
      else expect(Object.keys(volumes)).toContain(source);
    }
  });

  it("gives each replica a directory of its own, a port of a range, and 10 s more than its drain", () => {
    const { environment = {}, ports, volumes: mounts, tmpfs, stop_grace_period } = services.shoal;
    const own = `${/SHOAL_DIRECTORY=(\S+)/.exec(readFileSync(join(repository, "Dockerfile"), "utf8"))?.[1]}`;
    expect(tmpfs?.filter((path) => path.startsWith(`${own}:`))).toHaveLength(1);
    expect(mounts.join()).not.toContain(own);
    expect(ports).toEqual([`127.0.0.1:\${HTTP_PORTS:-${environment["HTTP_PORT"]}}:${environment["HTTP_PORT"]}`]);
    expect(stop_grace_period).toBe(`${Number(environment["DRAIN_TIMEOUT_MS"]) / 1000 + 10}s`);
  });

  it("gives Prometheus our configuration, which scrapes the daemon where it listens", () => {
    const [flag = ""] = services.prometheus.command ?? [];
    const file = mounted(services.prometheus, flag.replace("--config.file=", ""));
    expect(file).toBe("deploy/prometheus/prometheus.yml");
    interface Configuration {
      readonly scrape_configs: readonly {
        readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[];
      }[];
    }
    const { scrape_configs } = read<Configuration>(file);
    const found = scrape_configs.flatMap(({ dns_sd_configs }) => dns_sd_configs);
    const port = Number(services.shoal.environment?.["HTTP_PORT"]);
    expect(found.map(({ names, port }) => ({ names, port }))).toEqual([{ names: ["shoal"], port }]);
  });

  it("gives Grafana that Prometheus and our dashboards", () => {
    const { grafana, prometheus } = services;
    interface Datasources {
      readonly datasources: readonly { readonly url: string }[];
    }
    interface Providers {
      readonly providers: readonly { readonly options: { readonly path: string } }[];
    }
    const provisioned = mounted(grafana, "/etc/grafana/provisioning");
    const { datasources } = read<Datasources>(`${provisioned}/datasources/prometheus.yaml`);
    const [port = ""] = prometheus.ports;
    expect(datasources.map(({ url }) => url)).toEqual([`http://prometheus:${port.split(":").at(-1)}`]);
    const { providers } = read<Providers>(`${provisioned}/dashboards/shoal.yaml`);
    expect(providers.map(({ options }) => mounted(grafana, options.path))).toEqual(["deploy/grafana/dashboards"]);
    const home = mounted(grafana, grafana.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "");
    expect(existsSync(join(repository, home)), home).toBe(true);
  });
});
