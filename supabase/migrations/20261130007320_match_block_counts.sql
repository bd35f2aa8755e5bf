-- Blocks of the last day are counted for operators.
create index if not exists match_blocks_created_idx on public.match_blocks (created_at);

call shoal.seal_schema();
