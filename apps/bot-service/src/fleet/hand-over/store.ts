import { fullJitter } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import { z } from "zod";

/** What a taker needs to go into the room of a conversation and, later, to go on with it. */
export interface Offer {
  readonly roomId: string;
  readonly partner: { readonly id: string; readonly name: string };
  readonly botId: string;
  readonly name: string;
  readonly kind: string;
  /** Number of the bot in the fleet; null for a deployed one. */
  readonly place: number | null;
  /** The run of a deployed bot; null for one of the fleet. */
  readonly deployed: OfferedDeployment | null;
}

export interface OfferedDeployment {
  readonly config: Readonly<Record<string, unknown>>;
  readonly generation: number;
  readonly isPaused: boolean;
  readonly isOperators: boolean;
}

export type HandOverState = "offered" | "ready" | "refused" | "given";

/** Between two tries of a statement. */
export const RETRY = fullJitter(50, 500);

/** A row of `shoal.hand_overs`, as one of its two replicas reads it. */
export interface HandOver {
  readonly matchId: string;
  readonly giver: string;
  readonly taker: string;
  readonly state: HandOverState;
  /** For the taker. Null also when a version that nobody knows has written it. */
  readonly offer: Offer | null;
  /** What the kind remembers and what has no answer, for the taker, once it is given. */
  readonly memory: string | null;
}

/** `kept`: the match stays the giver's. `over`: it has ended, or is somebody else's. */
export type GiveOutcome = "given" | "kept" | "over";

/** The hand-overs of one replica in the database. All calls fail as `Sql.query` does, and may be repeated. */
export interface HandOverStore {
  read(): Promise<HandOver[]>;
  /** False: the match is not this replica's, or not live. */
  offer(matchId: string, taker: string, offer: Offer): Promise<boolean>;
  withdraw(matchId: string): Promise<void>;
  /** False: it was not offered, or is given already; for `present`: it was not given. */
  answer(matchId: string, answer: "ready" | "refused" | "present"): Promise<boolean>;
  give(matchId: string, taker: string, memory: string): Promise<GiveOutcome>;
}

const READ = statement("hand_over_read", "select * from shoal.hand_over_read($1::text)");
const OFFER = statement(
  "hand_over_offer",
  "select shoal.hand_over_offer(($1::text)::uuid, $2::text, $3::text, ($4::text)::jsonb) as done",
);
const WITHDRAW = statement("hand_over_withdraw", "select shoal.hand_over_withdraw(($1::text)::uuid, $2::text)");
const ANSWER = statement(
  "hand_over_answer",
  "select shoal.hand_over_answer(($1::text)::uuid, $2::text, $3::text) as done",
);
const GIVE = statement(
  "match_hand_over",
  "select shoal.match_hand_over(($1::text)::uuid, $2::text, $3::text, $4::text) as outcome",
);

interface HandOverRow {
  readonly match_id: string;
  readonly giver: string;
  readonly taker: string;
  readonly state: HandOverState;
  readonly offer: unknown;
  readonly memory: string | null;
}

/** Returns the hand-overs of a replica over `shoal.hand_overs`. */
export function sqlHandOverStore(sql: Pick<Sql, "query">, replicaId: string): HandOverStore {
  return {
    async read() {
      const rows = await sql.query<HandOverRow>(READ, [replicaId]);
      return rows.map(({ match_id: matchId, giver, taker, state, offer, memory }) => {
        return { matchId, giver, taker, state, offer: readOffer(offer), memory };
      });
    },
    async offer(matchId, taker, offer) {
      const [row] = await sql.query<{ done: boolean }>(OFFER, [matchId, replicaId, taker, writeOffer(offer)]);
      return row?.done === true;
    },
    async withdraw(matchId) {
      await sql.query(WITHDRAW, [matchId, replicaId]);
    },
    async answer(matchId, answer) {
      const [row] = await sql.query<{ done: boolean }>(ANSWER, [matchId, replicaId, answer]);
      return row?.done === true;
    },
    async give(matchId, taker, memory) {
      const [row] = await sql.query<{ outcome: GiveOutcome }>(GIVE, [matchId, replicaId, taker, memory]);
      return row?.outcome ?? "over";
    },
  };
}

const offerSchema = z.object({
  room_id: z.string(),
  partner: z.object({ id: z.string(), name: z.string() }),
  bot_id: z.string(),
  name: z.string(),
  kind: z.string(),
  place: z.int().positive().nullable(),
  deployed: z
    .object({
      config: z.record(z.string(), z.unknown()),
      generation: z.int(),
      is_paused: z.boolean(),
      is_operators: z.boolean(),
    })
    .nullable(),
});

function writeOffer({ roomId, partner, botId, name, kind, place, deployed }: Offer): string {
  return JSON.stringify({
    ...{ room_id: roomId, partner, bot_id: botId, name, kind, place },
    deployed: deployed && {
      ...{ config: deployed.config, generation: deployed.generation },
      ...{ is_paused: deployed.isPaused, is_operators: deployed.isOperators },
    },
  } satisfies z.input<typeof offerSchema>);
}

function readOffer(row: unknown): Offer | null {
  const { data } = offerSchema.safeParse(row);
  if (!data) return null;
  const { room_id: roomId, bot_id: botId, partner, name, kind, place, deployed } = data;
  return {
    ...{ roomId, partner, botId, name, kind, place },
    deployed: deployed && {
      ...{ config: deployed.config, generation: deployed.generation },
      ...{ isPaused: deployed.is_paused, isOperators: deployed.is_operators },
    },
  };
}
