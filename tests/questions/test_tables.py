"""Questions about tables as books print them: titled, broken at a page's end, grouped."""

from __future__ import annotations

import pytest

from engine.questions.extractive.items import Item, related, told_by_meaning
from engine.questions.extractive.material import TableText, read_material
from engine.questions.extractive.stems import Stems, plural_of
from engine.questions.extractive.tables import table_items
from engine.questions.extractive.wording import wording
from engine.questions.formats import MultipleAnswers
from tests.questions.notes import request

GLANDS = (
    "| Gland | Hormone |\n| --- | --- |\n| Pineal | melatonin |\n| Adrenal | cortisol |\n"
    "| Pancreas | insulin |\n| Ovary | estrogen |"
)


def tables(markdown: str) -> list[TableText]:
    return read_material(request(markdown)).tables


def items(markdown: str) -> list[Item]:
    return list(table_items(read_material(request(markdown))))


def test_a_title_in_a_row_of_its_own_is_no_header() -> None:
    titled = "| Glands of the body |  |\n| --- | --- |\n" + GLANDS.replace("| --- | --- |\n", "")
    (table,) = tables(f"# Hormones\n\n{titled}")
    assert table.caption == "Glands of the body"
    assert table.rows[0] == ("Gland", "Hormone")
    assert all("Gland" not in text for item in items(f"# A\n\n{titled}") for text in item.choices)


def test_a_column_without_a_word_is_left_out() -> None:
    wide = GLANDS.replace(" |\n", " |  |\n").replace("estrogen |", "estrogen |  |")
    (table,) = tables(f"# Hormones\n\n{wide}")
    assert table.rows[0] == ("Gland", "Hormone")


@pytest.mark.parametrize("title", ["", "| Glands of the body |  |\n"])
def test_a_table_that_begins_again_on_the_next_page_is_one(title: str) -> None:
    rows = GLANDS.split("\n")
    parts = ["\n".join([rows[0], rows[1], *rows[at : at + 2]]) for at in (2, 4)]
    if title:
        parts = [title + "| --- | --- |\n" + part.replace("| --- | --- |\n", "") for part in parts]
        parts[1] = parts[1].replace("| Gland | Hormone |\n", "")
    (table,) = tables("# Hormones\n\n" + "\n\n".join(parts))
    assert [row[0] for row in table.rows] == ["Gland", "Pineal", "Adrenal", "Pancreas", "Ovary"]
    # Each row is cited from where it stands.
    for line, place in zip(table.lines, table.places, strict=True):
        assert line in place.passage.text
    assert len({place.passage.id for place in table.places}) == 2


def test_two_tables_with_other_headers_or_under_other_titles_stay_two() -> None:
    other = GLANDS.replace("Hormone", "Product")
    assert len(tables(f"# Hormones\n\n{GLANDS}\n\n{other}")) == 2
    assert len(tables(f"# Hormones\n\n{GLANDS}\n\n# Again\n\n{GLANDS}")) == 2


def test_a_cell_that_no_other_row_has_asks_for_its_row() -> None:
    (asked,) = [
        item for item in items(f"# Hormones\n\n{GLANDS}") if item.stem.startswith("Which of these")
    ]
    assert asked.stem.startswith("Which of these glands has the hormone \u201c")
    assert set(asked.choices) == {"Pineal", "Adrenal", "Pancreas", "Ovary"}
    right = {"Pineal": "melatonin", "Adrenal": "cortisol", "Pancreas": "insulin"} | {
        "Ovary": "estrogen"
    }
    assert f"\u201c{right[asked.choices[0]]}\u201d" in asked.stem


def test_rows_named_by_a_letter_are_not_asked_for() -> None:
    """ "S cells" and "secretin": the letter tells."""
    cells = (
        "| Cell | Product |\n| --- | --- |\n| S cells | secretin |\n| M cells | motilin |\n"
        "| G cells | gastrin |\n| I cells | insulin |"
    )
    assert not [item for item in items(f"# Gut\n\n{cells}") if "hich of these" in item.stem]


