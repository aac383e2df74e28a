"""Judge texts by Amazon Comprehend; texts in other languages are translated to English by Amazon Translate first."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.analysis.analysis_rows import KEY, analysis_rows
from jobs.runtime.analysis.billed_texts import LANGUAGES, LEAST_UNITS, Text
from jobs.runtime.errors import BadArgument
from jobs.runtime.redaction import mask
from jobs.runtime.storage import object_store
from jobs.runtime.storage.aws_retry import call_again, error_code
from schemas.social.text_analyses import TEXT_ANALYSES

BATCH = 25
# A language found with a smaller score is not known.
_LEAST_SCORE = 0.5
_PASSING = (
    "ThrottlingException",
    "TooManyRequestsException",
    "InternalServerException",
    "ServiceUnavailableException",
)
# Errors of one request, which another text or batch need not have -> the reason why its texts are UNSCORED.
_REFUSED = {
    "UnsupportedLanguagePairException": "language",
    "UnsupportedLanguageException": "language",
    "InvalidRequestException": "error",
    "TextSizeLimitExceededException": "error",
}
_ITEM_TRIES = 3
# Texts whose languages are found, and that are translated, before they are judged in batches of one language.
_CHUNK = 10 * BATCH


Item = TypeVar("Item")


class _Unavailable(Exception):
    """The service did not answer."""


class _Refused(Exception):
    """The service refused a request, for the reason given."""


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def _affordable(texts: Sequence[Text], left: int) -> Sequence[Text]:
    """The first texts that cannot cost more than the units that are `left`."""
    for at, text in enumerate(texts):
        left -= text.reserve
        if left < 0:
            return texts[:at]
    return texts


def _values(mood: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """What Comprehend found, as values of text_analyses."""
    scores = {name.lower(): round(float(score), 12) for name, score in mood["SentimentScore"].items()}
    entities = [
        (one["Text"], one["Type"], round(float(one["Score"]), 12), one["BeginOffset"], one["EndOffset"])
        for one in named["Entities"]
    ]
    return {"sentiment": mood["Sentiment"], **scores, "entities": entities, "analysed_at": datetime.now(UTC)}


@cache
def _client(service: str) -> Any:
    # Its own retries would come on top of those of call_again.
    config = object_store.require_module("botocore.config").Config(retries={"total_max_attempts": 1})
    return object_store.require_module("boto3").client(service, config=config)


@dataclass(frozen=True)
class Comprehend:
    """Amazon Comprehend, with Amazon Translate for the languages that it does not know.

    `client` makes the client of a service by its name, when the first text is judged.
    """

    client: Callable[[str], Any] = _client
    sleep: Callable[[float], None] = time.sleep
    version = "comprehend"

    def __str__(self) -> str:
        return self.version

    def analyse(self, texts: DataFrame, max_units: int) -> DataFrame:
        """As the port says. The texts that the budget allows are collected, and judged by this process."""
        order = F.desc("newest"), *KEY
        affordable = texts.orderBy(*order).limit(max_units // (2 * LEAST_UNITS)).collect()
        given = [Text(row.text_hash, row.delivered_lang, row.text, row.delivered_lang or None) for row in affordable]
        judged, reason = self.judge(given, max_units)
        rows = [tuple({**row, "analyser": self.version}[name] for name in TEXT_ANALYSES.names) for row in judged]
        found = texts.sparkSession.createDataFrame(rows, TEXT_ANALYSES.struct, verifySchema=False)
        rest = texts.join(found, on=list(KEY), how="left_anti")
        unscored = {"sentiment": F.lit("UNSCORED"), "reason": F.lit(reason)}
        return found.unionByName(analysis_rows(rest, self.version, unscored))

    def judge(self, texts: Sequence[Text], max_units: int) -> tuple[list[dict[str, Any]], str]:
        """Rows of text_analyses, as far as the budget reaches, and the reason why the other texts are UNSCORED.

        Raises BadArgument if nothing can be asked for: the credentials or the permissions of AWS are missing.
        """
        left, rows, start = max_units, list[dict[str, Any]](), 0
        try:
            while chunk := _affordable(texts[start : start + _CHUNK], left):
                prepared = self._prepared(chunk)
                left -= sum(text.cost for text in prepared)
                for judged in self._scored(prepared):
                    rows += judged
                start += len(chunk)
        except (_Unavailable, BadArgument) as error:
            if not rows and isinstance(error, BadArgument):
                raise
            return rows, "unavailable"
        return rows, "budget"

    def _prepared(self, texts: Sequence[Text]) -> list[Text]:
        """The texts in a language that Comprehend knows, or with the reason why they have none."""
        prepared = list[Text]()
        for text, code in zip(texts, self._detected(texts), strict=True):
            if code is None:
                prepared.append(replace(text, reason="no_language"))
            else:
                known = replace(text, lang=code)
                prepared.append(known if code in LANGUAGES else self._translated(known))
        return prepared

    def _detected(self, texts: Sequence[Text]) -> list[str | None]:
        """The language of each text, as delivered or detected; None if it is unknown."""
        codes: list[str | None] = [text.lang for text in texts]
        for batch in _batches([at for at, text in enumerate(texts) if not text.lang]):
            found = self._batch("batch_detect_dominant_language", [texts[at].judged for at in batch])
            for at, result in zip(batch, found, strict=True):
                best = max((result or {}).get("Languages", []), key=lambda one: one["Score"], default=None)
                codes[at] = best["LanguageCode"] if best and best["Score"] >= _LEAST_SCORE else None
        return codes

    def _translated(self, text: Text) -> Text:
        languages = {"SourceLanguageCode": text.lang, "TargetLanguageCode": "en"}
        try:
            reply = self._call("translate", "translate_text", Text=text.judged, **languages)
        except _Refused as refused:
            return replace(text, reason=str(refused))
        return replace(text, translation=reply["TranslatedText"], reason=None if reply["TranslatedText"] else "error")

    def _scored(self, texts: Sequence[Text]) -> Iterator[list[dict[str, Any]]]:
        """Rows of the texts, batch by batch of one language."""
        yield [text.row() for text in texts if text.reason]
        by_language = defaultdict[str, list[Text]](list)
        for text in texts:
            if not text.reason:
                by_language["en" if text.translation else str(text.lang)].append(text)
        for code, of_language in sorted(by_language.items()):
            for batch in _batches(of_language):
                judged = [text.judged for text in batch]
                moods = self._batch("batch_detect_sentiment", judged, LanguageCode=code)
                names = self._batch("batch_detect_entities", judged, LanguageCode=code)
                yield [
                    text.row(**(_values(mood, named) if mood and named else {"reason": "error"}))
                    for text, mood, named in zip(batch, moods, names, strict=True)
                ]

    def _batch(self, name: str, texts: Sequence[str], **arguments: Any) -> list[dict[str, Any] | None]:
        """The results of a batch; None for a text that the service refused three times."""
        results: list[dict[str, Any] | None] = [None] * len(texts)
        left = list(range(len(texts)))
        for _ in range(_ITEM_TRIES):
            try:
                reply = self._call("comprehend", name, TextList=[texts[at] for at in left], **arguments)
            except _Refused:
                break
            for result in reply["ResultList"]:
                results[left[result["Index"]]] = result
            left = [left[error["Index"]] for error in reply["ErrorList"]]
            if not left:
                break
        return results

    def _call(self, service: str, name: str, **arguments: Any) -> Any:
        errors = object_store.require_module("botocore.exceptions")
        try:
            return call_again(getattr(self.client(service), name), _PASSING, self.sleep, **arguments)
        except errors.ClientError as error:
            if error_code(error) in _PASSING:
                raise _Unavailable from error
            if reason := _REFUSED.get(error_code(error)):
                raise _Refused(reason) from error
            raise BadArgument(f"{service} refused {name}: {mask(str(error))}") from error
        except (errors.HTTPClientError, errors.ConnectionError) as error:
            raise _Unavailable from error
        except errors.BotoCoreError as error:
            raise BadArgument(f"{service} cannot be asked: {mask(str(error))}") from error
