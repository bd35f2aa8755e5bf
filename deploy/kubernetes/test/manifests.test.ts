import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "@shoal/bot-service/internals";
import { testServers } from "@shoal/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "./check-manifest.ts";
import { only, render } from "./render.ts";
import { standInCluster } from "./stand-in-cluster.ts";

const { helm = "" } = testServers();
const repository = join(import.meta.dirname, "../../..");
const read = <Content>(path: string) => Bun.YAML.parse(readFileSync(join(repository, path), "utf8")) as Content;

/** What the Secret must have. */
const SECRET = {
  SUPABASE_URL: "https://example.supabase.co",
  SUPABASE_SERVICE_ROLE_KEY: "service-role-key-of-the-project",
  DATABASE_URL: "postgres://shoal:pw@db.example.com:5432/postgres",
  SHOAL_API_TOKEN: "a-token-of-sixteen-characters",
};

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy: object;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: object };
      readonly spec: PodSpec;
    };
  };
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly topologySpreadConstraints: readonly { readonly topologyKey: string }[];
  readonly containers: readonly [
    {
      readonly envFrom: readonly object[];
      readonly env: readonly { readonly name: string; readonly value: string }[];
      readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
      readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
      readonly resources: { readonly limits: { readonly memory: string } };
      readonly securityContext: object;
      readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    } & Readonly<Record<"startupProbe" | "livenessProbe" | "readinessProbe", Probe>>,
  ];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Selecting extends Manifest {
  readonly spec: { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
}

const hasAll = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>) =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