def test_a_cell_that_begins_a_name_with_the_letter_of_its_row_is_not_asked_for() -> None:
    cells = (
        "| Genus | Harm |\n| --- | --- |\n| Mycoplasma | M. pneumoniae harms lungs |\n"
        "| Neisseria | N. gonorrhoeae harms joints |\n| Vibrio | V. cholerae harms the gut |\n"
        "| Borrelia | B. burgdorferi harms nerves |"
    )
    assert not [item for item in items(f"# Bacteria\n\n{cells}") if "has the harm" in item.stem]


PROPERTIES = (
    "| {} | Incubators | Accelerators |\n| --- | --- | --- |\n"
    "| Duration | One to five years | Three to six months |\n| Mentorship | Minimal | Intense |\n"
    "| Education | Ad hoc | Seminars |\n| Selection | Open to all | Competitive |\n"
    "| Fee | Rent | Shares |"
)


@pytest.mark.parametrize("header", ["Feature", "Programme"])
def test_cells_that_are_said_of_different_properties_are_not_mixed(header: str) -> None:
    """Whoever reads "Duration" finds the only length of time."""
    assert not items(f"# Start-ups\n\n{PROPERTIES.format(header)}")


def test_a_table_of_properties_with_enough_things_is_turned() -> None:
    table = (
        "| Property | Mercury | Ammonia | Benzene | Ethanol |\n| --- | --- | --- | --- | --- |\n"
        "| Density | 13.5 kg | 0.7 kg | 0.88 kg | 0.79 kg |\n"
        "| Boiling point | 357 degrees | 33 degrees | 80 degrees | 78 degrees |\n"
        "| Danger | poisons nerves | burns lungs | harms marrow | dulls reactions |"
    )
    found = items(f"# Liquids\n\n{table}")
    assert found
    things = {"Mercury", "Ammonia", "Benzene", "Ethanol"}
    assert all(set(item.choices) == things for item in found if item.stem.startswith("Which"))


def test_a_column_of_several_kinds_is_not_asked() -> None:
    mixed = (
        "| Plan | Price |\n| --- | --- |\n| Basic | 5 euros |\n| Silver | yes |\n"
        "| Gold | 3 months |\n| Platinum | paid by the state |"
    )
    assert not items(f"# Plans\n\n{mixed}")


def test_a_choice_has_four_cells_or_is_not_made() -> None:
    three = "\n".join(GLANDS.split("\n")[:5])
    assert not [item for item in items(f"# Hormones\n\n{three}") if item.choices]


def test_words_that_everybody_knows_are_not_asked() -> None:
    pronouns = (
        "| Subject | Object |\n| --- | --- |\n| She | her |\n| He | him |\n| They | them |\n"
        "| We | us |"
    )
    assert not items(f"# Pronouns\n\n{pronouns}")


@pytest.mark.parametrize(
    ("header", "several"),
    [
        ("gland", "glands"),
        ("kind of basin", "kinds of basin"),
        ("body", "bodies"),
        ("name", ""),
        ("goods and services", "goods and services"),
        ("genus or species", ""),
    ],
)
def test_the_things_of_a_table_are_named_by_its_first_header(header: str, several: str) -> None:
    assert plural_of(header) == several


@pytest.mark.parametrize(
    ("column", "adjectives"),
    [
        ("lag time", {"longest", "shortest"}),
        ("share of all water", {"highest", "lowest"}),
        ("water footprint of a kilogram", {"largest", "smallest"}),
    ],
)
def test_the_most_is_named_by_what_is_measured(column: str, adjectives: set[str]) -> None:
    words = wording("en")
    assert words
    stems = Stems("Rivers", "hormone", column, "en", words)
    asked = {stems.extreme(highest=highest) for highest in (True, False)}
    assert asked == {f"Which of these hormones has the {one} {column}?" for one in adjectives}


