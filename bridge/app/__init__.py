"""THE HALL: the only place that knows every concrete class.

`house` furnishes the rooms, `life` opens and closes them, `service` is one life after the other, until somebody says stop.
"""

from bridge.app.life import running
from bridge.app.service import run

__all__ = ["run", "running"]
