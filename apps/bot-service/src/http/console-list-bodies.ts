import { z } from "zod";

const count = z.int().nonnegative();
const at = z.iso.datetime();
const after = z.string().nullable().describe("Of the next page, as its `after`; null: there is none");

export const botRow = z.object({
  bot_id: z.string(),
  name: z.string(),
  kind: z.string(),
  number: z.int().nullable().describe("Among the bots of the fleet; null for one that was deployed"),
  is_deployed: z.boolean(),
  state: z
    .enum([
      ...(["starting", "idle", "reserved", "joining", "waiting", "talking", "handing", "taking", "leaving"] as const),
      ...(["stopping", "stopped", "crashed", "quarantined", "queued"] as const),
    ])
    .describe("queued: deployed, and waits for a free place; crashed, quarantined: it starts again at `until`"),
  since: at.nullable().describe("In this state; null where that is not known"),
  until: at.nullable().describe("When it starts again after its crashes"),
  last_error: z.string().nullable().describe("The code of its last crash, as far as that is remembered"),
  is_paused: z.boolean().describe("Takes no new conversations"),
  match_id: z.string().nullable(),
  room_id: z.string().nullable(),
  partner_id: z.string().nullable(),
  is_in_room: z.boolean().describe("Its room is joined"),
  is_partner_present: z.boolean(),
  crashes: count.describe("In the last 5 min"),
});

/** `states`: how many bots there are of each state, whatever the filter. */
export const botList = z.object({
  bots: z.array(botRow),
  after,
  total: count.describe("That fit the filter"),
  states: z.record(z.string(), count),
});

const stateChange = z.object({
  at,
  state: z.string(),
  error_class: z.string().nullable(),
  reason: z.string().nullable(),
});

export const channelRow = z.object({
  channel: z.string().describe("<client id> <topic>; the key of the list"),
  topic: z.string(),
  client_id: z.string(),
  status: z.enum(["waiting", "joining", "joined", "failed", "released"]),
  socket_id: z.string().nullable(),
  priority: z.enum(["room", "lobby", "idle"]),
});

export const channelList = z.object({ channels: z.array(channelRow), after, total: count });

export const channelHistory = z.object({
  histories: z.array(z.object({ connection: z.string(), changes: z.array(stateChange) })),
});

export const socketRow = z.object({ socket_id: z.string(), status: z.string(), slots_held: count });
export const socketList = z.object({ sockets: z.array(socketRow) });

export const configRow = z.object({
  variable: z.string(),
  value: z.string().nullable().describe("[secret] for a secret; null: not set, and there is no default"),
  default: z.string(),
  source: z
    .enum(["environment", "default", "daemon"])
    .describe("daemon: it takes another value than the one that was given, because of another variable"),
  is_secret: z.boolean(),
  is_changed: z.boolean().describe("Set in the environment, to other than the default"),
  expected: z.string(),
  description: z.string(),
});

export const configList = z.object({
  variables: z.array(configRow),
  fleet_file: z.string().nullable(),
  bot_kinds: z.array(z.string()),
  topics: z.record(z.string(), z.string()),
});

export const historyBody = z.object({
  step_ms: z.int(),
  from_ms: z.int().describe("Time of the first value, epoch ms"),
  units: z.record(z.string(), z.string()),
  series: z.record(z.string(), z.array(z.number().nullable())).describe("Oldest first; null: not measured then"),
});

export type BotRow = z.infer<typeof botRow>;
export type BotList = z.infer<typeof botList>;
export type ChannelRow = z.infer<typeof channelRow>;
export type ChannelList = z.infer<typeof channelList>;
export type ChannelHistory = z.infer<typeof channelHistory>;
export type SocketRow = z.infer<typeof socketRow>;
export type SocketList = z.infer<typeof socketList>;
export type ConfigRow = z.infer<typeof configRow>;
export type ConfigList = z.infer<typeof configList>;
export type HistoryBody = z.infer<typeof historyBody>;
