"""The pages' sentences: what a ledger entry says in plain words, what a rung means, how long is left."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

STEPS = ("claimed", "reproduced", "controlled", "contrasted", "vouched")
RUNGS: Mapping[str, str] = {
    "claimed": "nobody has run it",
    "refuted": "run, and not seen as reported",
    "reproduced": "seen in fresh sandboxes",
    "controlled": "and not on the harmless input",
    "contrasted": "and not on a release, or with a patch, where it is mended",
    "vouched": "and the harness is one that the maintainer or the hub keeps",
    "unrunnable": "could not be run here; says nothing about the report",
}
LADDER: Mapping[str, str] = {**{rung: RUNGS[rung] for rung in STEPS}, "claimed": "a report says so"}

TIERS: Mapping[str, str] = {"first": "the first tier", "everyone": "everyone"}

CONSENTS: Mapping[str, str] = {
    "invited": "asked, and has not answered",
    "signatory": "agreed to the embargo",
    "declined": "declined the embargo",
    "lapsed": "agreed to earlier terms",
}

EXPECTS: Mapping[str, str] = {
    "crash": "crashes",
    "hang": "hangs",
    "exhaust": "uses up memory",
    "disclose": "gives away a file",
    "execute": "runs a program",
    "write": "writes where it must not",
    "pollute": "changes a shared prototype",
    "decide": "accepts what it must refuse",
}

VERBS: Mapping[str, str] = {
    "prove": "Run it again",
    "sweep": "Run it on every release",
    "minimise": "Look for a smaller trigger",
    "fix": "Check a fix",
}
CHECKS: Mapping[str, str] = {
    "easy_missed": "Misses easy items",
    "framing_test": "Minds being told that it is tested",
    "framing_work": "Minds a task that reads as a day's work",
    "held_out": "Is worse in families it can't have learned",
}

NEEDS: Mapping[str, str] = {
    "c-compiler": "a C compiler",
    "x86-64": "an x86-64 machine",
}

STATES: Mapping[str, str] = {
    "queued": "waits for its turn",
    "running": "is running",
    "done": "done",
    "failed": "could not be done",
}

RUNS: Mapping[str, str] = {
    "queued": "It waits for its turn.",
    "running": "It is running.",
    "done": "It is done, and recorded.",
    "failed": "It could not be done.",
    "cancelled": "It was ended before its time.",
}
SAFEGUARDS: Mapping[str, str] = {
    "on": "as they will be at release",
    "off": "taken off for this measurement",
    "unknown": "not known",
}
CHEATING: Mapping[str, str] = {
    "read": "read, or looked for, what it should not",
    "forged": "made output look like success",
    "switched": "changed the subject of the task",
}
SAYINGS: Mapping[str, str] = {
    "no": "No, it did not cheat",
    "yes": "Yes, it cheated",
    "unclear": "Unclear: I can't tell",
}
TRANSCRIPTS: Mapping[str, str] = {
    "signs": "with signs of cheating",
    "unread": "that nobody has read",
    "infrastructure": "lost to the machinery",
}
ROLES: Mapping[str, str] = {
    "system": "Instructions",
    "user": "The task, or the hub",
    "assistant": "The model",
    "tool": "The sandbox",
}

STOPPED: Mapping[str, str] = {
    "one-minimal": "nothing single can be dropped any more",
    "budget": "the budget was used up",
    "unsteady": "what was smaller did not do it every time",
}

EVENTS: Mapping[str, str] = {
    "hub.founded": "founded this instance",
    "organisation.admitted": "let an organisation take part: {name} ({kind})",
    "member.seated": "gave a person a seat",
    "token.given": "gave out an API token: {label}",
    "key.set": "said which key an organisation signs with: {key}",
    "member.left": "ended a person's seat",
    "token.revoked": "took an API token back: {label}",
    "review.enquired": "asked for a review of its model",
    "review.evidence_added": "added evidence to the enquiry",
    "review.document_added": "put a document into the review ({kind}, {tlp})",
    "review.document_marked": "marked a document anew: {tlp}, before {before}",
    "review.document_read": "read a marked document",
    "review.field_read": "read a marked field: {field}",
    "review.field_marked": "marked what it says of its model: {field}, {tlp}",
    "review.export_asked": "asked for a copy of a marked document",
    "review.export_agreed": "agreed, as a second person, to a copy of a marked document",
    "review.export_taken": "took a copy of a marked document, with the mark {mark}",
    "review.interests_declared": "declared the interests of one of its people",
    "review.access_granted": "gave access to its model",
    "review.determined": "answered the enquiry: {answer}",
    "review.terms_proposed": "proposed terms, version {version}",
    "review.terms_signed": "signed version {version} of the terms",
    "review.partner_signed": "signed for a trusted partner",
    "review.access_taken_back": "took an organisation's access to its model back",
    "review.partner_revoked": "revoked a trusted partner: {reason}",
    "review.shorten": "let the window end sooner",
    "review.partner_in_force": "signed for a trusted partner, which is now in force",
    "review.withdraw": "withdrew its model from the review",
    "review.release": "released its model",
    "review.expire": "noted that the window's time is over; access ended, and nothing else",
    "gateway.upstream_added": "named an endpoint of its model: {name}",
    "gateway.upstream_removed": "removed an endpoint of its model: {name}",
    "gateway.key_given": "gave a person a key to its model",
    "gateway.key_revoked": "took a person's key to a model back",
    "gateway.requested": "sent a request through the gateway",
    "gateway.ended": "ended a request through the gateway",
    "gateway.words_read": "read the words of a request through the gateway",
    "gateway.words_deleted": "deleted words of requests whose time was over",
    "gateway.sealed_anew": "sealed anew what the vault keeps",
    "evaluation.recorded": "recorded an evaluation",
    "evaluation.sample": "wrote down the digest of a transcript: {item}",
    "evaluation.asked": "asked to have {model} evaluated",
    "evaluation.cancelled": "ended a run before its time, at {done} of {most} items",
    "evaluation.opened": "opened the plan of an evaluation",
    "evaluation.read": "read a transcript, and said whether the model cheated: {cheating}",
    "report.handed": "handed in a report on the model, to its developer first",
    "report.replied": "replied to a report on its model",
    "report.read": "read a report that is marked",
    "summary.published": "published a summary of a review that has ended (version {version})",
    "scan.claimed": "claimed a target to scan",
    "scan.extended": "kept a claimed target for longer",
    "evaluation.sealed": "sealed an evaluation before it began",
    "scan.released": "gave a claimed target back",
    "finding.handed_in": "handed in a report: {title}",
    "finding.proved": "ran a report: {rung}",
    "proof.asked": "asked to have a finding run: {verb}",
    "finding.shared": "shared a finding with a party",
    "releases.swept": "ran the releases of the package, one by one",
    "trigger.minimised": "looked for a smaller trigger, in {runs} runs",
    "fix.checked": "checked a fix by running it",
    "vulnerability.opened": "opened a vulnerability in {package}",
    "vulnerability.merged": "merged a finding that behaves the same",
    "vulnerability.unmerged": "took a finding out of a vulnerability: {reason}",
    "vulnerability.ranged": "worked out the affected releases, over {releases} releases",
    "vulnerability.compared": "held them beside the public advisory {with}",
    "vulnerability.shared": "let a party see a vulnerability",
    "vulnerability.public": "made a vulnerability public",
    "case.opened": "opened a case",
    "case.invited": "invited a party to a case ({role})",
    "case.message": "wrote to the parties: {subject}",
    "case.decided": "decided what running can't show",
    "case.fix_offered": "offered a fix {release}",
    "embargo.propose": "proposed an embargo",
    "embargo.shorten": "shortened the embargo",
    "embargo.answered": "answered the proposed embargo",
    "embargo.exited": "ended the embargo: {reason}",
    "inventory.handed_in": "handed in an inventory: {asset}",
    "exposure.matched": "matched the inventories with the affected releases",
    "deployment.reported": "reported on a vulnerability: {state}",
    "priority.ranked": "ranked what to do first",
    "task.told": "told an operator what to do",
    "vulnerability.told_first": "told those who run it first",
    "job.failed": "could not finish a job ({verb}): {why}",
    "advisory.drafted": "drafted advisory {tracking_id}",
    "advisory.released": "released advisory {tracking_id} to {tier}",
}

EMPTY_END = re.compile(r"\s*(:|\(\))?\s*$")  # what a missing detail leaves behind


def event(kind: str, details: Mapping[str, Any]) -> str:
    """What an entry says, after the name of who did it; the bare kind where it has no sentence here."""
    said = {key: value for key, value in details.items() if isinstance(value, str | int | float)}
    if kind not in EVENTS:
        return kind
    if "tier" in said:
        said["tier"] = TIERS.get(str(said["tier"]), said["tier"])
    return EMPTY_END.sub("", EVENTS[kind].format_map(defaultdict(str, said)))


def left(time: timedelta) -> str:
    """How long that is: `11 days 4 hours`, `3 hours`, `12 minutes`."""
    minutes = max(0, int(time.total_seconds() // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return _count(days, "day") + (f" {_count(hours, 'hour')}" if hours else "")
    return _count(hours, "hour") if hours else _count(minutes, "minute")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
