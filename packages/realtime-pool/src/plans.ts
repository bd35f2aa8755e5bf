/**
 * What each plan allows per second, for `options`: `{ ...PLAN_LIMITS.pro }`. `self-hosted` are the defaults of a server
 * of one's own. @source https://supabase.com/docs/guides/realtime/limits, REALTIME.md 2.1
 */
export const PLAN_LIMITS = {
  free: { joinsPerSecond: 100, eventsPerSecond: 100, presenceEventsPerSecond: 20 },
  pro: { joinsPerSecond: 500, eventsPerSecond: 500, presenceEventsPerSecond: 50 },
  team: { joinsPerSecond: 2500, eventsPerSecond: 2500, presenceEventsPerSecond: 1000 },
  "self-hosted": { joinsPerSecond: 100, eventsPerSecond: 100, presenceEventsPerSecond: 1000 },
} as const;
