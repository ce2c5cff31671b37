"""The stages of `loki.process`, one file a stage; `stage.py` holds their contract."""
