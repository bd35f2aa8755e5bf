import { join } from "node:path";

const MODELS = join(import.meta.dirname, "../tools/node_modules");
const KUBERNETES = "kubernetes-models/_schemas/IoK8sApi";
const KEDA = "@kubernetes-models/keda/_schemas/ComGithubKedacoreKedaV2ApisKedaV1alpha1";
const OPERATOR =
  "@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1";

/** What says how a kind must look, by `apiVersion kind`. */
const SCHEMAS: Readonly<Record<string, string>> = {
  "apps/v1 Deployment": `${KUBERNETES}AppsV1Deployment`,
  "autoscaling/v2 HorizontalPodAutoscaler": `${KUBERNETES}AutoscalingV2HorizontalPodAutoscaler`,
  "keda.sh/v1alpha1 ScaledObject": `${KEDA}ScaledObject`,
  "keda.sh/v1alpha1 TriggerAuthentication": `${KEDA}TriggerAuthentication`,
  "monitoring.coreos.com/v1 PrometheusRule": `${OPERATOR}PrometheusRule`,
  "monitoring.coreos.com/v1 ServiceMonitor": `${OPERATOR}ServiceMonitor`,
  "networking.k8s.io/v1 NetworkPolicy": `${KUBERNETES}NetworkingV1NetworkPolicy`,
  "policy/v1 PodDisruptionBudget": `${KUBERNETES}PolicyV1PodDisruptionBudget`,
  "v1 ConfigMap": `${KUBERNETES}CoreV1ConfigMap`,
  "v1 Service": `${KUBERNETES}CoreV1Service`,
  "v1 ServiceAccount": `${KUBERNETES}CoreV1ServiceAccount`,
};

/** What KEDA's trigger takes, which its schema leaves open. @source https://keda.sh/docs/2.18/scalers/postgresql */
const TRIGGER_KEYS: Readonly<Record<string, readonly string[]>> = {
  postgresql: ["query", "targetQueryValue", "activationTargetQueryValue"],
};

interface Fault {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: unknown;
}

interface Validate {
  (manifest: unknown): boolean;
  errors: readonly Fault[] | null;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/**
 * Returns what the API server would refuse of a manifest, and what it would drop: keys that nobody knows. A validator reads each key
 * that it knows of, and all of a map, so a key that it has not read is an unknown one.
 */
export async function faultsOf(manifest: Manifest): Promise<string[]> {
  const kind = `${manifest.apiVersion} ${manifest.kind}`;
  const schema = SCHEMAS[kind];
  if (schema === undefined) return [`${kind}: no schema is known of it`];
  const { validate } = (await import(join(MODELS, `${schema}.js`))) as { readonly validate: Validate };
  const read = new Map<object, Set<PropertyKey>>();
  const isValid = validate(watched(manifest, read));
  const wrong = isValid
    ? []
    : (validate.errors ?? []).map((at) => `${at.instancePath}: ${at.keyword} ${JSON.stringify(at.params)}`);
  return [...wrong, ...unread(manifest, read, ""), ...triggerFaults(manifest)].map((fault) => `${kind} ${fault}`);
}

/** The same value, which notes the keys that are read of each object within. */
function watched(value: unknown, read: Map<object, Set<PropertyKey>>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const keys = read.get(value) ?? new Set<PropertyKey>();
  read.set(value, keys);
  return new Proxy(value, {
    get(target, key) {
      keys.add(key);
      return watched(Reflect.get(target, key), read);
    },
  });
}

function unread(value: unknown, read: ReadonlyMap<object, ReadonlySet<PropertyKey>>, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    read.get(value)?.has(key) ? unread(inner, read, `${path}/${key}`) : [`${path}/${key}: unknown key`],
  );
}

function triggerFaults(manifest: Manifest): string[] {
  const { spec } = manifest as { spec?: { triggers?: readonly { type: string; metadata: object }[] } };
  return (spec?.triggers ?? []).flatMap(({ type, metadata }, index) =>
    Object.keys(metadata)
      .filter((key) => !TRIGGER_KEYS[type]?.includes(key))
      .map((key) => `/spec/triggers/${index}/metadata/${key}: unknown key`),
  );
}
