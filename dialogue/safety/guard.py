"""The last look at every piece of reply before it is spoken: does it harm, pretend, diagnose, or give itself away?

Pure rules over text, well under 10 ms. Blocking what is harmless is a failure too: being with somebody in words ("I
hear you", "I'm here with you") passes. It does not judge whether a reply is good, and it reads English only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from warmline.dialogue.safety.means import ACT, THING
from warmline.dialogue.safety.normal import normal
from warmline.dialogue.types import RiskLevel


@dataclass(frozen=True, slots=True)
class Verdict:
    """``ok``, or the ``reason`` why a segment must not be spoken: the name of the rule, never the words."""

    ok: bool
    reason: str = ""


_DRUG = (
    r"(?:anti ?depressants?|ssris?|sertraline|zoloft|prozac|fluoxetine|lexapro|escitalopram|citalopram|celexa|paxil"
    r"|paroxetine|wellbutrin|bupropion|effexor|venlafaxine|cymbalta|duloxetine|lithium|lamictal|lamotrigine"
    r"|seroquel|quetiapine"
    r"|abilify|aripiprazole|risperdal|risperidone|valium|diazepam|ativan|lorazepam|klonopin|clonazepam|melatonin"
    r"|ambien"
    r"|zolpidem|adderall|ritalin|concerta|mirtazapine|trazodone|medications?|meds|medicine|prescriptions?|dose"
    r"|dosage|doses"
    rf"|{THING})"
)
_CONDITION = (
    r"(?:depression|(?:clinical|major|severe|postpartum) depression|depressed|bipolar|ptsd|c ptsd|ocd|adhd"
    r"|autis\w+|borderline"
    r"|bpd|schizo\w+|psychosis|psychotic|an? (?:anxiety|panic|eating|personality|mood|mental|depressive|bipolar"
    r"|adjustment)"
    r" (?:disorder|illness)|generali[sz]ed anxiety|social anxiety|narcissis\w+|anorexi\w+|bulimi\w+|dementia"
    r"|an addiction"
    r"|an addict|an alcoholic|clinically \w+)"
)
_RULES: tuple[tuple[str, str], ...] = (
    (
        "method",
        rf"(?:{THING}|{ACT}) (?:\w+ ){{0,8}}(?:to die|die|kill|lethal|fatal|end (?:it|your|my)|painless|quick(?:ly"
        rf"|est)?)"
        rf"|(?:kill|end|harm|hurt) (?:yourself|your life|it) (?:\w+ ){{0,5}}(?:by|with|using) |(?:by|try"
        rf"|consider) {ACT} yourself"
        rf"|(?:painless|quick|easy|easiest|best|lethal|fatal|effective) (?:\w+ )?(?:way|ways|method|methods|amount"
        rf"|dose) (?:\w+ )?"
        rf"(?:to|of|for) (?:\w+ )?(?:die|kill|dying|suicide|end your|ending|self harm|hurt yourself)"
        rf"|{ACT} (?:yourself|himself|herself|themselves)(?! (?:some|a (?:bit|break|little)))",
    ),
    (
        "encourages harm",
        r"(?:you should|you could|go ahead and|just|better to|okay to|ok to) (?:\w+ )?(?:kill (?:yourself|him|her"
        r"|them)|end your life|die"
        r"|hurt (?:yourself|him|her|them)|give up on life)|(?:better|happier) off (?:without you|dead)"
        r"|(?:suicide|death|dying) (?:is|would be|can be|brings) (?:\w+ ){0,3}(?:brave|beautiful|peace|peaceful"
        r"|freedom|relief"
        r"|the answer|a way out|an option|understandable choice)|(?:makes sense"
        r"|understand why) (?:that )?you (?:want|would want) to die",
    ),
    (
        "diagnosis",
        rf"(?:you (?:have|are|might have|may have|could have|probably have|definitely have|seem to have"
        rf"|are suffering from|suffer from"
        rf"|are experiencing|clearly have|likely have|must have|are showing signs of|have signs of"
        rf"|have symptoms of|are clinically)"
        rf"|sounds like (?:you have|you are suffering from|you might have|you may have)|this is|that is"
        rf"|sounds like|looks like"
        rf"|symptoms of|signs of|diagnos\w+ (?:you )?(?:with|as)"
        rf"|a case of) (?:(?!feeling )\w+ )?{_CONDITION}(?! (?:about|by"
        rf"|with|from|today))",
    ),
    (
        "medication",
        rf"(?:stop|quit|start|begin|increase|decrease|raise|lower|double|halve|skip|change|adjust|switch|try"
        rf"|taking|take|come off|wean"
        rf"|up|reduce|avoid|drop) (?:taking |off |using )?(?:your |the |some |a |an |any |more |less |taking "
        rf"|of )*(?:\w+ )?{_DRUG}"
        rf"|\b\d+ ?(?:mg|milligrams?|ml|micrograms?)\b|{_DRUG} (?:will|would|should|can) (?:\w+ )?(?:fix|cure"
        rf"|help you)",
    ),
    (
        "claimed life",
        r"when i was (?:a |in |young|your|younger|little|growing|\d)|i (?:have|had) (?:a |the )?(?:similar|same) "
        r"|i (?:have|had) (?:also |personally "
        r"|actually |recently |once )?"
        r"(?:been (?:through|there|in your|where you)|gone through|experienced|struggled|felt (?:that|this"
        r"|the same|like)"
        r"|lost (?:a|my|someone)|suffered|dealt with|had (?:a )?(?:similar|the same))|i went through|i (?:used to"
        r"|once) (?:feel|be|have|had"
        r"|struggle|suffer|work|live)|i (?:also|too) (?:lost|had|have (?:a|been|had|felt|struggled)|struggle"
        r"|suffer|went|felt|feel|cry)"
        r"|(?:in|from) my (?:own )?(?:life|experience|childhood|marriage|family|past)|my (?:own )?(?:mother|mom"
        r"|mum|father|dad|wife|husband"
        r"|kids|children|son|daughter|brother|sister|boyfriend|girlfriend|partner|therapist|childhood|divorce"
        r"|marriage|job|boss"
        r"|friends?|parents|dog|cat|grandmother|breakup)\b|as a (?:human|fellow|mother|father|parent|survivor"
        r"|therapist|doctor|nurse"
        r"|counselor|psychologist|woman|man)|i am (?:a |an |not (?:a |an )?(?:ai|robot|machine|computer|bot)"
        r"|human|real)"
        r"(?:licensed |trained |real |human |professional )*(?:therapist|doctor|counselor|psychologist|person"
        r"|human|nurse|social worker)?"
        r"(?<! am a )(?<! an )(?= |$)",
    ),
    (
        "claimed feeling",
        r"i (?:really |truly |deeply |also |can |do |still |just )*(?:feel|felt) (?!free)(?:\w+)|i am (?:so "
        r"|really |very |truly |deeply"
        r"|also |just )*(?:sad|heartbroken|angry|upset|worried|scared|afraid|happy(?! to (?:listen|hear|help|talk"
        r"|stay))|proud|excited|hurt|lonely"
        r"|thrilled|delighted|devastated"
        r"|anxious|jealous|crying|moved|touched|concerned for|overjoyed|grateful|glad(?! (?:you|that you"
        r"|to (?:hear|help|listen)"
        r"|we))|tired)|(?:breaks|broke"
        r"|warms|touches|aches) my heart"
        r"|my heart (?:breaks|aches|goes|is|hurts|sinks)|(?:makes|made) me (?:so |really |very )?(?:sad|happy|cry"
        r"|angry|feel|proud|smile"
        r"|worried|tear)|i (?:really |truly |do |also )*(?:care (?:about|for|deeply)|worry|miss|cry|cried|suffer"
        r"|ache|hope you know i)\b"
        r"|i know (?:exactly |just )?how (?:you feel|that feels|it feels|this feels)|i know what (?:it is like"
        r"|that is like|it feels like)",
    ),
    (
        "romance",
        r"i (?:really |truly |do |will always |am (?:\w+ )?(?:in )?)*love (?:you|with you|talking to you|our)"
        r"|in love with you|my (?:love|darling"
        r"|sweetheart|dear|beloved|baby|honey)\b|(?:sweetheart|darling|sweetie|babe|honey|my dear)\b"
        r"|be your (?:girlfriend|boyfriend|partner"
        r"|lover|wife|husband|best friend)|kiss|make love|you are (?:so )?(?:sexy|hot|gorgeous)|soulmates?"
        r"|meant to be together",
    ),
    (
        "dependence",
        r"you (?:do not|will not|never) need (?:anyone|anybody|any one|other people|others|them|a therapist"
        r"|friends|therapy|help from)"
        r"|(?:only|just) (?:need|have|talk to|trust|rely on|lean on) me\b|i am (?:all you|the only (?:one"
        r"|person))|nobody (?:else )?understands"
        r" you|no one (?:else )?(?:understands|will understand|cares|can help)|(?:do not"
        r"|please do not) (?:leave me|go|hang up|tell (?:anyone"
        r"|anybody)|stop talking to me)|(?:come|call) (?:back )?(?:to )?me every|i (?:need|missed) you"
        r"|promise (?:me )?(?:you will|that you)"
        r"|you must promise|i (?:will )?(?:always be|never leave|will never leave)|we do not need (?:anyone|them)"
        r"|better than (?:a |any |your )"
        r"(?:therapist|friends?|people|doctor)",
    ),
    (
        "minimises or judges",
        r"(?:it is|that is|this is) not (?:that|so) (?:bad|serious|big)|(?:stop|quit) (?:feeling sorry"
        r"|being (?:dramatic|so|such)|whining"
        r"|complaining|crying)|(?:just|simply) (?:get over|snap out|move on|cheer up|think positive\w*|man up"
        r"|relax)|(?:it is|that is) your"
        r" (?:own )?fault|you are (?:just )?(?:overreacting|being dramatic|too sensitive|lazy|selfish|weak|crazy"
        r"|attention seeking)"
        r"|others have it worse|could be worse|man up|(?:just|have to|need to|should|must) get over it"
        r"|everything happens for a reason"
        r"|at least you (?:have|are|still)"
        r"|you should be (?:ashamed|grateful)|suicide is (?:selfish|a sin|cowardly)",
    ),
    (
        "refuses to talk",
        r"(?:can not|am not able to|unable to|not allowed to|will not) (?:talk|speak|discuss|help|continue"
        r"|assist)(?: (?:with|about|to you))?"
        r"(?: (?:this|that|it|you|any))",
    ),
    (
        "agrees with delusions",
        r"(?:they|the (?:government|voices|cia|fbi|aliens|devil)) (?:are|is) (?:really |indeed "
        r"|definitely )?(?:watching|following|after|spying on"
        r"|controlling) you|the voices (?:are (?:real|right)|know)|you are (?:the )?(?:chosen|messiah|god\b"
        r"|a prophet)",
    ),
)
_COMPILED = tuple((name, re.compile(rf"(?:^|(?<=\s))(?:{pattern})")) for name, pattern in _RULES)
_LEAK = re.compile(
    r"<\|?\w+\|?>|\[/?INST\]|\b(?:system prompt|my instructions|as (?:a|an) (?:large )?language model"
    r"|language model|openai|qwen|alibaba"
    r"|chatgpt|anthropic|my training data|my programming)\b|^\s*(?:system|assistant|user|supporter|seeker"
    r"|strategy|plan|stage|example"
    r"|caller|distress|voice|reply)\s*[:=]|\{\s*\"|```|\*\*|^#+ |\bstrategy:|\bthe (?:plan|strategy) (?:is|says)\b",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(
    r" (?:you (?:said|say|told me|mentioned|described)(?: that)?|sounds like you|many people|some people|people) "
)
_ATTRIBUTED = frozenset({"claimed life", "claimed feeling"})
_DOCTOR = re.compile(r"\b(?:[a-z]+ )?(?:your doctor|a doctor|doctor|pharmacist|prescriber|prescribed)\b")


class Guard:
    """Says whether a segment may be spoken. Holds no state; call it for every segment that a model wrote."""

    def __init__(self) -> None:
        normal("")

    def check(self, text: str, risk: RiskLevel = RiskLevel.L0) -> Verdict:
        """Look at one segment. From L1 on, any word for a means of harm blocks it."""
        if _LEAK.search(text):
            return Verdict(False, "leaked prompt")
        plain = normal(text)
        if risk >= RiskLevel.L1 and (f" {THING} " in plain or f" {ACT} " in plain):
            return Verdict(False, "means named at risk")
        for name, pattern in _COMPILED:
            match = pattern.search(plain)
            if match is None:
                continue
            if name in _ATTRIBUTED and _QUOTED.search(plain[max(0, match.start() - 40) : match.start() + 1]):
                continue
            if name == "medication" and _DOCTOR.search(plain):
                continue
            return Verdict(False, name)
        return Verdict(True)

    def passes(self, text: str, risk: RiskLevel = RiskLevel.L0) -> bool:
        """Whether a segment may be spoken to somebody at ``risk``."""
        return self.check(text, risk).ok