@pytest.mark.parametrize(
    ("column", "asked"),
    [
        ("pilots", {"has the most pilots?", "has the fewest pilots?"}),
        (
            "calories per gram",
            {"has the highest calories per gram?"} | {"has the lowest calories per gram?"},
        ),
        ("science", {""}),
    ],
)
def test_things_are_counted_and_what_cannot_be_measured_is_not_compared(
    column: str, asked: set[str]
) -> None:
    words = wording("en")
    assert words
    stems = Stems("Schools", "hormone", column, "en", words)
    found = {stems.extreme(highest=highest) for highest in (True, False)}
    assert found == {one and f"Which of these hormones {one}" for one in asked}


def test_a_title_that_adds_only_a_common_word_is_left_out() -> None:
    words = wording("en")
    assert words
    stems = Stems("Common foods", "food", "share of fat", "en", words)
    assert stems.extreme(highest=True) == "Which of these foods has the highest share of fat?"
    other = Stems("Breakfast", "food", "share of fat", "en", words)
    assert other.extreme(highest=True).startswith("Breakfast: which of these foods")


BASES = (
    "| {} | Share of aircraft |\n| --- | --- |\n| {} | 12 % |\n| {} | 31 % |\n| {} | 20 % |\n"
    "| {} | 37 % |\n| {} | 3 % |"
)


@pytest.mark.parametrize(
    ("header", "labels", "is_asked"),
    [
        ("State", ("State A", "State B", "State C", "State D", "State E"), False),
        ("Base", ("(A) Alpha", "(B) Bravo", "(C) Charlie", "(D) Delta", "(E) Echo"), False),
        ("Vitamin", ("Vitamin A", "Vitamin C", "Vitamin D", "Vitamin E", "Vitamin K"), True),
        ("Gland", ("Pineal", "Adrenal", "Pancreas", "Ovary", "Thymus"), True),
    ],
)
def test_things_that_an_example_calls_by_letters_are_not_asked(
    header: str, labels: tuple[str, ...], *, is_asked: bool
) -> None:
    assert bool(items(f"# Shares\n\n{BASES.format(header, *labels)}")) is is_asked


def test_sources_that_a_cell_names_are_not_shown() -> None:
    cited = GLANDS.replace("melatonin", "melatonin (Smith et al., 2022)")
    cited = cited.replace("cortisol", "cortisol (Mount Sinai, n.d.)")
    found = items(f"# Hormones\n\n{cited}")
    assert found
    assert not any("(" in text for item in found for text in item.shown)


def test_what_was_worked_out_in_a_cell_is_no_answer() -> None:
    worked = GLANDS.replace("melatonin", "5 / 2.3 \u2248 2.2").replace("cortisol", "8 / 2 = 4")
    assert not [one for one in items(f"# Hormones\n\n{worked}") if "2.2" in " ".join(one.shown)]


def test_rows_of_groups_are_asked_by_their_own_names() -> None:
    grouped = (
        "| Group | Enzyme name | Source | Product |\n| --- | --- | --- | --- |\n"
        "| Mouth | Amylase | salivary glands | sugar |\n| Mouth | Lysozyme | tear glands | dust |\n"
        "| Stomach | Pepsin | chief cells | peptides |\n| Gut | Lactase | brush border | glucose |"
    )
    found = items(f"# Digestion\n\n{grouped}")
    assert found
    assert not any("Mouth" in text for item in found for text in item.shown)


def test_a_cell_with_several_points_is_no_answer() -> None:
    jammed = GLANDS.replace("melatonin", "makes melatonin Sets the clock Makes sleepy")
    assert not any("Sets the" in text for item in items(f"# A\n\n{jammed}") for text in item.shown)


