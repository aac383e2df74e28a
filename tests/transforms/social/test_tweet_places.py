"""Places in the texts of tweets, in any case of their names, and places attached to tweets."""

from typing import Any

import pytest

from schemas.social.tweets import TWEETS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from transforms.social.tweet_places import tweet_places

# Text -> the places that it mentions, with the confidence.
TEXTS: list[tuple[str, dict[str, float]]] = [
    ("Vikend u Zadru", {"Zadar": 0.7}),
    ("Zadar!", {"Zadar": 0.9}),
    ("Iz Karlovca u Čakovec, pa do Vinkovaca", {"Karlovac": 0.9, "Čakovec": 0.9, "Vinkovci": 0.9}),
    ("pozdrav iz sibenika i cakovca", {"Šibenik": 0.9, "Čakovec": 0.9}),
    ("Cestom do Slavonskoga Broda", {"Slavonski Brod": 0.9}),
    ("U Velikoj Gorici", {"Velika Gorica": 0.9}),
    ("Selimo u Bosnu i Hercegovinu", {"Bosna i Hercegovina": 0.9}),
    ("u Hrvatskoj je lijepo, a u RH skupo", {"Hrvatska": 0.9}),
    ("We love Croatia and Vienna", {"Hrvatska": 0.9, "Vienna": 0.9}),
    ("Ljetovanje #PlitvickaJezera", {"Plitvička jezera": 0.9}),
    ("#plitvickajezera", {"Plitvička jezera": 0.9}),
    ("pred 5 god bizi", {}),
    ("Gužva na Trgu bana Jelačića", {"Trg bana Jelačića": 0.9}),
    ("U RTL-u, ali kasno", {}),
    ("PUŠENJE VAS UBIJA", {}),
    ("#VisitZadar #zadar_2019", {"Zadar": 0.9}),
    ("dan u rijeci moj", {"Rijeka": 0.7}),
    ("na obali rijeke teku rijeke", {}),
    ("Split the bill", {}),
    ("Radio Zadar i NK Osijek", {}),
    ("Danas je Split pun", {"Split": 0.7}),
    ("rh faktor", {}),
    ("@zadar hvala", {}),
    ("od toga neće biti ništa, za Togo", {"Togo": 0.7}),
    ("Tkalča recimo", {"Tkalčićeva": 0.9}),
    ("Tkalca recimo, nisu bili", {}),
    ("Stanuje Milan u stanu", {}),
    ("New York, New York", {"New York City": 0.9}),
    ("Ljetujemo na Krku", {"Krk": 0.7}),
    ("na otoku Krku i na otoku Visu", {"Krk": 0.9, "Vis": 0.9}),
    ("NP Krka, slapovi Krke", {"Krka": 0.9}),
    ("Bili smo u Sisku, dolazim iz Siska", {"Sisak": 0.9}),
    ("u Plitvi\u010dkim jezerima, s Plitvi\u010dkih jezera", {"Plitvi\u010dka jezera": 0.9}),
    ("na U\u010dki", {"U\u010dka": 0.9}),
    ("u Konavlima i iz Konavala", {"Konavle": 0.9}),
    ("iz Jastrebarskog", {"Jastrebarsko": 0.7}),
    ("u Novom Vinodolskom", {"Novi Vinodolski": 0.7}),
    ("u Ka\u0161telima", {"Ka\u0161tela": 0.7}),
    ("u Svetom Ivanu Zelini", {"Sveti Ivan Zelina": 0.9}),
    ("#Zagreb2024 #2024zadar", {"Zagreb": 0.9, "Zadar": 0.9}),
    ('"Zagrebu, volim te"', {"Zagreb": 0.7}),
    ("Save the date", {}),
    ("", {}),
    ("Krk Island is great", {"Krk": 0.9}),
    ("Hvar Island, Croatia", {"Hvar": 0.9, "Hrvatska": 0.9}),
    ("Visit Island of Hvar", {"Hvar": 0.9}),
    ("Pogledaj Island i Argentinu", {"Island": 0.7, "Argentina": 0.9}),
    ("#IzZagreba #IzZadraSiAko", {"Zagreb": 0.7, "Zadar": 0.9}),
    ("#NisuSami #BananaSplit #WeLikeTravel #like4like #like #save #REKOM", {}),
    ("#Split2024 #Rijeka2020", {"Split": 0.7, "Rijeka": 0.7}),
    ("#VelikaGorica", {"Velika Gorica": 0.9}),
    ("#SplitCroatia", {"Split": 0.7, "Hrvatska": 0.9}),
    ("if u like pizza, I do like your hair in like two days. I do save money", {}),
    ("Dolazim iz Like", {"Lika": 0.7}),
    ("od riječi do riječi, u riječi", {}),
    ("za vodiča, za braću, na još jednu, prvič", {}),
    ("u Čakovcu, na Braču, iz Đakova", {"Čakovec": 0.9, "Brač": 0.9, "Đakovo": 0.7}),
    ("nisem bil, kratki vodic, govorila na presici, gledam Batmana. Severina pjeva", {}),
    ("Europska Unija, članice Europske Unije, Schengen Visa, kartica Visa", {}),
    ("Super dan 😀 Split the bill - Rijeka ljudi", {}),
    ("Zagreb-Split vlak", {"Zagreb": 0.9, "Split": 0.7}),
    ("kod Ivanke, kod Milana, za Milana, za Vladimira", {}),
    ("u Milanu, in Milan", {"Milan": 0.7}),
    ("Paris Hilton i Jack London, gledam Paris Hilton", {}),
    ("nisu bile u stanju, kraj mora, Mostar", {"Mostar": 0.7}),
    ("Opatija i Rijeka su lijepe", {"Opatija": 0.7, "Rijeka": 0.7}),
    ("İki split Zagreb", {"Zagreb": 0.9}),
    ("Vikend u İstanbulu", {"Istanbul": 0.9}),
    ("Split, Croatia", {"Split": 0.7, "Hrvatska": 0.9}),
    ("Opatija, Croatia", {"Opatija": 0.7, "Hrvatska": 0.9}),
    ("Krka National Park, Croatia", {"Krka": 0.9, "Hrvatska": 0.9}),
    ("Preko Hrvatske", {"Hrvatska": 0.7}),
    ("u Zadarskoj županiji", {"Zadarska županija": 0.9}),
    ("Ličko-senjska županija", {"Ličko-senjska županija": 0.9}),
    ("iz Djakova u Djurdjevac i Medjugorje", {"Đakovo": 0.9, "Đurđevac": 0.9, "Međugorje": 0.9}),
    ("iz Trsta u Veneciju, Minhen", {"Trieste": 0.9, "Venice": 0.9, "Munich": 0.9}),
]


