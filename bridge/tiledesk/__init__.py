"""The other edge: Tiledesk's REST API and webhooks."""
