-- What an operator looks for among deployed bots: those of a status, and what was asked of one bot.
--
-- The column status is in the condition of bot_deployments_live_idx already, so this index makes no change of a row dearer than one entry.

create index if not exists bot_deployments_status_idx on public.bot_deployments (status, bot_id);
create index if not exists bot_control_bot_idx on public.bot_control (bot_id, seq);

call shoal.seal_schema();