def test_cells_that_a_few_rows_share_leave_the_others_to_ask_about() -> None:
    shared = f"{GLANDS}\n| Testis | estrogen |\n| Thymus | thymosin |"
    found = items(f"# Hormones\n\n{shared}")
    assert found
    for item in found:
        assert "estrogen" not in item.choices


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("erode", "erosion", False),
        ("absorb", "absorption", True),
        ("acid", "acidic", True),
        ("synthesis", "photosynthesis", True),
        ("arm", "army", False),
        ("heat", "wheat", False),
    ],
)
def test_words_remind_of_each_other_by_their_stems(
    first: str, second: str, *, expected: bool
) -> None:
    assert related(first, second) is related(second, first) is expected


def test_what_everyday_words_mean_tells_an_answer() -> None:
    wrong = ["a tax on income", "the speed of light", "rules of grammar"]
    assert told_by_meaning("teeth", "chew and bite food", wrong)
    assert not told_by_meaning("omentum", "holds the liver", ["joins the colon", "lines the gut"])


OILS = (
    "| Oil | Percentage of unsaturated fat |\n| --- | --- |\n| Canola | 32 |\n| Corn | 59 |\n"
    "| Cottonseed | 52 |\n| Flaxseed | 73 |\n| Peanut | 40 |"
)


def test_a_title_that_the_question_says_again_is_left_out() -> None:
    (item,) = items(f"# Unsaturated Fats\n\n{OILS}")
    assert item.stem.startswith("Which of these oils has the ")
    (titled,) = items(f"# Cooking Fats\n\n{OILS}")
    assert titled.stem.startswith("Cooking Fats: which of these oils has the ")


def test_an_extreme_is_clear_of_the_next() -> None:
    near = OILS.replace("| 32 |", "| 39 |").replace("| 59 |", "| 70 |")
    assert not items(f"# Fats\n\n{near}")


@pytest.mark.parametrize("rows", [4, 5, 7])
def test_a_value_within_a_range_has_four_choices(rows: int) -> None:
    doses = ("half", "one", "two", "three", "four", "five", "six")
    ages = "\n".join(
        f"| {at * 10 + 1} to {at * 10 + 10} years | {dose} cups |"
        for at, dose in enumerate(doses[:rows])
    )
    (item,) = items(f"# Water\n\n| Age | Daily amount |\n| --- | --- |\n{ages}")
    assert len(item.choices) == 4
    assert item.choices[item.correct] == item.answers[0]
    # The choices keep the order of the table.
    assert [doses.index(choice.split()[0]) for choice in item.choices] == sorted(
        doses.index(choice.split()[0]) for choice in item.choices
    )


def test_nothing_is_multiplied_whose_numbers_stand_in_the_question() -> None:
    salts = (
        "| Salt | Mass (g per 100 g water) |\n| --- | --- |\n| Alum | 11 |\n| Borax | 4 |\n"
        "| Nitre | 32 |\n| Soda | 21 |"
    )
    assert all(item.choices for item in items(f"# Salts\n\n{salts}"))


def test_signs_of_notes_are_no_part_of_a_cell() -> None:
    marked = GLANDS.replace("Hormone", "Hormone*").replace("cortisol", "\u2020cortisol**")
    (table,) = tables(f"# Hormones\n\n{marked}")
    assert table.rows[0] == ("Gland", "Hormone")
    assert table.rows[2] == ("Adrenal", "cortisol")


@pytest.mark.parametrize(
    "cell",
    [
        "Acute: headache and nausea Chronic: thirst",
        "helps the tissue of the body to take up what it needs to grow well",
    ],
)
def test_cells_of_several_lines_and_whole_sentences_are_no_questions(cell: str) -> None:
    long = GLANDS
    for word in ("melatonin", "cortisol", "insulin", "estrogen"):
        long = long.replace(word, f"{word} {cell}")
    assert not [item for item in items(f"# Hormones\n\n{long}") if cell in item.stem]


