"""The social board: its title and sections, and the sections of its headlines."""

TITLE = "Tweets"
SECTIONS = {"00": "At a glance", "01": "Influence", "02": "Places", "03": "Sentiment", "09": "Data and runs"}
FINDINGS = {"influencers": "01", "place_trends": "02", "net_sentiment": "03"}