def tweet(number: int, **given: Any) -> dict[str, Any]:
    usual = {"tweet_id": f"{number:03}", "author_id": "7", "created_at": "2019-05-04 10:00:00"}
    return {**usual, "text": "", **given}


def test_places_are_found_in_every_case_and_words_only_with_evidence(rows: Rows) -> None:
    given = [tweet(number, text=text) for number, (text, _) in enumerate(TEXTS)]
    expected = [
        [f"{number:03}", place, confidence, "text"]
        for number, (_, places) in enumerate(TEXTS)
        for place, confidence in places.items()
    ]
    assert_rows(tweet_places(rows(TWEETS, given)), "tweet_id place confidence source", expected)


def test_a_place_counts_once_a_tweet_with_its_mentions_and_apart_where_it_is_attached(rows: Rows) -> None:
    given = [
        tweet(1, text="Zadar, iz Zadra #zadar", place_name="Zadar, Hrvatska", place_country="HR"),
        tweet(2, place_name="Zadar, Hrvatska", place_country="RS"),
        tweet(3, place_name="Nowhere, Hrvatska", place_country="HR"),
    ]
    assert_rows(
        tweet_places(rows(TWEETS, given)),
        "tweet_id place type country source mentions confidence",
        [
            ["001", "Zadar", "settlement", "HR", "text", 3, 0.9],
            ["001", "Zadar", "settlement", "HR", "geo", 1, 1.0],
        ],
    )


def test_a_position_without_a_known_place_belongs_to_the_nearest_settlement(rows: Rows) -> None:
    given = [
        tweet(1, latitude=42.65, longitude=18.09),
        tweet(2, latitude=43.51, longitude=16.44, place_name="Caf\u00e9", place_country="HR"),
        tweet(3, latitude=42.65, longitude=18.09, place_name="Zadar, Hrvatska", place_country="HR"),
        tweet(4, latitude=43.0, longitude=15.0),
    ]
    expected = [["001", "Dubrovnik", "geo", 1.0], ["002", "Split", "geo", 1.0], ["003", "Zadar", "geo", 1.0]]
    assert_rows(tweet_places(rows(TWEETS, given)), "tweet_id place source confidence", expected)


def test_attached_counties_and_cities_have_the_names_that_x_gives_them(rows: Rows) -> None:
    names = {"Grad Zagreb, Hrvatska": "Zagreb", "Split-Dalmatia, Croatia": "Splitsko-dalmatinska županija"}
    given = [tweet(number, place_name=name, place_country="HR") for number, name in enumerate(names)]
    expected = [[f"{number:03}", place] for number, place in enumerate(names.values())]
    assert_rows(tweet_places(rows(TWEETS, given)), "tweet_id place", expected)


@pytest.mark.nightly
def test_the_order_of_the_tweets_changes_nothing(orders: Orders) -> None:
    given = [tweet(number, text=text) for number, (text, _) in enumerate(TEXTS)]
    one, *others = (sorted(map(str, tweet_places(frame).collect())) for frame in orders(TWEETS, given))
    assert others == [one, one]


@pytest.mark.nightly
def test_every_form_of_the_gazetteer_belongs_to_one_place(rows: Rows) -> None:
    from transforms.text.gazetteer import gazetteer_forms, gazetteer_places

    like = rows(TWEETS, [])
    forms, places = gazetteer_forms(like), gazetteer_places(like)
    assert forms.groupBy("form").count().filter("count > 1").count() == 0
    assert forms.join(places, on="place_id", how="left_anti").count() == 0
    assert places.filter("abs(latitude) > 90 OR (latitude IS NULL) <> (longitude IS NULL)").count() == 0


MADE = [
    {
        **{name: value for name, value in tweet(number).items() if name != "text"},
        "place_id": "geonames:1",
        "source": "text",
        "place": "Zadar",
        "type": "settlement",
        "country": "HR",
        "mentions": 1,
        "confidence": 0.9,
    }
    for number in range(10)
]
PLANTED = Planted(
    MADE,
    {
        "source is known": row(source="another"),
        "mentions is positive": row(mentions=0),
        "an attached place is certain, a mentioned one is not": row(source="geo"),
        "positions are on earth": row(latitude=43.5),
        "every tweet is in tweets": row(tweet_id="99"),
    },
    {TWEETS: [tweet(number) for number in range(10)]},
)
