-- Who someone is. A person is a numeric GitHub id, never a login: logins change
-- hands and case. `actor.login` is a label, derived from the history beside it,
-- so that any order of arrival gives the same row.

create table actor (
    actor_id  bigint  primary key,
    -- The person this account counts for; itself unless an alias was merged.
    person_id bigint  not null,
    -- The login of the latest sighting: greatest (last_seen, first_seen, login).
    login     text    not null,
    -- By the pattern list below, or by the override.
    bot       boolean not null
);
comment on table actor is 'One row a GitHub account, by numeric id.';
-- Pages and forms look people up by login, in any case.
create index actor_login_lower on actor (lower(login));
-- Aggregation folds the accounts of one person together.
create index actor_person on actor (person_id) where person_id <> actor_id;

create table actor_login (
    actor_id   bigint not null,
    login      text   not null,
    first_seen date   not null,
    last_seen  date   not null,
    constraint actor_login_pkey primary key (actor_id, login),
    constraint actor_login_in_order check (first_seen <= last_seen)
);
comment on table actor_login is 'Every login an account was seen under, by UTC day.';
create index actor_login_by_login on actor_login (lower(login));

create table bot_pattern (
    pattern text primary key,
    constraint bot_pattern_lower check (pattern = lower(pattern))
);
comment on table bot_pattern is 'SQL LIKE patterns on the lower-cased login; without % they are exact logins.';

create table bot_override (
    actor_id bigint  primary key,
    bot      boolean not null,
    reason   text    not null
);
comment on table bot_override is 'An officer''s word on one account; it beats every pattern.';

insert into bot_pattern (pattern)
select unnest(string_to_array(
    'copilot,claude,codex,openebs-pro-sa,stateful-wombot,fermybot,opentofu-provider-sync-service-account,flatcar-infra,atlantisbot,megaeasex,kuasar-io-dev,startxfr,opentelemetrybot,invalid-email-address,fluxcdbot,claassistant,containersshbuilder,wasmcloud-automation,fossabot,facebook-github-whois-bot-0,knative-automation,covbot,cdk8s-automation,github-action-benchmark,goreleaserbot,imgbotapp,backstage-service,openssl-machine,sizebot,dependabot,cncf-ci,poiana,svcbot-qecnsdp,nsmbot,ti-srebot,cf-buildpacks-eng,bosh-ci-push-pull,gprasath,zephyr-github,zephyrbot,strimzi-ci,athenabot,k8s-reviewable,codecov-io,grpc-testing,k8s-teamcity-mesosphere,angular-builds,devstats-sync,googlebot,hibernate-ci,coveralls,rktbot,coreosbot,web-flow,prometheus-roobot,cncf-bot,kernelprbot,istio-testing,spinnakerbot,pikbot,spinnaker-release,golangcibot,opencontrail-ci-admin,titanium-octobot,asfgit,appveyorbot,cadvisorjenkinsbot,gitcoinbot,katacontainersbot,prombot,prowbot,'
    'travis%bot,k8s-%,%-bot,%-robot,bot-%,robot-%,%[bot]%,%[robot]%,%-jenkins,jenkins-%,%-ci%bot,%-testing,codecov-%,%clabot%,%cla-bot%,%-gerrit,%-bot-%,%envoy-filter-example%,%cibot,%-ci',
    ','));

create extension if not exists btree_gist;

create table affiliation (
    actor_id bigint    not null,
    company  text      not null,
    -- [from, to): the days on which the person worked there; open ends allowed.
    span     daterange not null,
    constraint affiliation_one_employer_at_a_time
        exclude using gist (actor_id with =, span with &&),
    constraint affiliation_span_not_empty check (not isempty(span))
);
comment on table affiliation is 'Dated employment; "Independent" is a company like any other.';