def test_lists_of_examples_are_no_choices() -> None:
    drinks = GLANDS
    for word in ("melatonin", "cortisol", "insulin", "estrogen"):
        drinks = drinks.replace(word, f"{word}, renin, {word}ogen")
    asked = [choice for item in items(f"# Hormones\n\n{drinks}") for choice in item.choices]
    assert not [choice for choice in asked if choice.count(",") > 1]


def test_a_first_row_is_no_header_and_rows_that_name_nothing_are_left_out() -> None:
    """A table of systems that has no header, and one with "Many" among its cells."""
    systems = (
        "| Circulatory system | high pressure, rapid heart, attacks |\n| --- | --- |\n"
        "| Immune system | infections |\n| Digestive system | constipation |\n"
        "| Nervous system | headache |\n| Lymphatic system | swelling |"
    )
    assert not items(f"# Stress\n\n{systems}")
    assert not items(f"# Stress\n\n{systems.replace('high pressure, rapid heart,', 'Heart')}")
    many = GLANDS.replace("Ovary", "Many") + "\n| Thyroid | thyroxine |"
    asked = items(f"# Hormones\n\n{many}")
    assert asked
    assert not [item for item in asked if "Many" in item.shown]


FALLACIES = (
    "| Use the explorer to see them. |  |  |\n| --- | --- | --- |\n| Fallacies |  |  |\n"
    "| General category | Fallacy | Description |\n"
    "| Fallacies of relevance are many |  |  |\n"
    "|  | Emotional appeal | Uses feelings in the place of reasons |\n"
    "|  | Red herring | Ignores the claim and changes the subject |\n"
    "| Fallacies of diversion are few |  |  |\n"
    "|  | Strawman | Answers a weaker claim than the one that was made |\n"
    "|  | False dichotomy | Takes two of many possibilities for all that there are |"
)


def test_titles_and_headings_of_rows_are_no_rows() -> None:
    (table,) = tables(f"# Logic\n\n{FALLACIES}")
    assert table.caption == "Fallacies"
    (item,) = items(f"# Logic\n\n{FALLACIES}")
    assert item.stem.startswith("Which of these fallacies fits this description: \u201c")
    assert set(item.choices) == {"Emotional appeal", "Red herring", "Strawman", "False dichotomy"}
    # The rarest name is asked for, and each description explains its own.
    assert item.choices[0] == "Strawman"
    assert "Red herring: Ignores the claim and changes the subject." in item.explanation
    # Without a noun for its rows, they are terms.
    plain = FALLACIES.replace("| Fallacy |", "| Specific type |")
    (asked,) = items(f"# Logic\n\n{plain}")
    assert asked.stem.startswith("Which term fits this description? \u201cAnswers")


def test_a_description_that_names_its_term_is_not_asked() -> None:
    told = FALLACIES.replace("Answers a weaker claim", "Answers like a strawman")
    assert not [item for item in items(f"# Logic\n\n{told}") if item.choices[0] == "Strawman"]


FACTORS = (
    "| Motivating Factors | Hygiene Factors |\n| --- | --- |\n| Achievement | Company policy |\n"
    "| Recognition | Supervision |\n| Advancement | Salary and benefits |\n"
    "| Growth | Job security |"
)


def test_two_lists_side_by_side_are_no_rows() -> None:
    (item,) = items(f"# Herzberg\n\n{FACTORS}")
    assert isinstance(item.body, MultipleAnswers)
    columns = [
        [row.split(" | ")[at].strip("| ") for row in FACTORS.split("\n")[2:]] for at in (0, 1)
    ]
    asked = columns["hygiene" in item.stem]
    assert item.stem in (
        "Herzberg: which of these are hygiene factors?",
        "Herzberg: which of these are motivating factors?",
    )
    assert len(item.body.correct) == 3
    for at, choice in enumerate(item.body.choices):
        assert (choice in asked) == (at in item.body.correct)
    # Lists of different things, or with a word of their title, are not asked for.
    assert not items(f"# Herzberg\n\n{FACTORS.replace('Hygiene Factors', 'Working conditions')}")
    assert not items(f"# Herzberg\n\n{FACTORS.replace('Achievement', 'Motivation')}")


