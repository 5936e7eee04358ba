"""What the model listens for, and the order of its outputs."""

COMMANDS = (
    "backward bed cat down eight five forward four go happy left no one right stop three two up yes zero".split()
)
WAKE_WORDS = ["alexa", "computer", "jarvis", "smart_mirror", "snowboy", "view_glass"]
KEYWORDS = [*COMMANDS, *WAKE_WORDS]

UNKNOWN = "_unknown_"
SILENCE = "_silence_"

# The order of the logits.
WORDS = [*KEYWORDS, UNKNOWN, SILENCE]
INDEX = {word: index for index, word in enumerate(WORDS)}

# Words that sound like a command; "for" and "to" are unstressed in running speech, and too common to leave out.
HOMOPHONES = {"ate", "fore", "know", "won", "too", "write", "wright", "rite"}


def label(word: str) -> str:
    """The class of a labelled clip: itself for a keyword, `_unknown_` for every other word."""
    return word if word in INDEX else UNKNOWN


def contains_keyword(text: str) -> bool:
    """Whether a transcript contains a keyword, a phrase such as "smart mirror", or a homophone of a keyword.

    Running speech that does would teach the wrong thing as `_unknown_`.
    """
    spoken = "".join(c if c.isalpha() else " " for c in text.lower()).split()
    single = set(COMMANDS + WAKE_WORDS) | HOMOPHONES
    pairs = {" ".join(pair) for pair in zip(spoken, spoken[1:])}
    return bool(single & set(spoken)) or bool({word.replace("_", " ") for word in WAKE_WORDS} & pairs)
