import { readFileSync } from "node:fs";
import { join } from "node:path";
import { variables } from "@shoal/bot-service/internals";
import { testServers } from "@shoal/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { faultsOf, type Manifest } from "./check-manifest.ts";
import { only, render, runHelm, valuesOf } from "./render.ts";

const { helm = "" } = testServers();
const CHART = join(import.meta.dirname, "..");
/** Files of `test/values`. */
const VALUES = ["defaults", "all-on", "split", "hpa"] as const;
/** The template itself sets them. */
const SET_BY_THE_CHART = ["SHOAL_ROLE", "DRAIN_TIMEOUT_MS", "HTTP_PORT", "SHOAL_DIRECTORY"];

/** Mistakes, each in a manifest that is right but for it: kind, place, value, and what is said of it. */
const MISTAKES: readonly (readonly [kind: string, path: string, value: unknown, fault: string])[] = [
  ["Deployment", "spec.strategy.rollingUpdate.maxSurg", 1, "/maxSurg: unknown key"],
  ["Deployment", "spec.template.spec.containers.0.readinesProbe", {}, "/readinesProbe: unknown key"],
  ["Deployment", "spec.template.spec.containers.0.livenessProbe.httpGet.paht", "/healthz", "/paht: unknown key"],
  ["Deployment", "spec.template.spec.containers.0.ports.0.containerPort", "8787", "/containerPort: type"],
  ["Deployment", "spec.template.spec.containers.0.env.0.value", 20000, "/env/0/value: type"],
  ["Deployment", "spec.template.spec.terminationGracePeriodSeconds", "thirty", "/terminationGracePeriodSeconds: type"],
  ["Deployment", "spec.selector", undefined, "/spec: required"],
  ["Deployment", "metadata.lables", {}, "/metadata/lables: unknown key"],
  ["Service", "spec.ports.0.targetport", "http", "/targetport: unknown key"],
  ["PodDisruptionBudget", "spec.maxUnavailible", 1, "/maxUnavailible: unknown key"],
  ["NetworkPolicy", "spec.egress.1.to.0.ipBlock.excpet", [], "/excpet: unknown key"],
  ["ConfigMap", "data.number", 1, "/data/number: type"],
  ["ServiceAccount", "automountServiceAccountTokens", false, "/automountServiceAccountTokens: unknown key"],
  ["ScaledObject", "spec.pollInterval", 15, "/pollInterval: unknown key"],
  ["ScaledObject", "spec.minReplicaCount", "2", "/minReplicaCount: type"],
  ["ScaledObject", "spec.triggers.0.metadata.targetQueryValu", "1", "/targetQueryValu: unknown key"],
  ["ScaledObject", "spec.triggers.0.metadata.targetQueryValue", 1, "/targetQueryValue: type"],
  ["TriggerAuthentication", "spec.secretTargetRef.0.keys", "connection", "/keys: unknown key"],
  ["ServiceMonitor", "spec.endpoints.0.intervall", "15s", "/intervall: unknown key"],
  ["PrometheusRule", "spec.groups.0.rules.0.exprs", "up", "/exprs: unknown key"],
  ["HorizontalPodAutoscaler", "spec.behaviour", {}, "/behaviour: unknown key"],
  ["HorizontalPodAutoscaler", "spec.metrics.0.resource.target.averageUtilization", "70%", "/averageUtilization: type"],
];

function withMistake(manifest: Manifest, path: string, value: unknown): Manifest {
  const copy = structuredClone(manifest);
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const place = keys.reduce<unknown>((at, key) => Reflect.get(Object(at), key), copy);
  Reflect.set(Object(place), last, value);
  return copy;
}

describe.runIf(helm)("the Helm chart", () => {
  const rendered = new Map<string, Manifest[]>();
  beforeAll(async () => {
    await Promise.all(VALUES.map(async (name) => rendered.set(name, await render(helm, name))));
  });
  const of = (name: string) => rendered.get(name) ?? [];

  it.each(VALUES)("passes lint with the values %s", async (name) => {
    const { exitCode, stdout, stderr } = await runHelm(helm, "lint", "--strict", ...valuesOf(name));
    expect(exitCode, stdout + stderr).toBe(0);
  });

  it.each(VALUES)(
    "makes of the values %s what Kubernetes, KEDA and the operator know, to the last key",
    async (name) => {
      expect(of(name).length).toBeGreaterThan(3);
      expect((await Promise.all(of(name).map(faultsOf))).flat()).toEqual([]);
    },
  );

  it("makes every kind that is checked, so that none of the mistakes below goes by", () => {
    const made = new Set(VALUES.flatMap((name) => of(name).map(({ kind }) => kind)));
    expect(new Set(MISTAKES.map(([kind]) => kind))).toEqual(made);
  });

  it.each(MISTAKES)("would not pass with a mistake in %s: %s = %j", async (kind, path, value, fault) => {
    const right = only<Manifest>(of(kind === "HorizontalPodAutoscaler" ? "hpa" : "all-on"), kind);
    expect(await faultsOf(right)).toEqual([]);
    expect((await faultsOf(withMistake(right, path, value))).join("\n")).toContain(fault);
  });

  it("would not pass with a kind that nobody checks", async () => {
    const [manifest] = of("defaults");
    if (!manifest) throw new Error("nothing was made");
    expect(await faultsOf({ ...manifest, kind: "Depolyment" })).toHaveLength(1);
  });
});

describe.runIf(helm)("values that cannot be meant", () => {
  it.each([
    ["replica=3", "replica"],
    ["replicas=three", "replicas"],
    ["replicas=0", "replicas"],
    ["image.tagg=1", "tagg"],
    ["autoscaling.mode=keta", "mode"],
    ["drainTimeoutMs=20s", "drainTimeoutMs"],
    ["worker.enabled=yes", "enabled"],
    ["config.bot_max_count=1", "bot_max_count"],
    ["config.DATABASE_URL=postgres://a:b@c/d", "DATABASE_URL"],
    ["config.SHOAL_ROLE=worker", "SHOAL_ROLE"],
    ["secretName=", "secretName"],
    ["networkPolicy.egressPorts={https}", "egressPorts"],
    ["fleet.files.a\\.ts=x,fleet.entry=b.ts", "fleet.entry: b.ts is not among fleet.files, which has a.ts"],
    ["fleet.files.fleet\\.config\\.ts=a,config.FLEET_CONFIG=/b", "config.FLEET_CONFIG"],
  ])("are refused, with their name: %s", async (assignment, said) => {
    const { exitCode, stderr } = await runHelm(helm, "template", "--set", assignment);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(said);
  });
});

it("the chart takes no secret as a value: its schema refuses each variable that is one", () => {
  interface Schema {
    readonly properties: { readonly config: { readonly propertyNames: { readonly not: { readonly enum: string[] } } } };
  }
  const { properties } = JSON.parse(readFileSync(join(CHART, "values.schema.json"), "utf8")) as Schema;
  const secrets = Object.values(variables).filter(({ isSecret }) => isSecret);
  const expected = [...SET_BY_THE_CHART, ...secrets.map(({ name }) => name)];
  expect(properties.config.propertyNames.not.enum).toEqual(expected.toSorted());
});