def test_a_table_of_factors_lists_properties() -> None:
    factors = (
        "| Factor | American firms | Japanese firms |\n| --- | --- | --- |\n"
        "| Length of contract | short | lifelong |\n| Promotion of staff | rapid | slow |\n"
        "| Control of work | strict | implicit |\n| Concern for workers | partial | whole |"
    )
    assert not items(f"# Firms\n\n{factors}")


def test_a_table_behind_the_section_of_one_of_its_rows_is_of_the_chapter() -> None:
    table = (
        "| River | Best feature |\n| --- | --- |\n| Colorado | Deep gorges |\n"
        "| Mississippi | Wide delta |\n| Missouri | Old trading posts |\n| Columbia | Salmon runs |"
    )
    found = items(f"# Great waters\n\n## The Missouri River\n\nIt is long.\n\n{table}")
    assert found
    assert not any("Missouri River" in item.stem for item in found)


STORAGE = (
    "| Food | Refrigerator life |\n| --- | --- |\n| Cooked beef | 3-4 days |\n"
    "| Cooked fish | 2-3 days |\n| Cooked rice | 4-5 days |\n| Cooked poultry | 3-4 days |\n"
    "| Fresh herbs | 1-2 weeks |\n| Salad greens | 5-7 days |"
)


def test_intervals_that_lie_beside_each_other_are_choices_in_their_order() -> None:
    (item,) = [one for one in items(f"# Storage\n\n{STORAGE}") if one.ordered]
    assert "refrigerator life of the food" in item.stem
    assert [int(one[0]) for one in item.choices if "days" in one] == sorted(
        int(one[0]) for one in item.choices if "days" in one
    )
    row = next(line for line in STORAGE.splitlines() if item.quote == line)
    assert item.choices[item.correct] in row


def test_intervals_that_lie_in_each_other_are_no_choices() -> None:
    table = STORAGE.replace("4-5 days", "2-7 days").replace("5-7 days", "3-6 days")
    assert not [one for one in items(f"# Storage\n\n{table}") if one.ordered]


def test_a_list_that_says_what_its_things_are_is_asked_as_a_table_is() -> None:
    said = (
        "# Land\n\nTypes of valleys:\n\n- River valley: shaped like a V because water cuts down\n"
        "- Glacial valley: shaped like a U because ice carves both sides\n"
        "- Rift valley: formed where two pieces of the crust part\n"
        "- Hanging valley: enters a larger one high above its floor"
    )
    (item,) = items(said)
    assert "which of these valleys fits this description:" in item.stem.lower()
    assert len(item.choices) == 4
    assert item.quote in said


@pytest.mark.parametrize("lead", ["This includes:", "The method has five steps:", "Canvas layout:"])
def test_a_list_whose_lead_names_no_things_is_not_items(lead: str) -> None:
    lines = "\n".join(
        f"- {one}: it is made of {two} that sinks in water"
        for one, two in [
            ("Agate", "quartz"),
            ("Basalt", "lava"),
            ("Chalk", "shells"),
            ("Dolerite", "magma"),
        ]
    )
    assert not items(f"# Rocks\n\n{lead}\n\n{lines}")


def test_how_much_something_is_asks_for_the_degree_and_not_for_the_thing() -> None:
    table = (
        "| Region | Rainfall level |\n| --- | --- |\n| North coast | Very high |\n"
        "| Inner basin | Very low |\n| East plain | Moderate |\n| South hills | Fairly high |"
    )
    assert not any("\u201cVery low\u201d" in one.stem for one in items(f"# Rain\n\n{table}"))
