-- The operator looks for the few strategies that are halted among all that run.

create index if not exists strategies_status_idx on shoal.strategies (status, id);

call shoal.seal_schema();
