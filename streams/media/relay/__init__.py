"""The built-in media engine: a browser's recording over a websocket, through ffmpeg, to HLS. See docs/relay.md."""
