import { computed } from "@preact/signals-core";
import { relaySender, rememberedUpload } from "../ingest/browser";
import type { Capture } from "../ingest/capture";
import type { Visit } from "../stream/visit";
import { Broadcast } from "./broadcast";
import { askPass } from "./pass";

/** Per stream: a new stream starts with nobody to leave. */
const IDENTITY_KEY = "busk:sender:";

/** Sends this stream, in whichever way the server wants its pictures. */
export function broadcastFor(streamId: string, capture: Capture, visit: Visit): Broadcast {
  const memory = identityIn(sessionStorage, IDENTITY_KEY + streamId);
  return new Broadcast({
    memory,
    pass: (leaving) => askPass(streamId, leaving),
    relay: (pass) => relaySender(capture, pass),
    room: async (pass) => {
      const { roomSender } = await import("../rtc-publish/make");
      const isLive = computed(() => visit.stage.value === "live");
      const isAway = computed(() => visit.source.trouble.value === "media_away");
      return roomSender({ capture, pass, memory, isLive, isAway, uploadBps: rememberedUpload() });
    },
  });
}

/** A reload loses the connection but not the name, which the next pass is to end. */
function identityIn(storage: Storage, key: string): { identity: string | null } {
  return {
    get identity() {
      return storage.getItem(key);
    },
    set identity(identity) {
      if (identity === null) storage.removeItem(key);
      else storage.setItem(key, identity);
    },
  };
}
