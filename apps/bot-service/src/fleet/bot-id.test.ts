import { expect, it } from "vitest";
import { botIdOf, isBotId } from "./bot-id.ts";

it("tells the ids of the fleet's bots from those of people and of deployed bots", () => {
  expect(isBotId(botIdOf("0f8fad5b-d9cb-469f-a165-70867728950e", 1234))).toBe(true);
  for (const id of [
    "bot-1",
    "bot-1a2b3c4d-0",
    "a bot-1a2b3c4d-1",
    "bot-1a2b3c4d-1 ",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
  ]) {
    expect([id, isBotId(id)]).toEqual([id, false]);
  }
});
