"""THE HALL: the only place that knows every concrete class. `house` furnishes the rooms, `life` opens and closes them."""

from bridge.app.life import run, running

__all__ = ["run", "running"]
