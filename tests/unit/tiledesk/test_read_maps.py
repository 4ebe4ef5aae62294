import pytest

from bridge.message import Button, ButtonKind, Choice, Spot, Text
from tests.unit.tiledesk.readings import buttons, parts

HERE = Spot(48.8584, 2.2945)


@pytest.mark.parametrize(
    "link",
    [
        "geo:48.8584,2.2945", "geo:48.8584,2.2945,35;u=10?z=17", "GEO:48.8584,2.2945?q=48.8584,2.2945(Tower)",
        "https://www.google.com/maps?q=48.8584,2.2945", "https://maps.google.com/?q=48.8584,2.2945", "http://maps.google.com/maps?q=48.8584,+2.2945&z=3",
        "https://www.google.com/maps/search/?api=1&query=48.8584%2C2.2945", "https://www.google.co.uk/maps/@48.8584,2.2945,17z?entry=ttu",
        "https://google.it/maps/@48.8584,2.2945,17.5z/data=!3m1", "https://www.google.com/maps/place/48.8584,2.2945",
        "https://www.google.com/maps/place/48%C2%B051'30.2%22N+2%C2%B017'40.2%22E/@48.8,2.2,17z/data=!3m1!4b1!4m4!3m3!8m2!3d48.8584!4d2.2945",
        "https://www.google.com/maps/search/48.8584,+2.2945", "https://maps.google.com/maps?ll=48.8584,2.2945",
        "https://www.openstreetmap.org/?mlat=48.8584&mlon=2.2945#map=3/1/1", "https://www.openstreetmap.org/#map=17/48.8584/2.2945",
        "https://openstreetmap.org/#map=17.5/48.8584/2.2945&layers=N", "https://maps.apple.com/?ll=48.8584,2.2945", " <https://maps.apple.com/?q=48.8584,2.2945>\n",
    ],
)  # fmt: skip
def test_a_link_to_a_point_on_the_map_is_the_point(link: str) -> None:
    assert parts(text=link) == (HERE,)
    assert parts(text=link, **buttons({"value": "Yes"})) == (HERE, Choice((Button(ButtonKind.TEXT, "Yes"),)))


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/maps/place/Tour+Eiffel/@48.8,2.2,17z/data=!3m1!4b1!8m2!3d48.8584!4d2.2945",
        "https://www.google.com/maps/place/Tour%20Eiffel/@48.8584,2.2945,17z",
        "https://maps.apple.com/?ll=48.8584,2.2945&q=Tour%20Eiffel",
        "https://maps.apple.com/place?coordinate=48.8584,2.2945&name=Tour+Eiffel",
    ],
)
def test_a_place_keeps_its_name(link: str) -> None:
    assert parts(text=link) == (Spot(48.8584, 2.2945, title="Tour Eiffel"),)


@pytest.mark.parametrize("where", ["0,0", "-90,180", "+12.5,-7"])
def test_the_whole_earth_is_on_the_map(where: str) -> None:
    latitude, longitude = map(float, where.split(","))
    assert parts(text=f"geo:{where}") == (Spot(latitude, longitude),)


@pytest.mark.parametrize(
    "text",
    [
        "Here: geo:48.8584,2.2945", "https://maps.google.com/?q=48.8584,2.2945 come", "geo:91,0",
        "geo:0,181", "geo:nan,inf", "geo:1e1,2", "geo:48",
        "https://maps.google.com/?q=Paris", "https://maps.google.com/?q=Paris&ll=48.8,2.2", "https://www.google.com/search?q=48.8584,2.2945",
        "https://www.google.com/maps/dir/A/B/@48.8,2.2,17z", "https://maps.app.goo.gl/abc", "https://google.com.evil.example/maps?q=1,2",
        "https://www.google.com/maps/@999.8,2.2,17z", "https://www.openstreetmap.org/node/1#map=17/48.8584/2.2945", "https://www.openstreetmap.org/#map=x",
        "https://maps.apple.com/?address=Paris", "ftp://maps.apple.com/?ll=1,2", "48.8584,2.2945",
        "https://maps.apple.com/?ll=1,2" + "&a=b" * 60,
        "geo:1,2" + "x" * 3000, "https://[1/maps?q=1,2", "<geo:1,2", "https://www.google.com/maps/place/Tour/@x",
    ],
)  # fmt: skip
def test_other_words_stay_words(text: str) -> None:
    assert parts(text=text) == (Text(text),)
