"""The doctor: looks at this machine and at the ways to the configured hosts. The other rooms try what is theirs."""
