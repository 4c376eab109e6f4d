"""The administrator's desk as commands: accounts and stations, over the websocket."""
