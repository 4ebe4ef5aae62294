"""Files of the networks: addresses of ours for them, copies on our disk, and what browsers can show of them.

An end user's file stays at its network. `links` gives it an address that nobody can guess and that holds no token; when somebody
opens it, `cabinet` brings the file to our disk, once, and `renditions` makes a picture or a sound of it that every browser knows.
"""
