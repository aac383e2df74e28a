"""Texts judged by Amazon Comprehend and Translate, with the replies as botocore's Stubber gives them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from jobs.runtime.analysis.billed_texts import MAX_BYTES, Text, cut
from jobs.runtime.analysis.comprehend import Comprehend
from jobs.runtime.errors import BadArgument
from schemas.social.text_analyses import TEXT_ANALYSES

MANY = 1_000_000
SCORES = {"Positive": 0.9, "Negative": 0.05, "Neutral": 0.05, "Mixed": 0.0}
SPLIT = {"Text": "Split", "Type": "LOCATION", "Score": 0.75, "BeginOffset": 3, "EndOffset": 8}
Reply = dict[str, Any]


class Services:
    """Clients whose calls and replies are declared in order."""

    def __init__(self) -> None:
        made = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        clients: dict[str, Any] = {name: boto3.client(name, **made) for name in ("comprehend", "translate")}
        self.stubs = {name: Stubber(client) for name, client in clients.items()}
        self.waits = list[float]()
        self.analyser = Comprehend(clients.__getitem__, self.waits.append)
        for stub in self.stubs.values():
            stub.activate()

    def asked(
        self, name: str, texts: list[str], results: list[Reply], errors: tuple[int, ...] = (), **code: str
    ) -> None:
        failed = [{"Index": at, "ErrorCode": "INTERNAL", "ErrorMessage": "x"} for at in errors]
        places = [at for at in range(len(texts)) if at not in errors]
        found = [{"Index": at, **result} for at, result in zip(places, results, strict=True)]
        reply = {"ResultList": found, "ErrorList": failed}
        self.stubs["comprehend"].add_response(f"batch_detect_{name}", reply, {"TextList": texts, **code})

    def judged(self, texts: list[str], code: str = "en") -> None:
        mood: Reply = {"Sentiment": "POSITIVE", "SentimentScore": SCORES}
        self.asked("sentiment", texts, [mood] * len(texts), LanguageCode=code)
        self.asked("entities", texts, [{"Entities": [SPLIT]}] * len(texts), LanguageCode=code)

    def translated(self, text: str, lang: str, english: str) -> None:
        self.stubs["translate"].add_response(
            "translate_text",
            {"TranslatedText": english, "SourceLanguageCode": lang, "TargetLanguageCode": "en"},
            {"Text": text, "SourceLanguageCode": lang, "TargetLanguageCode": "en"},
        )

    def fails(self, service: str, method: str, code: str, times: int = 1) -> None:
        for _ in range(times):
            self.stubs[service].add_client_error(method, code)

    def judge(self, texts: list[Text], units: int = MANY) -> tuple[list[dict[str, Any]], str]:
        return self.analyser.judge(texts, units)


@pytest.fixture
def services() -> Iterator[Services]:
    made = Services()
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


def text(words: str, lang: str = "en") -> Text:
    return Text(f"hash of {words[:9]}", lang, words, lang or None)


def test_texts_of_a_language_are_asked_for_in_batches_of_25(services: Services) -> None:
    given = [text(f"In Split {number}", "de" if number % 3 == 0 else "en") for number in range(60)]
    for code, wanted in (("de", given[::3]), ("en", [one for one in given if one.lang == "en"])):
        for start in range(0, len(wanted), 25):
            services.judged([one.text for one in wanted[start : start + 25]], code)
    rows, _ = services.judge(given)
    assert sorted(row["text_hash"] for row in rows) == sorted(one.text_hash for one in given)
    assert {tuple(row) for row in rows} == {tuple(TEXT_ANALYSES.names)}
    first = rows[0]
    assert (first["sentiment"], first["positive"], first["mixed"], first["reason"]) == ("POSITIVE", 0.9, 0.0, None)
    assert (first["lang"], first["entities"]) == ("de", [("Split", "LOCATION", 0.75, 3, 8)])
    assert first["analysed_at"] is not None


def test_a_long_text_is_cut_at_a_character(services: Services) -> None:
    long = "x" + "ž" * MAX_BYTES
    services.judged(["x" + "ž" * 2499])
    services.judged(["y" * 501])
    [row] = services.judge([text(long)])[0]
    [other] = services.judge([text("y" * 501)])[0]
    assert (row["is_truncated"], other["is_truncated"]) == (True, True)
    assert cut("😍" * 2_000).encode() == ("😍" * 1_250).encode()


def test_another_language_is_translated_and_one_without_a_translation_is_unscored(services: Services) -> None:
    services.translated("Lijepo u Splitu", "hr", "Nice in Split")
    services.fails("translate", "translate_text", "UnsupportedLanguagePairException")
    services.judged(["Nice in Split"])
    rows, _ = services.judge([text("Lijepo u Splitu", "hr"), text("?", "qu")])
    assert [(row["lang"], row["translation"], row["reason"]) for row in rows] == [
        ("qu", None, "language"),
        ("hr", "Nice in Split", None),
    ]


def test_an_unknown_language_is_detected_and_und_is_never_sent(services: Services) -> None:
    found = [[{"LanguageCode": "en", "Score": 0.4}, {"LanguageCode": "fr", "Score": 0.6}], [], []]
    services.asked("dominant_language", ["Bonjour", "123", "???"], [{"Languages": one} for one in found])
    services.judged(["Bonjour"], "fr")
    rows, _ = services.judge([text("Bonjour", ""), text("123", ""), text("???", "")])
    assert [(row["delivered_lang"], row["lang"], row["reason"]) for row in rows] == [
        ("", None, "no_language"),
        ("", None, "no_language"),
        ("", "fr", None),
    ]


def test_texts_in_the_list_of_errors_are_asked_for_again_and_refused_ones_are_unscored(services: Services) -> None:
    mood: Reply = {"Sentiment": "NEUTRAL", "SentimentScore": SCORES}
    services.asked("sentiment", ["a", "b", "c"], [mood], errors=(0, 2), LanguageCode="en")
    services.asked("sentiment", ["a", "c"], [mood], errors=(1,), LanguageCode="en")
    services.asked("sentiment", ["c"], [], errors=(0,), LanguageCode="en")
    services.asked("entities", ["a", "b", "c"], [{"Entities": []}] * 3, LanguageCode="en")
    rows, _ = services.judge([text("a"), text("b"), text("c")])
    assert [(row["sentiment"], row["reason"]) for row in rows] == [
        ("NEUTRAL", None),
        ("NEUTRAL", None),
        ("UNSCORED", "error"),
    ]


def test_a_limited_rate_is_waited_for_and_results_stay_if_the_service_does_not_answer(services: Services) -> None:
    services.fails("comprehend", "batch_detect_sentiment", "ThrottlingException", times=2)
    services.judged(["a"])
    assert len(services.judge([text("a")])[0]) == 1
    assert services.waits == [2.0, 4.0]
    services.judged([f"{number}" for number in range(25)])
    for start in range(25, 250, 25):
        services.judged([f"{number}" for number in range(start, start + 25)])
    services.judged(["250"], "de")
    services.fails("comprehend", "batch_detect_sentiment", "InternalServerException", times=6)
    given = [*(text(f"{number}") for number in range(250)), text("250", "de"), text("251")]
    rows, reason = services.judge(given)
    assert (len(rows), reason) == (251, "unavailable")


def test_the_budget_ends_before_the_first_text_that_it_does_not_pay(services: Services) -> None:
    """300 characters cost 3 units for each of two answers, 400 cost 4, and translating 100 characters costs 15."""
    services.judged(["a" * 300, "b" * 400])
    rows, reason = services.judge([text("a" * 300), text("b" * 400), text("c"), text("d")], units=6 + 8 + 5)
    assert ([row["sentiment"] for row in rows], reason) == (["POSITIVE"] * 2, "budget")
    services.translated("e" * 101, "hr", "E")
    services.judged(["E"])
    assert len(services.judge([text("e" * 101, "hr"), text("f")], units=6 + 30)[0]) == 1
    assert services.judge([text("e" * 101, "hr"), text("f")], units=6 + 29) == ([], "budget")
    assert services.judge([text("f")], units=0) == ([], "budget")


def test_a_language_is_detected_only_where_the_budget_also_pays_for_the_translation_and_the_answers(
    services: Services,
) -> None:
    services.asked("dominant_language", ["Bonjour"], [{"Languages": [{"LanguageCode": "fr", "Score": 0.9}]}])
    services.judged(["Bonjour"], "fr")
    rows, reason = services.judge([text("Bonjour", ""), text("Salut", "")], units=3 + 6 + 3 + 6 + 14)
    assert ([row["lang"] for row in rows], reason) == (["fr"], "budget")


def test_translations_longer_than_their_texts_stay_within_the_budget_and_none_is_paid_for_in_vain(
    services: Services,
) -> None:
    """A translation is judged up to twice the length of its text: 3 * 15 + 2 * 6 units are put aside for 290."""
    english = "E" * 310
    for _ in range(2):
        services.translated("e" * 290, "hr", english)
    services.judged([english] * 2)
    rows, reason = services.judge([text("e" * 290, "hr")] * 3, units=2 * (45 + 2 * 4) + 56)
    assert ([row["translation"] for row in rows], reason) == ([english] * 2, "budget")
    services.translated("f" * 290, "hr", "F" * 600)
    services.judged(["F" * 580])
    [row] = services.judge([text("f" * 290, "hr")])[0]
    assert (row["is_truncated"], len(row["translation"])) == (True, 600)


def test_scores_that_come_as_whole_numbers_are_kept(services: Services) -> None:
    mood: Reply = {"Sentiment": "POSITIVE", "SentimentScore": {**SCORES, "Positive": 1, "Mixed": 0}}
    services.asked("sentiment", ["a"], [mood], LanguageCode="en")
    services.asked("entities", ["a"], [{"Entities": [{**SPLIT, "Score": 1}]}], LanguageCode="en")
    [row] = services.judge([text("a")])[0]
    assert {type(value) for value in (row["positive"], row["mixed"], row["entities"][0][2])} == {float}


def test_a_refused_batch_is_unscored_and_the_next_one_is_judged(services: Services) -> None:
    mood: Reply = {"Sentiment": "NEUTRAL", "SentimentScore": SCORES}
    services.fails("comprehend", "batch_detect_sentiment", "InvalidRequestException")
    services.asked("entities", ["a"], [{"Entities": []}], LanguageCode="de")
    services.asked("sentiment", ["b"], [mood], LanguageCode="en")
    services.asked("entities", ["b"], [{"Entities": []}], LanguageCode="en")
    rows, _ = services.judge([text("a", "de"), text("b")])
    assert [(row["sentiment"], row["reason"]) for row in rows] == [("UNSCORED", "error"), ("NEUTRAL", None)]


def test_missing_permissions_end_the_run_unless_texts_are_judged_already(services: Services) -> None:
    services.fails("comprehend", "batch_detect_sentiment", "AccessDeniedException")
    with pytest.raises(BadArgument, match=r"comprehend refused batch_detect_sentiment: .*AccessDenied"):
        services.judge([text("a")])
    services.judged(["a"], "de")
    services.fails("comprehend", "batch_detect_sentiment", "ExpiredTokenException")
    rows, reason = services.judge([text("a", "de"), text("b")])
    assert (len(rows), reason) == (1, "unavailable")
