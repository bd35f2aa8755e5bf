-- Closes the table of acts to API clients by row security too, as all tables of this schema are.

alter table shoal.job_acts enable row level security;

call shoal.seal_schema();
