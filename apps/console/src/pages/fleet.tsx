import { PageHead } from "../parts/page-head.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { place } from "../router.ts";
import { Bot } from "./fleet/bot.tsx";
import { DeployedBots } from "./fleet/deployed.tsx";
import { FollowedCommands } from "./fleet/followed.tsx";
import { BotsHere } from "./fleet/here.tsx";
import { partOfPath } from "./part-of-path.ts";

/** The bots: those of this daemon, those that commands deployed, and each by itself under its id. */
export function Fleet() {
  const botId = partOfPath(place.value.path, "/fleet");
  if (botId !== null) return <Bot key={botId} botId={botId} />;
  return (
    <>
      <PageHead title="Fleet">
        Bots that this daemon runs, and bots that commands have deployed on any replica.
      </PageHead>
      <FollowedCommands />
      <Tabs
        label="Bots"
        tabs={[
          { id: "here", title: "In this daemon", view: () => <BotsHere /> },
          { id: "deployed", title: "Deployed", view: () => <DeployedBots /> },
        ]}
      />
    </>
  );
}
