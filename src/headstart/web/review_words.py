"""The words of a review's pages: what each choice means, in a line."""

from collections.abc import Mapping

STAGES: Mapping[str, str] = {
    "enquired": "asked for; no access yet",
    "open": "open",
    "closed": "over",
}
ENDED: Mapping[str, str] = {
    "withdraw": "the developer left it",
    "expire": "its time was over",
    "release": "the developer released its model",
}
ROLES: Mapping[str, str] = {
    "developer": "the developer",
    "authority": "the authority",
    "hub": "the hub",
    "evaluator": "an evaluator",
    "partner": "a trusted partner",
    "member": "a member of this instance",
    "public": "the public",
}
LEVELS: Mapping[str, str] = {
    "AL1": "black box: requests and answers",
    "AL2": "grey box: also what the developer tells of how it was made",
    "AL3": "white box: also weights, or what comes close to them",
}
WITH_SAFEGUARDS: Mapping[str, str] = {
    "on": "on: as they will be at release",
    "off": "off: taken off for this review",
}
KEEPS: Mapping[str, str] = {
    "digests": "digests, sizes and times alone",
    "encrypted": "the words too, encrypted",
}
TERMS: Mapping[str, str] = {
    "access_level": "Access level",
    "safeguards": "Safeguards",
    "confidentiality": "Confidentiality of what is found",
    "trade_secrets": "What is a trade secret",
    "data_handling": "How data is handled",
    "keep_content": "What the gateway keeps of requests",
    "keep_days": "Days it is kept",
    "may_publish": "What the counterpart may publish",
    "reply_days": "The developer's days to reply to a report",
    "notes": "Notes",
}
ANSWERS: Mapping[str, str] = {
    "covered": "Covered",
    "not covered": "Not covered",
    "can't say yet": "Can't say yet",
}
MET: Mapping[str, str] = {
    "yes": "Met",
    "no": "Not met",
    "unknown": "Unknown",
}
SCOPES: Mapping[str, str] = {
    "chat": "chat completions, as OpenAI's API has them",
    "messages": "messages, as Anthropic's API has them",
    "models": "the list of models",
    "tools": "requests that declare tools",
}
TIERS: Mapping[str, str] = {
    "critical-infrastructure": "Defenders of critical infrastructure",
    "defender": "Other defenders",
    "other": "Others",
}
DOCUMENTS: Mapping[str, str] = {
    "evidence": "Evidence for the enquiry",
    "model-card": "Model card",
    "note": "Note",
}
LABELS: Mapping[str, str] = {  # TLP 2.0 (FIRST, August 2022)
    "TLP:RED": "for the persons who are named, nobody else",
    "TLP:AMBER+STRICT": "for the organisation and those that are named",
    "TLP:AMBER": "for everyone in this review",
    "TLP:GREEN": "for every member of this instance",
    "TLP:CLEAR": "for everyone",
}
FITS: Mapping[str, str] = {
    "yes": "It will fit",
    "no": "It will not fit",
    "unknown": "Whether it fits is not known",
}
ENDINGS: Mapping[str, str] = {
    "under way": "under way",
    "done": "done",
    "left": "the person hung up",
    "revoked": "access was taken back",
    "expired": "its time was over",
    "budget": "the budget was used up",
    "upstream": "the endpoint failed",
    "gateway": "the gateway stopped",
}
DIALECTS: Mapping[str, str] = {
    "openai": "OpenAI's: chat completions",
    "anthropic": "Anthropic's: messages",
}
