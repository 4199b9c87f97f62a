-- GitHub says of each account whether it is a user or a bot, where an event holds
-- the account and not only its login. Bots whose login fits no pattern are known so.

create table bot_account (
    actor_id bigint constraint bot_account_pkey primary key
);
comment on table bot_account is 'Accounts that an event calls a bot; an officer''s word beats it.';
