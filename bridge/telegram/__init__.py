"""One edge: Telegram's Bot API, spoken through python-telegram-bot's `Bot` and types over a transport of our own."""