describe.runIf(helm)("the manifests of the chart", () => {
  let defaults: Manifest[];
  let allOn: Manifest[];
  let split: Manifest[];
  let hpa: Manifest[];
  beforeAll(async () => {
    [defaults, allOn, split, hpa] = await Promise.all([
      render(helm, "defaults"),
      render(helm, "all-on"),
      render(helm, "split"),
      render(helm, "hpa"),
    ]);
  });
  const deployment = (manifests: readonly Manifest[], name = "shoal") =>
    only<Deployment>(manifests, "Deployment", name);
  const pod = (manifests: readonly Manifest[], name = "shoal") => deployment(manifests, name).spec.template.spec;
  const environment = (manifests: readonly Manifest[], name = "shoal") =>
    Object.fromEntries(pod(manifests, name).containers[0].env.map((each) => [each.name, each.value]));

  it("by default are two replicas that do everything and what any cluster knows", () => {
    const kinds = defaults.map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual(["Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"]);
    expect(deployment(defaults).spec).toMatchObject({
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    expect(only(defaults, "PodDisruptionBudget")).toMatchObject({ spec: { maxUnavailable: 1 } });
    expect(environment(defaults)["SHOAL_ROLE"]).toBe("all");
  });

  it("are one Deployment for each role where they are split, each with its replicas, Service and budget", () => {
    expect(environment(split)["SHOAL_ROLE"]).toBe("fleet");
    expect(environment(split, "shoal-worker")["SHOAL_ROLE"]).toBe("worker");
    expect(deployment(split).spec.replicas).toBe(2);
    expect(deployment(split, "shoal-worker").spec.replicas).toBe(5);
    for (const kind of ["Service", "PodDisruptionBudget"])
      expect(split.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name)).toEqual([
        "shoal",
        "shoal-worker",
      ]);
  });

  it("leave the number of replicas to what scales them", () => {
    expect(deployment(allOn).spec.replicas).toBeUndefined();
    expect(deployment(allOn, "shoal-worker").spec.replicas).toBe(2);
    expect(deployment(hpa).spec.replicas).toBeUndefined();
    expect(deployment(hpa, "shoal-worker").spec.replicas).toBeUndefined();
    const scaled = { scaleTargetRef: { name: "shoal" }, minReplicaCount: 3, maxReplicaCount: 40 };
    expect(only(allOn, "ScaledObject")).toMatchObject({ spec: scaled });
    for (const name of ["shoal", "shoal-worker"]) {
      const target = { kind: "Deployment", name };
      expect(only(hpa, "HorizontalPodAutoscaler", name)).toMatchObject({ spec: { scaleTargetRef: target } });
    }
  });

  it("keep the replicas that run when they begin to be scaled, where without a number there would be one", async () => {
    const kubeconfig = standInCluster(allOn, 7);
    const cluster = ["--kubeconfig", kubeconfig, "--dry-run=server", "--disable-openapi-validation"];
    const upgraded = await render(helm, "all-on", ...cluster);
    expect(deployment(upgraded).spec.replicas).toBe(7);
    expect(deployment(upgraded, "shoal-worker").spec.replicas).toBe(2);
  });

  it("hold back a scale-down, in both ways of scaling", () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1 }] } };
    expect(only(hpa, "HorizontalPodAutoscaler")).toMatchObject({ spec: { behavior } });
    const advanced = { horizontalPodAutoscalerConfig: { behavior } };
    expect(only(allOn, "ScaledObject")).toMatchObject({ spec: { advanced } });
  });

  it("have KEDA ask by a secret of its own, for the bots that one replica should have and may have", () => {
    interface Scaled {
      readonly spec: { readonly triggers: readonly [{ readonly authenticationRef: { readonly name: string } }] };
    }
    const [trigger] = only<Scaled>(allOn, "ScaledObject").spec.triggers;
    expect(trigger).toMatchObject({
      ...{ type: "postgresql", metricType: "AverageValue" },
      metadata: { query: "select shoal.wanted_replicas(500, 250)", targetQueryValue: "1" },
    });
    expect(only(allOn, "TriggerAuthentication", trigger.authenticationRef.name)).toMatchObject({
      spec: { secretTargetRef: [{ parameter: "connection", name: "scaler", key: "connection" }] },
    });
  });

  it("give the daemon an environment that it accepts, and 10 s more than its drain", () => {
    for (const [manifests, name] of [[defaults], [split], [split, "shoal-worker"], [allOn], [hpa]] as const) {
      const { config, warnings } = parseConfig({ ...environment(manifests, name), ...SECRET });
      expect(warnings).toEqual([]);
      expect(config.role).toBe(environment(manifests, name)["SHOAL_ROLE"]);
      const { terminationGracePeriodSeconds, containers } = pod(manifests, name);
      expect(terminationGracePeriodSeconds).toBe(Math.ceil(config.drainTimeoutMs / 1000) + 10);
      expect(containers[0].lifecycle.preStop.sleep.seconds).toBeLessThan(10);
    }
    expect(environment(allOn)).toMatchObject({
      ...{ MATCH_BOT_AFTER_MS: "86400000", POOL_JOINS_PER_SECOND: "100", BOT_DISCLOSURE: "true" },
      ...{ DRAIN_TIMEOUT_MS: "3599001", FLEET_CONFIG: "/fleet/fleet.config.ts" },
    });
  });

  it("take secrets by reference alone", () => {
    for (const manifests of [defaults, allOn, split, hpa])
      expect(manifests.map(({ kind }) => kind)).not.toContain("Secret");
    expect(pod(defaults).containers[0].envFrom).toEqual([{ secretRef: { name: "shoal" } }]);
    expect(pod(allOn).containers[0].envFrom).toEqual([{ secretRef: { name: "production.shoal" } }]);
  });

  it("ask the daemon where it answers", () => {
    const [container] = pod(defaults).containers;
    const port = String(container.ports.find(({ name }) => name === "http")?.containerPort);
    expect(environment(defaults)["HTTP_PORT"]).toBe(port);
    // In the image, so that `config.HTTP_HOST` may replace it where pods have addresses of IPv6 alone.
    expect(readFileSync(join(repository, "Dockerfile"), "utf8")).toContain("HTTP_HOST=0.0.0.0");
    const paths = { startupProbe: "/healthz", livenessProbe: "/healthz", readinessProbe: "/readyz" } as const;
    for (const [name, path] of Object.entries(paths))
      expect(container[name as keyof typeof paths].httpGet).toEqual({ path, port: "http" });
    const openapi = readFileSync(join(repository, "docs/http.md"), "utf8");
    for (const path of new Set(Object.values(paths))) expect(openapi).toContain(path);
  });

  it("wall the daemon in as compose.yaml does, without a token of Kubernetes", () => {
    interface Compose {
      readonly services: {
        readonly shoal: {
          readonly read_only: boolean;
          readonly cap_drop: readonly string[];
          readonly security_opt: readonly string[];
          readonly mem_limit: string;
          readonly tmpfs: readonly string[];
        };
      };
    }
    const { shoal } = read<Compose>("compose.yaml").services;
    const [, user] = /^USER (\d+):\1$/m.exec(readFileSync(join(repository, "Dockerfile"), "utf8")) ?? [];
    for (const { serviceAccountName, automountServiceAccountToken, securityContext, containers, ...rest } of [
      pod(defaults),
      pod(split, "shoal-worker"),
    ]) {
      expect(automountServiceAccountToken).toBe(false);
      expect(only(split, "ServiceAccount", serviceAccountName)).toMatchObject({ automountServiceAccountToken: false });
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: Number(user), runAsGroup: Number(user) });
      const [container] = containers;
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: !shoal.security_opt.includes("no-new-privileges:true"),
        readOnlyRootFilesystem: shoal.read_only,
        capabilities: { drop: shoal.cap_drop },
      });
      expect(container.resources.limits.memory).toBe(shoal.mem_limit.replace("m", "Mi"));
      const mounts = container.volumeMounts.map(({ mountPath }) => mountPath);
      expect(mounts.toSorted()).toEqual(shoal.tmpfs.map((path) => path.split(":", 1)[0]).toSorted());
      expect(rest.volumes.map(({ name }) => name)).toEqual(container.volumeMounts.map(({ name }) => name));
      const spread = rest.topologySpreadConstraints.map(({ topologyKey }) => topologyKey);
      expect(spread).toEqual(["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
    }
  });

  it("choose the pods that they mean: one Deployment each, but for what all of them share", () => {
    const deployments = allOn.filter(({ kind }) => kind === "Deployment") as Deployment[];
    expect(deployments).toHaveLength(2);
    const chosen = (labels: Readonly<Record<string, string>>) =>
      deployments
        .filter(({ spec }) => hasAll(spec.template.metadata.labels, labels))
        .map(({ metadata }) => metadata.name);
    for (const { metadata, spec } of deployments) {
      expect(chosen(spec.selector.matchLabels)).toEqual([metadata.name]);
      expect(chosen(only<Selecting>(allOn, "PodDisruptionBudget", metadata.name).spec.selector.matchLabels)).toEqual([
        metadata.name,
      ]);
      const service = only<{ readonly spec: { readonly selector: Record<string, string> } }>(
        allOn,
        "Service",
        metadata.name,
      );
      expect(chosen(service.spec.selector)).toEqual([metadata.name]);
    }
    interface Policy {
      readonly spec: { readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> } };
    }
    const policy = only<Policy>(allOn, "NetworkPolicy");
    expect(chosen(policy.spec.podSelector.matchLabels)).toEqual(["shoal", "shoal-worker"]);
    const { matchLabels } = only<Selecting>(allOn, "ServiceMonitor").spec.selector;
    const services = allOn.filter(
      ({ kind, metadata }) => kind === "Service" && hasAll(metadata.labels ?? {}, matchLabels),
    );
    expect(services.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"])).toEqual(["shoal", "shoal"]);
  });

  it("bring the fleet file as it is, and start anew when it changes", async () => {
    const given = read<{ readonly fleet: { readonly files: object } }>("deploy/kubernetes/test/values/all-on.yaml");
    const name = pod(allOn).volumes.find((volume) => volume.configMap)?.configMap?.name;
    expect(only(allOn, "ConfigMap", name)).toMatchObject({ data: given.fleet.files });
    const changed = await render(helm, "all-on", "--set-string", "fleet.files.topics\\.ts=1");
    const { annotations } = deployment(allOn).spec.template.metadata;
    expect(deployment(changed).spec.template.metadata.annotations).not.toEqual(annotations);
  });

  it("have the rules of deploy/prometheus, every one of them", () => {
    const files = readdirSync(join(repository, "deploy/prometheus/rules")).toSorted();
    const groups = files.flatMap(
      (file) => read<{ readonly groups: object[] }>(`deploy/prometheus/rules/${file}`).groups,
    );
    expect(only(allOn, "PrometheusRule")).toMatchObject({ spec: { groups } });
  });
});
