"""The forms of place names, and the gazetteer that is built from them."""

from importlib import resources

import pytest

from infra.gazetteer.declension import cases, forms
from infra.gazetteer.lexicon import fold

NAMES = [
    ("Zadar", "Zadra Zadru Zadrom"),
    ("Vukovar", "Vukovara Vukovaru Vukovarom"),
    ("Karlovac", "Karlovca Karlovcu Karlovcem"),
    ("Poreč", "Poreča Poreču Porečem"),
    ("Rijeka", "Rijeke Rijeci Rijeku Rijekom"),
    ("Lika", "Like Lici Liki Liku Likom"),
    ("Hrvatska", "Hrvatske Hrvatskoj Hrvatsku Hrvatskom"),
    ("Sarajevo", "Sarajeva Sarajevu Sarajevom"),
    ("Međimurje", "Međimurja Međimurju Međimurjem"),
    ("Plitvice", "Plitvica Plitvicama"),
    ("Vinkovci", "Vinkovaca Vinkovcima Vinkovce"),
    ("Velika Gorica", "Velike_Gorice Velikoj_Gorici Veliku_Goricu Velikom_Goricom"),
    ("Slavonski Brod", "Slavonskog_Broda Slavonskom_Brodu Slavonskim_Brodom"),
    ("Krapinske Toplice", "Krapinskih_Toplica Krapinskim_Toplicama"),
    ("New York", "New_Yorka New_Yorku New_Yorkom"),
    ("Biograd na Moru", "Biograda_na_Moru Biogradu_na_Moru"),
    ("Bosna i Hercegovina", "Bosne_i_Hercegovine Bosni_i_Hercegovini Bosnu_i_Hercegovinu"),
    ("Trg | bana Jelačića", "Trga_bana_Jelačića Trgu_bana_Jelačića"),
    ("Po", ""),
    ("Sisak", "Siska Sisku Siskom"),
    ("Jagodnjak", "Jagodnjaka Jagodnjaku"),
    ("Supetar", "Supetra Supetru"),
    ("Omišalj", "Omišlja Omišlju"),
    ("Trpanj", "Trpnja Trpnju"),
    ("Dalj", "Dalja Dalju"),
    ("Učka", "Učke Učki Učku Učkom"),
    ("Jastrebarsko", "Jastrebarskog Jastrebarskom"),
    ("Novi Vinodolski", "Novog_Vinodolskog Novom_Vinodolskom"),
    ("Plitvička jezera", "Plitvičkih_jezera Plitvičkim_jezerima"),
    ("Kaštela", "Kaštelima"),
    ("Konavli", "Konavala Konavlima Konavle"),
    ("Sveti Ivan Zelina", "Svetog_Ivana_Zeline Svetom_Ivanu_Zelini Svetim_Ivanom_Zelinom"),
    ("Sveti Petar u Šumi", "Svetog_Petra_u_Šumi Svetom_Petru_u_Šumi"),
    ("otok Krk", "otoka_Krka otoku_Krku otokom_Krkom"),
]


@pytest.mark.parametrize(("name", "declined"), NAMES)
def test_a_name_is_declined(name: str, declined: str) -> None:
    found = forms(name)
    assert found[0] == name.replace(" | ", " ")
    assert {form.replace("_", " ") for form in declined.split()} <= set(found)


def test_no_form_is_of_another_word() -> None:
    assert set(forms("Hrvatska")) == {"Hrvatska", "Hrvatske", "Hrvatskoj", "Hrvatsku", "Hrvatskom"}
    assert set(forms("Češka")) == {"Češka", "Češke", "Češkoj", "Češku", "Češkom"}
    assert "otoka Krku" not in forms("otok Krk")
    assert set(forms("Sarajevo")) == {"Sarajevo", "Sarajeva", "Sarajevu", "Sarajevom"}


def test_names_that_few_people_know_keep_their_consonant() -> None:
    dative = 2
    assert cases("Rijeka")[dative] == ["Rijeci", "Rijeki"]
    assert cases("Presika", softens=False)[dative] == ["Presiki"]
    assert cases("Baška", softens=False)[dative] == ["Baškoj", "Baški"]


def test_a_form_says_its_cases_its_spelling_and_the_evidence_that_it_needs() -> None:
    expected = {
        "splita": ("", "", "", "g"),
        "split": ("word", "", "", "na"),
        "rijeci": ("word", "", "", "d"),
        "like": ("rare", "", "", "g"),
        "bracu": ("word", "braču", "", "d"),
        "djakovo": ("", "", "", "na"),
        "nisem": ("word", "nišem", "word", "i"),
        "paris": ("abroad", "", "", "na"),
        "pariz": ("small", "", "", "na"),
    }
    lines = resources.files("transforms.text").joinpath("forms.tsv").read_text("utf-8").splitlines()
    found = {form: (evidence, *rest) for form, evidence, _, *rest in (line.split("\t") for line in lines)}
    assert {form: found[form] for form in expected} == expected
    assert "vodic" not in found


def test_the_files_are_in_the_package_and_fit_together() -> None:
    folder = resources.files("transforms.text")
    places, rows = (
        [line.split("\t") for line in folder.joinpath(name).read_text("utf-8").splitlines()[1:]]
        for name in ("places.tsv", "forms.tsv")
    )
    ids = [place[0] for place in places]
    assert len(set(ids)) == len(ids) > 4_900
    assert {row[2] for row in rows} <= set(ids)
    assert len({row[0] for row in rows}) == len(rows)
    assert all(fold(row[3]) in ("", row[0]) for row in rows)
    assert all(form == fold(form) == " ".join(form.split()) for form, *_ in rows)
    assert {evidence for _, evidence, *_ in rows if evidence.islower()} == {
        *("small", "oblique", "word", "abroad", "name", "rare")
    }
