import { createClient, type RealtimeChannel } from "@supabase/supabase-js";

const me = { user_id: crypto.randomUUID(), name: "Ann", since: new Date().toISOString() };
const config = { presence: { key: me.user_id } };
const supabase = createClient(process.env.SUPABASE_URL ?? "", process.env.SUPABASE_ANON_KEY ?? "");
const joined = (channel: RealtimeChannel) =>
  new Promise<void>((resolve) => channel.subscribe((status) => status === "SUBSCRIBED" && resolve()));

const lobby = supabase.channel("global:lobby", { config });
const notices = supabase.channel(`user:${me.user_id}`);
notices.on("broadcast", { event: "stranger_matched" }, async ({ payload: { match_id, room_id, partner } }) => {
  await lobby.track({ ...me, status: "matched", match_id }); // confirms, also to a partner that is no bot
  const room = supabase.channel(`room:${room_id}`, { config });
  room.on("broadcast", { event: "message" }, ({ payload }) => console.log(`${partner.name}: ${payload.text}`));
  room.on("broadcast", { event: "leave" }, () => process.exit());
  room.on("presence", { event: "join" }, ({ key }) => {
    const payload = { id: crypto.randomUUID(), from: me.user_id, text: "Hi!", sent_at: new Date().toISOString() };
    if (key === partner.id) void room.send({ type: "broadcast", event: "message", payload });
  });
  await joined(room);
  await room.track(me); // shows the partner that we listen
});
await joined(notices); // first: a notice before it would be missed
await joined(lobby);
await lobby.track({ ...me, status: "waiting" });
