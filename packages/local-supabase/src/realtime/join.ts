import { SECOND_MS, sleep } from "@shoal/kernel";
import { withIds } from "./changes/change-feed.ts";
import { Channel, TOPIC_PREFIX } from "./channel.ts";
import { handleChannelFrame } from "./channel-frames.ts";
import { closeChannel, forgetChannel, shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import type { ClientFrame } from "./frames.ts";
import { type JoinConfig, readJoinPayload } from "./join-payload.ts";
import { readReplay } from "./messages/replay.ts";
import { type StoredMessage, sendReplayed } from "./messages/stored-message.ts";
import { canRead, joinText, OPEN, type ReadRights } from "./policies/policy-check.ts";
import type { PresenceEntries } from "./presence.ts";
import type { Socket } from "./socket.ts";
import { refusalText, type TokenClaims } from "./tokens.ts";

/** Delays the answer to a refused join, and every later frame of its socket. @source REALTIME-FRAMES.md, join-errors */
const JOIN_PENALTY_MS = 5 * SECOND_MS;

const PUBLIC = { kind: "answer", value: OPEN } as const;

type JoinFrame = ClientFrame & { kind: "message" };

interface Refusal {
  readonly kind: "refused";
  readonly reason: string;
  readonly closesSocket: boolean;
}

type Decision =
  | Refusal
  | {
      readonly kind: "accepted";
      readonly config: JoinConfig;
      readonly token: string;
      readonly claims: TokenClaims;
      readonly reads: ReadRights;
      readonly replayed: readonly StoredMessage[];
    };

/** Answers one `phx_join`. An earlier channel of the same topic on this socket ends now, and is told so after the answer. */
export async function joinChannel(core: Core, socket: Socket, frame: JoinFrame): Promise<void> {
  const replaced = socket.channels.get(frame.topic);
  if (replaced) {
    socket.channels.delete(frame.topic);
    forgetChannel(core, replaced);
  }
  const decision = await decide(core, socket, frame);
  if (decision.kind === "refused") await refuse(core, socket, frame, decision);
  else if (socket.isOpen) accept(core, socket, frame, decision);
  if (replaced) closeChannel(core, replaced);
}

// Checks in the order of the server. @source supabase/realtime 2.129.8, realtime_channel.ex, join/3
async function decide(core: Core, socket: Socket, frame: JoinFrame): Promise<Decision> {
  const topicName = frame.topic.slice(TOPIC_PREFIX.length);
  if (topicName === "") return refused("TopicNameRequired: You must provide a topic name");
  socket.hasAskedToJoin = true;
  const fault = core.faults.joinRefusal(topicName);
  if (fault) return refused(fault.reason, fault.closesSocket);
  const { config, accessToken, isUnreadable } = readJoinPayload(frame.payload, topicName, core.project.isPresenceOn);
  if (core.project.isPrivateOnly && !config.isPrivate) {
    return refused("PrivateOnly: This project only allows private channels");
  }
  const admitted = core.admission.admitJoin(socket, socket.channels.size);
  if (admitted.kind === "refused") return refused(admitted.reason, admitted.closesSocket);
  const token = accessToken ?? socket.token;
  const verdict = await core.tokens.verify(token);
  if (verdict.kind === "refused") return refused(refusalText(verdict.refusal, "join"));
  const { claims } = verdict;
  const subject = { topicName, claims, headers: socket.headers };
  const answer = config.isPrivate ? await core.policies.read(subject, config.isPresenceEnabled) : PUBLIC;
  if (answer.kind === "none") return refused(joinText(answer.why, topicName));
  const { value: reads } = answer;
  const isReplayReadable = reads.broadcast || !config.isReplayAsked;
  if (!(canRead(reads) && isReplayReadable)) return refused(joinText("failed", topicName));
  const replayed = await messagesToReplay(core, topicName, config);
  if (typeof replayed === "string") return refused(replayed);
  if (isUnreadable) return refused("UnknownErrorOnChannel: no function clause matching in Access.get/3");
  return { kind: "accepted", config, token, claims, reads, replayed };
}

/** Resolves with the stored messages that the join asks for, or with the reason to refuse it. */
async function messagesToReplay(
  core: Core,
  topicName: string,
  { isPrivate, isReplayAsked, replay }: JoinConfig,
): Promise<readonly StoredMessage[] | string> {
  if (isReplayAsked && !isPrivate) return "UnableToReplayMessages: Replay is not allowed for public channels";
  const request = readReplay(replay);
  if (request === "invalid") return "UnableToReplayMessages: Replay params are not valid";
  if (!request) return [];
  const answer = await core.history.read(topicName, request);
  if (answer.kind === "answer") return answer.value;
  if (answer.why === "exhausted") return joinText(answer.why, topicName);
  return "UnableToReplayMessages: Realtime was unable to replay messages";
}

async function refuse(core: Core, socket: Socket, frame: JoinFrame, refusal: Refusal): Promise<void> {
  const { topic, joinRef, ref } = frame;
  core.counters.joinsRefused += 1;
  core.events.emit("join:refused", { socketId: socket.id, topic, reason: refusal.reason });
  try {
    await sleep(core.runtime.clock, JOIN_PENALTY_MS, socket.closedSignal);
  } catch {
    return; // The socket closed meanwhile.
  }
  socket.reply(joinRef, ref, topic, "error", { reason: refusal.reason });
  if (refusal.closesSocket) socket.close(1001);
}

function accept(core: Core, socket: Socket, frame: JoinFrame, decision: Decision & { kind: "accepted" }): void {
  const { config, token, claims, reads, replayed } = decision;
  const channel = new Channel({
    socket,
    topicName: frame.topic.slice(TOPIC_PREFIX.length),
    joinRef: frame.joinRef,
    config,
    presenceKey: config.presenceKey ?? core.runtime.ids.uuid(),
    token,
    claims,
    reads,
    replayedIds: new Set(replayed.map(({ id }) => id)),
    onFrame: (to, received) => handleChannelFrame(core, to, received),
  });
  socket.channels.set(frame.topic, channel);
  core.expectExpiry(claims.exp * SECOND_MS);
  const topic = core.topics.enter(channel);
  core.admission.joined(socket);
  core.counters.joinsAccepted += 1;
  core.events.emit("join:accepted", { socketId: socket.id, topic: frame.topic });
  const changes = withIds(config.postgresChanges);
  channel.reply(frame.ref, "ok", { postgres_changes: changes });
  for (const message of replayed) sendReplayed(channel, message);
  watchDatabase(core, channel);
  if (changes.length > 0) core.changes.subscribe(channel, changes);
  if (config.isPresenceEnabled && reads.presence === true) sendPresence(core, channel, topic.presence.state());
}

/** Starts the stream of database messages, unless it runs, and tells a channel that asked when it does. */
function watchDatabase(core: Core, channel: Channel): void {
  const tell = () => {
    if (channel.isOpen) channel.system("system", "ok", "Replication connection established");
  };
  const { isLive } = core.changes;
  const live = core.changes.live();
  if (!channel.config.isReplicationReadyAsked) return;
  if (isLive) tell();
  else void live.then(tell);
}

function sendPresence(core: Core, channel: Channel, state: PresenceEntries): void {
  const admitted = core.admission.admitPresenceEvent();
  if (admitted.kind === "refused") shutChannel(core, channel, admitted.message);
  else channel.push("presence_state", state);
}

function refused(reason: string, closesSocket = false): Refusal {
  return { kind: "refused", reason, closesSocket };
}
