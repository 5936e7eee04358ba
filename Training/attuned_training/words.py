"""What the model listens for, and the order of its outputs."""

# Words with at least 500 training recordings.
COMMANDS = (
    "backward bed cat down eight five forward four go happy left no one right stop three two up yes zero".split()
)
# Words with under 20 recordings of the same kind: what they know comes from synthesizers and, for digits, six speakers.
SCARCE_COMMANDS = "bird dog nine off on seven six tree".split()
WAKE_WORDS = ["alexa", "computer", "jarvis", "smart_mirror", "snowboy", "view_glass"]
KEYWORDS = [*COMMANDS, *SCARCE_COMMANDS, *WAKE_WORDS]

UNKNOWN = "_unknown_"
SILENCE = "_silence_"

# The order of the logits.
WORDS = [*KEYWORDS, UNKNOWN, SILENCE]
INDEX = {word: index for index, word in enumerate(WORDS)}

# Words that sound like a keyword; "for" and "to" are unstressed in running speech, and too common to excuse.
HOMOPHONES = {
    "ate": "eight",
    "fore": "four",
    "know": "no",
    "rite": "right",
    "too": "two",
    "won": "one",
    "wright": "right",
    "write": "right",
}


def label(word: str) -> str:
    """The class of a labelled clip: itself for a keyword, `_unknown_` for every other word."""
    return word if word in INDEX else UNKNOWN


def spoken_keywords(text: str) -> set[str]:
    """The keywords in a transcript: words, phrases such as "smart mirror", and homophones.

    To be taken for one of these is no mistake in this utterance; every other keyword is one.
    """
    spoken = "".join(c if c.isalpha() else " " for c in text.lower()).split()
    names = spoken + ["_".join(pair) for pair in zip(spoken, spoken[1:])]
    return {HOMOPHONES.get(name, name) for name in names} & set(KEYWORDS)
