import { type FleetView, fleetView } from "./replica-bodies.ts";
import { type Route, route } from "./route.ts";

/** `/api/replicas`: the replicas of the whole fleet, whichever of them is asked. */
export function replicaRoutes(read: () => Promise<FleetView>): Route[] {
  return [
    route({
      method: "get",
      path: "/api/replicas",
      summary: "All replicas of the fleet, those that were lost a short while ago too",
      access: "token",
      answers: { 200: fleetView },
      answer: async (context) => context.json(await read()),
    }),
  ];
}
