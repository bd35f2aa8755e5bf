import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { throwawayRoot } from "@shoal/testkit";
import { onTestFinished } from "vitest";
import type { Manifest } from "./check-manifest.ts";

const NOT_FOUND = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };
/** By which Helm knows what is its own. */
const OWN = { "meta.helm.sh/release-name": "shoal", "meta.helm.sh/release-namespace": "bots" };

/**
 * Answers Helm in place of a cluster, until the test ends: which kinds there are, and how many replicas each Deployment has now. Returns
 * the path of its kubeconfig.
 */
export function standInCluster(manifests: readonly Manifest[], replicas: number): string {
  const answers = new Map<string, object>([["/version", { major: "1", minor: "35", gitVersion: "v1.35.0" }]]);
  const kinds = Map.groupBy(manifests, ({ apiVersion }) => apiVersion);
  for (const [groupVersion, those] of kinds) {
    const resources = [...new Set(those.map(({ kind }) => kind))].map((kind) => ({
      ...{ kind, name: `${kind.toLowerCase()}s`, singularName: kind.toLowerCase(), namespaced: true, verbs: ["get"] },
    }));
    answers.set(groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`, {
      ...{ kind: "APIResourceList", apiVersion: "v1", groupVersion, resources },
    });
  }
  const groups = [...kinds.keys()]
    .filter((groupVersion) => groupVersion.includes("/"))
    .map((groupVersion) => {
      const [name, version] = groupVersion.split("/");
      return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
    });
  answers.set("/apis", { kind: "APIGroupList", apiVersion: "v1", groups });
  answers.set("/api", { kind: "APIVersions", versions: ["v1"] });
  for (const { kind, metadata, apiVersion } of manifests.filter((each) => each.kind === "Deployment")) {
    const answer = { apiVersion, kind, metadata: { ...metadata, annotations: OWN }, spec: { replicas } };
    answers.set(`/apis/apps/v1/namespaces/bots/deployments/${metadata.name}`, answer);
  }
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch({ url }) {
      const found = answers.get(new URL(url).pathname);
      return found ? Response.json(found) : Response.json(NOT_FOUND, { status: NOT_FOUND.code });
    },
  });
  const directory = mkdtempSync(join(throwawayRoot(), "shoal-cluster-"));
  onTestFinished(async () => {
    await server.stop(true);
    rmSync(directory, { recursive: true, force: true });
  });
  const kubeconfig = join(directory, "kubeconfig");
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "here", users: [{ name: "me", user: {} }] },
    clusters: [{ name: "here", cluster: { server: `http://127.0.0.1:${server.port}` } }],
    contexts: [{ name: "here", context: { cluster: "here", user: "me" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return kubeconfig;
}
