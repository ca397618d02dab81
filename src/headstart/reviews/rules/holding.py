"""Words that would hold a release back: how a programme that tries to add an approval step is known.

Nothing reads a programme's sentences but people, and no key of theirs moves anything: `Move` and `Stage` have no such
value. This keeps a programme from *saying* that there is one. It is strict on purpose: who writes "no licence is
needed" is let through, and who writes round a corner is asked for plainer words.
"""

import re
import unicodedata

ALWAYS = re.compile(
    r"approv|veto|preclear|(?<!security )clearance|licen[cs]|permit|permission|authori[sz]|autori[sz]"
    r"|\bsign(?:s|ed)? ?off|greenlight|goahead|gatekeep|\bgat(?:e[ds]?|ing)\b|withh[eo]ld"
    r"|moratori|nonobjection|\bden(?:y|ie[sd]|ying|ial)"
    r"|approb|aprob|genehmig|freigab|zulassung|vergunning|godkann"
)
"""Stems that mean an approval step wherever they stand, in the languages of those who may write one."""

OF_A_RELEASE = re.compile(
    r"\b(?:block|delay|postpon|suspend|halt|freez|forbid|prohibit|ban(?:s|ned)?\b|embargo|paus|prevent|stop|reject|refus"
    r"|hold|held\b|wait|await|consent|object(?:s|ion|ed)?\b|clear(?:s|ed)?\b|certif|condition|depend|requir|needs?\b|must\b"
    r"|subject to|until|unless|pending|provided that|only (?:after|once|if|when|with|by)|not before|no earlier)"
)
"""Stems that mean one in a sentence about a release."""

RELEASE = re.compile(
    r"releas|launch|\bship|deploy|general availability|goes? out|publication of the model|rollout|made public"
)
NO = re.compile(r"\b(?:no|not|nothing|nobody|none|never|neither|nor|isnt|doesnt|cannot|cant)\b")
TURNED = re.compile(r"\b(?:without|unless|until|except|only|before|pending|save|but)\b")
"""Words that turn a "no" round: no release without approval."""

VERB = r"\b(?:is|are|has|have|needs?|must)\b"
ELSEWHERE = re.compile(rf"\b(?:that|and|yet|however|because|which|so)\b|{VERB}.*,|,.*{VERB}")
"""What between a "no" and a stem says that the "no" was about something else."""
REACH = 60  # characters in which a "no" reaches what it denies

AS_A_KEY = re.compile(
    r"releas|stage|state|step|move|condition|requir|must|before|wait|hold|held|stop|block|delay|consent|clear|certif|pass"
    r"|reject|refus|accept|allow|forbid|ban$|halt|suspend|embargo|pause|decision|decide|verdict|sanction|enforce|penalt"
)
DIGITS = str.maketrans("013457@$", "oieastas")
ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def would_hold(words: str, *, as_key: bool = False) -> bool:
    """Whether words (a sentence or more, or a key) would be an approval step, also where they are disguised."""
    if _mixed(words):
        return True
    if as_key:
        spelt = (_plain(words), _plain(words.replace("_", " ")))
        return any(ALWAYS.search(each) or AS_A_KEY.search(each) for each in spelt)
    return any(_sentence_holds(each) for each in re.split(r"[.;!?]+(?:\s|$)", words))


def _sentence_holds(sentence: str) -> bool:
    plain = _plain(sentence)
    found = list(ALWAYS.finditer(plain))
    if RELEASE.search(plain):
        found.extend(OF_A_RELEASE.finditer(plain))
    return any(not _is_denied(plain, each.start()) for each in found)


def _is_denied(plain: str, at: int) -> bool:
    before = plain[max(0, at - REACH) : at]
    said = list(NO.finditer(before))
    return bool(said) and not TURNED.search(plain) and not ELSEWHERE.search(before[said[-1].end() :])


def _plain(words: str) -> str:
    """In small Latin letters, without accents, invisible characters, digits for letters, or letters set apart."""
    spelt = unicodedata.normalize("NFKD", words)
    shown = "".join(each for each in spelt if unicodedata.category(each) not in ("Mn", "Cf")).casefold()
    joined = re.sub(r"(?<=\w)[-\u2010\u2011_'\u2019.\u00b7](?=\w)", "", shown)
    apart = re.sub(r"\b(?:\w[\s*/|,+]+){3,}\w\b", lambda found: re.sub(r"\W", "", found[0]), joined)
    return re.sub(r"[\w@$]*[a-z][\w@$]*", lambda found: found[0].translate(DIGITS), apart.replace("_", ""))


def _mixed(words: str) -> bool:
    """Whether a word mixes alphabets, as a disguise does and no language."""
    for word in re.findall(r"\w+", unicodedata.normalize("NFKC", words)):
        used = {name for each in word for name in ALPHABETS if unicodedata.name(each, "").startswith(name)}
        if len(used) > 1:
            return True
    return False
