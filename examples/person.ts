import { createClient, type RealtimeChannel } from "@supabase/supabase-js";

const supabase = createClient(process.env.SUPABASE_URL ?? "", process.env.SUPABASE_ANON_KEY ?? "");
const { data, error } = await supabase.auth.signInAnonymously();
if (!data.user) throw error;
const me = data.user.id;
const config = { private: true, presence: { key: me } };
const joined = (channel: RealtimeChannel) =>
  new Promise<void>((resolve) => channel.subscribe((status) => status === "SUBSCRIBED" && resolve()));

const notices = supabase.channel(`user:${me}`, { config: { private: true } });
notices.on("broadcast", { event: "stranger_matched" }, async ({ payload: { match_id, room_id, partner } }) => {
  await supabase.rpc("match_confirm", { match_id });
  const room = supabase.channel(`room:${room_id}`, { config });
  room.on("broadcast", { event: "message" }, ({ payload }) => console.log(`${partner.name}: ${payload.text}`));
  room.on("broadcast", { event: "leave" }, () => process.exit());
  room.on("presence", { event: "join" }, ({ key }) => {
    const payload = { id: crypto.randomUUID(), from: me, text: "Hi!", sent_at: new Date().toISOString() };
    if (key === partner.id) void room.send({ type: "broadcast", event: "message", payload });
  });
  await joined(room);
  await room.track({ user_id: me }); // shows the partner that we listen
});
await joined(notices); // first: a notice before it would be missed
const lobby = supabase.channel("global:lobby", { config });
await joined(lobby);
await lobby.track({ user_id: me, name: "Ann", status: "waiting", since: new Date().toISOString() }); // is counted
await supabase.rpc("match_wait", { name: "Ann" });
