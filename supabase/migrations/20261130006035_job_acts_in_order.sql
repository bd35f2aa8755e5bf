-- A batch of an act walks an index in the order of the ids. Without figures of the table, or with old ones, the planner would rather read all of it
-- and sort that, for each batch anew.

alter function shoal.job_act_step(bigint, integer) set enable_seqscan = off;
alter function shoal.job_act_step(bigint, integer) set enable_bitmapscan = off;
alter function shoal.job_act_step(bigint, integer) set enable_sort = off;
alter function shoal.job_act_step(bigint, integer) set jit = off;

call shoal.seal_schema();
