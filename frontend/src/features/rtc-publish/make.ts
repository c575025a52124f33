import { LiveKitRooms } from "./livekit";
import { RoomSession, type RoomParts } from "./session";

/** The sender into LiveKit, in a chunk of its own: whoever sends by the relay never loads it. */
export function roomSender(parts: Omit<RoomParts, "rooms">): RoomSession {
  return new RoomSession({ ...parts, rooms: new LiveKitRooms() });
}
