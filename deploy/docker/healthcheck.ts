import { ownUrl } from "@shoal/bot-service/http-address";

/**
 * HEALTHCHECK of the image: asks the daemon itself. Exit code 0 when `/healthz` answers 200, else 1 with the reason, which
 * `docker inspect` shows. Liveness only: a dependency that is away is no reason to restart the daemon.
 */
const ANSWER_WITHIN_MS = 4000;

try {
  const url = `${ownUrl(process.env)}/healthz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
