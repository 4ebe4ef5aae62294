"""Setting a bridge up, and looking whether it is sound: what `init` and `check` do, without a terminal."""
