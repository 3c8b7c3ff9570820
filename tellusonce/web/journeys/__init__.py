"""The one engine that asks what a kind of event wants to know: one thing a page, from the kind's own pages."""
