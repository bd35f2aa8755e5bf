import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DATABASE_RECORDINGS, RECORDINGS } from "./support/recordings.ts";

/** Proved by the recording of that name, in a line that contains `line`. */
interface InRecording {
  readonly recording: string;
  readonly line: string;
}

/** Proved by the test of that title, in that file beside this one. */
interface InTest {
  readonly file: string;
  readonly title: string;
}

/** Not proved, and why. */
interface OutOfReach {
  readonly why: string;
}

type Proof = InRecording | InTest | OutOfReach;

const shown = (recording: string, line: string): InRecording => ({ recording, line });
const tested = (file: string, title: string): InTest => ({ file: `realtime-${file}.test.ts`, title });

const RESTART = "of kind %s closes with %i, refuses connections and comes back on its port, empty";

/** The proofs by the first column of `fixtures/frames/SUMMARY.md`. */
const PROOFS: Readonly<Record<string, readonly Proof[]>> = {
  "join ok": [shown("join", '"phx_reply",{"status":"ok","response":{"postgres_changes":[]}}')],
  heartbeat: [shown("heartbeat", '[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]')],
  "presence.enabled join": [shown("presence", '["1",null,"realtime:pres","presence_state",{}]')],
  "presence change": [shown("presence", "phx_ref_prev")],
  "no/garbage/bad/expired apikey": [
    shown("connect-errors", 'denied 401 2.0.0 - {"error":"API key is missing"}'),
    shown("connect-errors", 'denied 401 2.0.0 abc {"error":"The token provided is not a valid JWT"}'),
    shown("connect-errors", 'denied 401 2.0.0 WRONG_SIGNATURE {"error":"Failed to validate JWT signature"}'),
    shown("connect-errors", 'denied 401 2.0.0 EXPIRED_60 {"error":"Token has expired"}'),
    shown("connect-errors", 'denied 401 2.0.0 NO_ROLE {"error":"Fields `role` and `exp` are required in JWT"}'),
    shown("connect-errors", 'denied 401 2.0.0 NO_EXP {"error":"Fields `role` and `exp` are required in JWT"}'),
    shown("connect-errors", 'denied 401 2.0.0 ALG_NONE {"error":"Failed to generate JWT signer'),
  ],
  "unknown tenant / suspended": [
    { why: "one server is one project, so there is no unknown one" },
    shown("connect-errors", 'denied 403 2.0.0 ANON {"error":"Realtime was disabled for this tenant"}'),
  ],
  "unknown vsn": [shown("connect-errors", "denied 403 9.9.9 ANON")],
  "too many connections, at upgrade": [shown("users", 'denied 429 2.0.0 ANON {"error":"Too many connected users"}')],
  "too many connections, at join": [shown("users", "ConnectionRateLimitReached: Too many connected users")],
  "too many joins/s, at upgrade": [shown("joins", 'denied 429 2.0.0 ANON {"error":"Too many joins per second"}')],
  "too many joins/s, at join": [
    shown("joins", "ClientJoinRateLimitReached: Too many joins per second"),
    shown("joins", "A closed 1001"),
  ],
  "too many channels": [shown("channels", "ChannelRateLimitReached: Too many channels")],
  "bad topic (no `realtime:`)": [shown("join-errors", '[null,"1","room1","phx_reply"')],
  "`realtime:` with empty name": [shown("join-errors", "TopicNameRequired: You must provide a topic name")],
  "push to a topic not joined (or one the server closed)": [
    shown("join-errors", '[null,"3","realtime:notjoined","phx_reply"'),
    shown(
      "events-self",
      '[null,"96","realtime:evs","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]',
    ),
  ],
  "bad access_token in join": [
    shown("join-errors", "MalformedJWT: The token provided is not a valid JWT"),
    shown("join-errors", "JwtSignatureError: Failed to validate JWT signature"),
    shown("join-errors", "InvalidJWTToken: Token has expired 60 seconds ago"),
    shown("join-errors", "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
  ],
  "private, no policy": [
    shown("join-errors", "Unauthorized: You do not have permissions to read from this Channel topic: t1"),
  ],
  "events/s exceeded": [
    shown("events", '"system",{"message":"Too many messages per second"'),
    shown("events", "A quiet"),
    shown("events-self", '["1","95","realtime:evs","phx_reply",{"status":"ok","response":{}}]'),
  ],
  "HTTP broadcast over the limit": [
    shown("events", '= 429 {"message":"You have exceeded your rate limit"}'),
    shown("events-self", '= 429 {"message":"Too many messages to broadcast, please reduce the batch size"}'),
    tested("limits", "refuses a batch over what is left of the limit, and one message when nothing is"),
  ],
  "presence calls > 5 per 30 s (default, per channel)": [
    shown("presence-rate", '"system",{"message":"Client presence rate limit exceeded"'),
  ],
  "token runs out / bad access_token refresh": [
    shown("token-expiry", '"message":"Token has expired 0 seconds ago"'),
    shown("token-expiry", '"message":"The token provided is not a valid JWT"'),
    shown("token-expiry", '"message":":signature_error"'),
  ],
  "good access_token refresh": [shown("token-expiry", '"access_token",{"access_token":"<ENDS_IN_90>"}')],
  "payload > 3000 KB": [
    shown("payload-size", '{"status":"error","response":"payload_size_exceeded"}'),
    shown("payload-size", "B quiet"),
    shown("payload-size", '"message":"Track message size exceeded"'),
  ],
  "frame > 5 000 000 bytes": [shown("payload-size", "B closed 1009")],
  "channel process crash": [tested("faults", "crashes: phx_error, and the topic is not joined any more")],
  "rejoin of a joined topic": [shown("rejoin", '["1","1","realtime:dup","phx_close",{}]')],
  phx_leave: [shown("join", '["1","1","realtime:room1","phx_close",{}]')],
  "reload / tenant suspended / jwt_secret changed / tenant deleted": [
    shown("reload", "A closed 1012"),
    shown("suspend-live", "A closed 1012"),
    { why: "a server keeps its jwt_secret and its project for its whole life" },
  ],
  SIGTERM: [tested("faults", RESTART)],
  SIGKILL: [tested("faults", RESTART)],
  "no client frame for 60 s": [shown("idle", "A closed 1000")],
  "socket whose channels all left": [
    shown("no-channel-sweep", "left closed 1006"),
    shown("no-channel-sweep", "never close"),
  ],
  "malformed frame": [shown("malformed", "A > not json")],
  "postgres_changes subscribe": [
    shown("pg", '"message":"Subscribed to PostgreSQL"'),
    shown("pg", '"status":"error","extension":"postgres_changes"'),
  ],
  "broadcast from the database, or HTTP single-event endpoint": [
    shown("http", "A << 040a0600017265616c74696d653a6873696e676c657b2279223a317d"),
    tested("http", "sends a single message as a binary frame to vsn 2.0.0 and as JSON to vsn 1.0.0"),
    tested("messages", "of bytes reaches vsn 2.0.0 alone"),
  ],
};

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const replayed: readonly string[] = [...Object.keys(RECORDINGS), ...DATABASE_RECORDINGS];

function casesOfTheSummary(): string[] {
  const rows = read("fixtures/frames/SUMMARY.md").split("\n");
  return rows.filter((row) => /^\| (?!case \|)/.test(row)).map((row) => row.split(" | ")[0]?.slice("| ".length) ?? "");
}

function isProved(proof: Proof): boolean {
  if ("why" in proof) return proof.why !== "";
  if ("file" in proof) return read(proof.file).includes(`"${proof.title}"`);
  const lines = read(`fixtures/frames/${proof.recording}.txt`).split("\n");
  return replayed.includes(proof.recording) && lines.some((line) => line.includes(proof.line) && !line.startsWith("#"));
}

describe("the summary of what the real server answers", () => {
  it("is read whole", () => {
    expect(casesOfTheSummary()).toHaveLength(35);
  });

  it("has something to show for every row, and for nothing else", () => {
    expect(Object.keys(PROOFS).sort()).toEqual(casesOfTheSummary().sort());
  });

  it.each(Object.entries(PROOFS))("is reproduced: %s", (_case, proofs) => {
    expect(proofs.length).toBeGreaterThan(0);
    expect(proofs.filter((proof) => !isProved(proof))).toEqual([]);
  });

  it("leaves no recording unplayed", () => {
    const recorded = readdirSync(new URL("fixtures/frames", import.meta.url)).filter((name) => name.endsWith(".txt"));
    expect([...replayed].map((name) => `${name}.txt`).sort()).toEqual(recorded.sort());
  });
});
