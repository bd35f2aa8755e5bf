-- Deliveries of the alert queue.

-- To which webhooks a message was delivered, so that another attempt leaves them out. Addresses are secrets, so a key is a
-- digest of one.
create table if not exists shoal.alert_deliveries (
  message_key text not null,
  webhook_key text not null,
  delivered_at timestamptz not null default now(),
  primary key (message_key, webhook_key)
);
create index if not exists alert_deliveries_age_idx on shoal.alert_deliveries (delivered_at);

call shoal.seal_schema();
