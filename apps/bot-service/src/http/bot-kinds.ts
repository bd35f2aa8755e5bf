import { z } from "zod";
import { type DeployableKinds, settingsProblem } from "../control/apply-command.ts";
import { payloadSchemas } from "../control/payloads.ts";
import { botKinds, settingsCheck } from "./bot-bodies.ts";
import { type Route, route } from "./route.ts";

/** `/api/bot/kinds`, `/api/bot/settings`: what can be deployed, by the fleet file of the daemon that is asked. */
export function botKindRoutes(kinds: DeployableKinds): Route[] {
  const all = [...kinds].map(([kind, { names, checkSettings }]) => {
    return { kind, names: [...names], takes_settings: checkSettings !== undefined };
  });
  return [
    route({
      method: "get",
      path: "/api/bot/kinds",
      summary: "The kinds of bots that can be deployed, the default first",
      access: "token",
      answers: { 200: botKinds },
      answer: (context) => context.json({ kinds: all }),
    }),
    route({
      method: "post",
      path: "/api/bot/settings",
      summary: "Check the settings of a bot without deploying it",
      access: "token",
      bodyLimitBytes: 2 * 64 * 1024,
      body: z.strictObject({ kind: z.string().max(64), config: payloadSchemas.UPDATE_CONFIG.shape.config }),
      answers: { 200: settingsCheck },
      answer: (context, { body: { kind, config } }) => context.json({ problem: settingsProblem(kind, config, kinds) }),
    }),
  ];
}
