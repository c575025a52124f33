"""What is counted of rooms and sockets: per frame, per connection, per call; never per delivery."""

from prometheus_client import Counter, Gauge

SOCKETS = Gauge("busk_sockets", "Open sockets of rooms.", multiprocess_mode="livesum")
ROOMS = Gauge("busk_rooms", "Rooms in memory.", multiprocess_mode="livesum")
FRAMES = Counter("busk_room_frames", "Frames made for rooms.")
DELIVERIES = Counter("busk_room_deliveries", "Frames times the sockets they were for.")
CLOSED = Counter("busk_sockets_closed", "Sockets that the server closed; 4008 was too slow.", ["code"])
CALLS = Gauge("busk_service_calls", "Service calls of sockets that run or wait.", multiprocess_mode="livesum")
CALLS_REFUSED = Counter("busk_service_calls_refused", "Service calls refused, since too many waited.")
