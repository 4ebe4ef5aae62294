import asyncio

import pytest

from tests.unit.web.console.operator import BOT_TOKEN, Operator


async def test_a_letter_is_shown_with_its_reason_and_words_and_without_secrets(inside: Operator) -> None:
    number = await inside.dies(f"<b>my words</b> {BOT_TOKEN}", "refused <i>hard</i>")
    for page in ("/console/dead", f"/console/entry/{number}"):
        _, text = await inside.gets(page)
        assert "&lt;b&gt;my words&lt;/b&gt;" in text
        assert "refused &lt;i&gt;hard&lt;/i&gt;" in text
        assert BOT_TOKEN not in text


async def test_the_chosen_ones_are_tried_again_and_no_others(inside: Operator) -> None:
    first, second, third = [await inside.dies(words) for words in ("a", "b", "c")]
    assert (await inside.acts("retry", first, third)).status == 303
    assert await inside.states(first, second, third) == ["waiting", "dead", "waiting"]
    assert "2 letters were tried again." in (await inside.gets("/console/dead"))[1]
    assert "were tried again" not in (await inside.gets("/console/dead"))[1], "it is said once"


async def test_of_two_operators_one_retries_a_letter(inside: Operator) -> None:
    number = await inside.dies("a")
    csrf = await inside.csrf()
    fields = {"csrf": csrf, "what": "retry", "id": str(number)}
    await asyncio.gather(*(inside.posts("/console/dead", fields) for _ in range(2)))
    moments = [one.what for one in await inside.office.timeline(number)]
    assert moments.count("retried") == 1
    await inside.posts("/console/dead", fields)
    assert "somebody else was quicker" in (await inside.gets("/console/dead"))[1]


async def test_dropping_is_asked_once_more(inside: Operator) -> None:
    number = await inside.dies("a")
    answer = await inside.acts("drop", number)
    assert (answer.status, await inside.states(number)) == (200, ["dead"])
    assert (await inside.acts("drop", number, sure="yes")).status == 303
    assert await inside.states(number) == ["done"]


async def test_all_with_some_words_in_their_reason_are_tried_again_when_asked_twice(inside: Operator) -> None:
    here, there = await inside.dies("a", "the project is gone"), await inside.dies("b", "blocked")
    assert (await inside.acts("retry", every="yes", reason="Project")).status == 200
    assert await inside.states(here, there) == ["dead", "dead"]
    until = str((await inside.office.dead(words="project"))[0].settled_at)
    later = await inside.dies("c", "the project is still gone", chat="8")
    await inside.acts("retry", every="yes", reason="Project", sure="yes", until=until)
    assert await inside.states(here, there, later) == ["waiting", "dead", "dead"], "who died later was not asked about"
    assert (await inside.acts("drop", every="yes", sure="yes")).status == 400
    assert await inside.states(later) == ["dead"]


async def test_the_question_names_how_many_and_until_when(inside: Operator) -> None:
    for number in range(3):
        await inside.dies(str(number), chat=str(number))
    _, page = await inside.gets("/console/dead")
    assert "Try all 3 again" in page
    answer = await inside.acts("retry", every="yes")
    assert "Try 3 dead letters again?" in await answer.text()
    until = (await inside.office.dead(1))[0].settled_at
    assert f'name="until" value="{until}"' in await answer.text()


async def test_without_a_choice_nothing_is_done(inside: Operator) -> None:
    number = await inside.dies("a")
    await inside.acts("retry")
    assert await inside.states(number) == ["dead"]
    assert "No letter was chosen." in (await inside.gets("/console/dead"))[1]


@pytest.mark.parametrize("given", ["x", "-1", "1e3", "9" * 30, "\u0661"])
async def test_ids_that_are_none_are_left_out(inside: Operator, given: str) -> None:
    answer = await inside.posts("/console/dead", {"csrf": await inside.csrf(), "what": "retry", "id": given})
    assert answer.status == 303


async def test_only_those_with_the_words_are_listed(inside: Operator) -> None:
    await inside.dies("one", "the project is gone")
    await inside.dies("two", "blocked")
    await inside.dies("three", "blocked too")
    text = (await inside.gets("/console/dead?reason=BLOCK"))[1]
    assert "two" in text
    assert "the project is gone" not in text
    assert "all 2 with these words" in text
