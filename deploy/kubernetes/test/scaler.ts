import { type Clock, SECOND_MS, type Timer } from "@shoal/kernel";

interface Behavior {
  readonly stabilizationWindowSeconds: number;
  readonly policies: readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[];
}

/** What a scaler reads of a ScaledObject. */
export interface ScaledObject {
  readonly spec: {
    readonly pollingInterval: number;
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly advanced: {
      readonly horizontalPodAutoscalerConfig: {
        readonly behavior: { readonly scaleUp: Behavior; readonly scaleDown: Behavior };
      };
    };
    readonly triggers: readonly [{ readonly metadata: { readonly query: string; readonly targetQueryValue: string } }];
  };
}

export interface ScalerOptions {
  readonly scaledObject: ScaledObject;
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  /** Answers the trigger's query; a rejection leaves the number as it is. */
  readonly ask: (query: string) => Promise<number>;
  /** Starts so many processes more, or ends so many where it is negative. */
  readonly change: (by: number) => Promise<void>;
  readonly replicas: number;
}

interface Noted {
  readonly atMs: number;
  readonly count: number;
}

/** Kubernetes leaves the number alone while it is off by no more than this part of it. */
const TOLERANCE_RATIO = 0.1;

/**
 * Starts and stops processes as KEDA and the autoscaler of Kubernetes do with pods: asks the trigger's own query, and changes their number
 * by the rules of the ScaledObject. Returns what ends it.
 * @source https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export function startScaler({ scaledObject, clock, ask, change, ...initial }: ScalerOptions): () => void {
  const { spec } = scaledObject;
  const [{ metadata }] = spec.triggers;
  const { scaleUp, scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior;
  let { replicas } = initial;
  // What it finds counts as wanted until then.
  const wishes: Noted[] = [{ atMs: clock.monotonicMs(), count: replicas }];
  const changes: Noted[] = [];
  let timer: Timer;
  let hasEnded = false;

  const since = (noted: readonly Noted[], seconds: number) =>
    noted.filter(({ atMs }) => atMs > clock.monotonicMs() - seconds * SECOND_MS).map(({ count }) => count);
  /** Most that the policies let it grow or shrink by, counting what it did so within their periods. */
  const room = ({ policies }: Behavior, sign: 1 | -1) =>
    Math.max(
      ...policies.map(({ value, periodSeconds }) => {
        const done = since(changes, periodSeconds).filter((count) => count * sign > 0);
        return value - done.reduce((sum, count) => sum + count * sign, 0);
      }),
    );
  const next = (wanted: number): number => {
    const isClose = Math.abs(wanted / replicas - 1) <= TOLERANCE_RATIO;
    const wish = Math.max(spec.minReplicaCount, Math.min(isClose ? replicas : Math.ceil(wanted), spec.maxReplicaCount));
    wishes.push({ atMs: clock.monotonicMs(), count: wish });
    const atLeast = Math.min(wish, ...since(wishes, scaleUp.stabilizationWindowSeconds));
    const atMost = Math.max(wish, ...since(wishes, scaleDown.stabilizationWindowSeconds));
    if (atLeast > replicas) return Math.min(atLeast, replicas + room(scaleUp, 1));
    if (atMost < replicas) return Math.max(atMost, replicas - room(scaleDown, -1));
    return replicas;
  };
  const look = async () => {
    const answer = await ask(metadata.query).catch(() => null);
    const by = answer === null ? 0 : next(answer / Number(metadata.targetQueryValue)) - replicas;
    if (by !== 0) {
      changes.push({ atMs: clock.monotonicMs(), count: by });
      replicas += by;
      await change(by);
    }
    if (!hasEnded) timer = clock.after(spec.pollingInterval * SECOND_MS, look);
  };
  timer = clock.after(0, look);
  return () => {
    hasEnded = true;
    timer.cancel();
  };
}
