"""LiveKit behind the media port: WebRTC rooms, encoders, and HLS for big audiences."""
