#!/usr/bin/env python3
"""Counts hours of GH Archive of 2015 and later a second time: plain dictionaries over
the raw JSON, no SQL, and nothing of Hustings. By the definitions of the pages it is
compared with (tests/it/oracle.rs), which DevStats has shaped.

    recount.py FROM TO AFFILIATIONS HOUR...

FROM and TO are instants (2016-01-01T01:00:00Z), half-open. AFFILIATIONS is a CSV file
of github_id, company, from, to, as `hustings import affiliations` reads it. Prints JSON:
of each metric its people and companies (without bots), repositories and hours.
"""

import csv
import gzip
import json
import re
import sys
from collections import defaultdict

BOTS = """
copilot claude codex openebs-pro-sa stateful-wombot fermybot opentofu-provider-sync-service-
account flatcar-infra atlantisbot megaeasex kuasar-io-dev startxfr opentelemetrybot invalid-
email-address fluxcdbot claassistant containersshbuilder wasmcloud-automation fossabot facebook-
github-whois-bot-0 knative-automation covbot cdk8s-automation github-action-benchmark
goreleaserbot imgbotapp backstage-service openssl-machine sizebot dependabot cncf-ci poiana
svcbot-qecnsdp nsmbot ti-srebot cf-buildpacks-eng bosh-ci-push-pull gprasath zephyr-github
zephyrbot strimzi-ci athenabot k8s-reviewable codecov-io grpc-testing k8s-teamcity-mesosphere
angular-builds devstats-sync googlebot hibernate-ci coveralls rktbot coreosbot web-flow
prometheus-roobot cncf-bot kernelprbot istio-testing spinnakerbot pikbot spinnaker-release
golangcibot opencontrail-ci-admin titanium-octobot asfgit appveyorbot cadvisorjenkinsbot
gitcoinbot katacontainersbot prombot prowbot
travis%bot k8s-% %-bot %-robot bot-% robot-% %[bot]% %[robot]% %-jenkins jenkins-% %-ci%bot
%-testing codecov-% %clabot% %cla-bot% %-gerrit %-bot-% %envoy-filter-example% %cibot %-ci
""".split()


def like(pattern):
    """SQL's LIKE, as a regular expression."""
    return re.compile(".*".join(re.escape(part) for part in pattern.split("%")), re.DOTALL)


IS_BOT = [like(pattern) for pattern in BOTS]

METRICS = {
    "contributions": """push commit_comment issue_opened issue_closed issue_reopened issue_other issue_comment
        pr_opened pr_closed pr_reopened pr_other pr_comment review review_comment""",
    "pushes": "push",
    "issues": "issue_opened",
    "issues_closed": "issue_closed",
    "pull_requests": "pr_opened",
    "merged": "pr_merged",
    "review_comments": "review_comment",
    "comments": "commit_comment issue_comment pr_comment review_comment",
    "releases": "release",
    "wiki": "wiki_edit",
    "branches": "create",
    "stars": "star",
    "forks": "fork",
}
METRICS["activity"] = METRICS["contributions"] + " pr_merged create delete wiki_edit star fork public member release"


def facts_of(event):
    """What an event states: kind, what tells it from others of its kind, who, when."""
    kind, payload, at = event["type"], event["payload"], event["created_at"]
    actor, repo = event["actor"]["id"], event["repo"]["id"]

    def once(name, *key, by=actor, when=at):
        return (name, key, by, when)

    if kind == "PushEvent":
        yield once("push", repo, payload["push_id"])
    elif kind == "CommitCommentEvent":
        yield once("commit_comment", payload["comment"]["id"])
    elif kind == "IssueCommentEvent":
        links = payload["issue"].get("pull_request") or {}
        yield once("pr_comment" if links.get("url") or links.get("html_url") else "issue_comment", payload["comment"]["id"])
    elif kind == "PullRequestReviewCommentEvent":
        yield once("review_comment", payload["comment"]["id"])
    elif kind == "PullRequestReviewEvent":
        yield once("review", payload["review"]["id"])
    elif kind == "IssuesEvent":
        yield item("issue", repo, payload["issue"], payload["action"], once)
    elif kind == "PullRequestEvent":
        pull = payload["pull_request"]
        yield item("pr", repo, pull, payload["action"], once)
        if payload["action"] == "closed" and pull["merged"] and pull["user"]:
            yield once("pr_merged", repo, pull["number"], by=pull["user"]["id"], when=pull["merged_at"])
    elif kind in ("CreateEvent", "DeleteEvent"):
        yield once(kind[:6].lower(), repo, actor, payload["ref_type"], payload["ref"], at)
    elif kind == "GollumEvent":
        yield once("wiki_edit", repo, actor, at, *[page["sha"] for page in payload["pages"]])
    elif kind == "WatchEvent":
        yield once("star", repo, actor, at)
    elif kind == "PublicEvent":
        yield once("public", repo, actor, at)
    elif kind == "ForkEvent":
        yield once("fork", repo, actor, at, payload["forkee"]["id"])
    elif kind == "MemberEvent":
        yield once("member", repo, actor, at, payload["member"]["id"])
    elif kind == "ReleaseEvent":
        yield once("release", payload["release"]["id"], payload["release"]["published_at"])


def item(name, repo, body, action, once):
    """What happens to an issue or pull request: once, or again at another instant."""
    if action == "opened":
        return once(f"{name}_opened", repo, body["number"])
    if action == "closed":
        return once(f"{name}_closed", repo, body["number"], body["closed_at"])
    if action == "reopened":
        return once(f"{name}_reopened", repo, body["number"], body["updated_at"])
    return once(f"{name}_other", repo, body["number"], action, body["updated_at"])


def main(first, last, affiliations, hours):
    login, facts = {}, {}
    for path in hours:
        with gzip.open(path) as lines:
            for line in lines:
                event = json.loads(line)
                login[event["actor"]["id"]] = event["actor"]["login"]
                user = event["payload"].get("pull_request", {}).get("user")
                if user:
                    login.setdefault(user["id"], user["login"])
                for kind, key, by, at in facts_of(event):
                    # Of one fact stated twice, the earlier statement.
                    known = facts.get((kind, key))
                    if known is None or (at, by) < (known[1], known[0]):
                        facts[kind, key] = (by, at, event["repo"]["id"])
    bots = {id for id, name in login.items() if any(bot.fullmatch(name.lower()) for bot in IS_BOT)}
    worked = defaultdict(list)
    with open(affiliations) as rows:
        for row in csv.DictReader(rows):
            worked[int(row["github_id"])].append((row["from"], row["to"] or "9999", row["company"]))

    def company(person, day):
        return next((name for since, until, name in worked[person] if since <= day < until), "Unknown")

    answer = {}
    for metric, kinds in METRICS.items():
        kinds = set(kinds.split())
        people, repositories, by_hour = defaultdict(int), defaultdict(int), defaultdict(int)
        companies, hands = defaultdict(int), defaultdict(set)
        for (kind, _), (by, at, repo) in facts.items():
            if kind not in kinds or by in bots or not first <= at < last:
                continue
            people[by] += 1
            repositories[repo] += 1
            by_hour[at[:13]] += 1
            companies[company(by, at[:10])] += 1
            hands[company(by, at[:10])].add(by)
        answer[metric] = {
            "people": people,
            "repositories": repositories,
            "hours": by_hour,
            "companies": {name: [n, len(hands[name])] for name, n in companies.items()},
        }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
