// A chunk of its own, with livekit-client in it: nothing but `makeEngine` may import this module.
import {
  ConnectionQuality,
  isBrowserSupported,
  LogLevel,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
  VideoQuality,
  type Participant,
  type ReconnectPolicy,
  type RemoteTrackPublication,
} from "livekit-client";
import type { Playback } from "../../../api/types";
import { savesData } from "../data-saver";
import { AUTO, type Engine, type EngineEvents, type Screens } from "../engine";
import { ceiling, layerOf, levelsOf, type Layer } from "./layers";
import { sceneOf, type Scene } from "./scene";
import { Projection, type Shot } from "./screens";
import { StallWatch, type Watched } from "./stalls";

/** A cut line is resumed with the seat that is ours. After these waits it is given up, and a new seat asked for. */
const RESUME_DELAYS_MS = [0, 500, 1000, 2000];
const RESUME_JITTER_MS = 300;

const PATIENCE: ReconnectPolicy = {
  nextRetryDelayInMs: ({ retryCount }) => {
    const delay = RESUME_DELAYS_MS[retryCount];
    return delay === undefined ? null : delay + Math.random() * RESUME_JITTER_MS;
  },
};

/** Whatever changes what there is to see. */
const CHANGES = [
  RoomEvent.Connected,
  RoomEvent.Reconnected,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.ParticipantDisconnected,
] as const;

const GUEST = "guest-";
/** By the numbers that layers carry. */
const QUALITIES = [VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH] as const;

function newRoom(): Room {
  return new Room({ adaptiveStream: true, dynacast: true, disconnectOnPageLeave: true, reconnectPolicy: PATIENCE });
}

export function rtcEngine(screens: Screens, events: EngineEvents): Engine | null {
  if (!isBrowserSupported()) return null;
  // The player itself says in words what it meets; a line that comes and goes is no error of the page.
  setLogLevel(LogLevel.silent);
  return new RtcEngine(screens, events, newRoom);
}

/** Plays a LiveKit room: one `Room` for every token, since a token is good for one connect. */
export class RtcEngine implements Engine {
  readonly kind = "webrtc";
  readonly again = null;

  private seat: Seat | null = null;
  private chosen: number = AUTO;
  private hasChosen = false;

  constructor(
    private readonly screens: Screens,
    private readonly events: EngineEvents,
    private readonly makeRoom: () => Room,
  ) {}

  load(source: Playback): void {
    this.stop();
    this.events.onStall(true);
    const seat = new Seat(this.makeRoom(), this.screens, this.events, () => this.lost(seat));
    this.seat = seat;
    seat.ask(this.wish);
    void seat.take(source.url, source.token ?? "");
  }

  /** Kept over tokens: the next seat is asked for the same. */
  setLevel(index: number): void {
    this.chosen = index;
    this.hasChosen = true;
    this.seat?.ask(this.wish);
  }

  livePosition(): null {
    return null;
  }

  behindSeconds(): number | null {
    return this.seat?.shows && !this.screens.picture.paused ? 0 : null;
  }

  stop(): void {
    this.seat?.leave();
    this.seat = null;
  }

  destroy(): void {
    this.stop();
    this.screens.picture.srcObject = null;
    this.screens.corner.srcObject = null;
  }

  private get wish(): Wish {
    return { chosen: this.chosen, most: ceiling(savesData() && !this.hasChosen) };
  }

  private lost(seat: Seat): void {
    if (seat !== this.seat) return;
    this.stop();
    this.events.onProblem("lost");
  }
}

/** Which layer to ask for: `chosen` is AUTO or a layer's number, `most` is the best one for AUTO. */
interface Wish {
  readonly chosen: number;
  readonly most: number;
}

/** One connect to the room, from taking the seat to leaving it. It is never taken twice. */
class Seat {
  private readonly projection: Projection;
  private readonly stalls: StallWatch;
  private readonly handlers: (readonly [RoomEvent, (...args: never[]) => void])[];
  private wish: Wish = { chosen: AUTO, most: ceiling(false) };
  private scene: Scene<Shot> = sceneOf<Shot>([]);
  private isChanging = false;
  private hasShown = false;
  private hasLeft = false;

  constructor(
    private readonly room: Room,
    private readonly screens: Screens,
    private readonly events: EngineEvents,
    private readonly onLost: () => void,
  ) {
    this.projection = new Projection(
      screens,
      () => this.chosenLayer,
      () => events.onMedia(),
    );
    this.stalls = new StallWatch(
      () => this.watched,
      (stalls) => events.onStall(stalls),
    );
    this.handlers = [
      ...CHANGES.map((name) => [name, () => this.change()] as const),
      [RoomEvent.ConnectionQualityChanged, (quality: ConnectionQuality, who: Participant) => this.onQuality(quality, who)],
      // livekit-client would now connect anew with the same token, which is used up.
      [RoomEvent.Reconnecting, () => this.onLost()],
      [RoomEvent.Disconnected, () => this.onLost()],
    ];
    for (const [name, handler] of this.handlers) room.on(name, handler);
  }

  get shows(): boolean {
    return this.scene.main !== null;
  }

  async take(url: string, token: string): Promise<void> {
    try {
      await this.room.connect(url, token, { maxRetries: 0 });
    } catch {
      if (!this.hasLeft) this.onLost();
    }
  }

  ask(wish: Wish): void {
    this.wish = wish;
    this.choose();
    this.projection.resize();
  }

  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    for (const [name, handler] of this.handlers) this.room.off(name, handler);
    this.stalls.stop();
    this.projection.clear();
    this.events.onCorner(false);
    // Also ends a connect that is under way.
    void this.room.disconnect();
  }

  /** Several changes at once are one; and a track that is told to be going is only gone after that. */
  private change(): void {
    if (this.isChanging) return;
    this.isChanging = true;
    queueMicrotask(() => {
      this.isChanging = false;
      this.arrange();
    });
  }

  /** Puts on the screens what there is now. */
  private arrange(): void {
    if (this.hasLeft) return;
    this.scene = sceneOf(shotsOf(this.room));
    // Sound alone would put a black picture before the one that is on its way.
    if (this.scene.main || this.scene.isDark || this.hasShown) {
      this.hasShown = true;
      this.projection.show(this.scene);
    }
    this.choose();
    this.events.onLevels(levelsOf(this.layers));
    this.events.onCorner(this.scene.corner !== null);
    this.events.onDark(this.scene.isDark);
  }

  private choose(): void {
    const quality = QUALITIES[this.chosenLayer?.quality ?? this.wish.most];
    if (quality !== undefined) this.scene.main?.publication.setVideoQuality(quality);
  }

  private get layers(): readonly Layer[] {
    return this.scene.main?.publication.trackInfo?.codecs[0]?.layers ?? [];
  }

  private get chosenLayer(): Layer | null {
    return layerOf(this.layers, this.wish.chosen);
  }

  /** A shared screen stands still when nothing on it moves; then only the camera beside it tells. */
  private get watched(): Watched | null {
    const { main, corner } = this.scene;
    if (!main) return null;
    const element = main.isScreen && corner ? this.screens.corner : this.screens.picture;
    return isLookedAt(element) ? { element, mayRest: main.isScreen && !corner } : null;
  }

  private onQuality(quality: ConnectionQuality, who: Participant): void {
    if (who !== this.room.localParticipant) return;
    const isPoor = quality === ConnectionQuality.Poor || quality === ConnectionQuality.Lost;
    this.events.onLine(isPoor ? "poor" : "good");
  }
}

function isLookedAt(element: HTMLVideoElement): boolean {
  return !element.paused && element.ownerDocument.visibilityState === "visible";
}

function shotsOf(room: Room): Shot[] {
  return [...room.remoteParticipants.values()].flatMap((who) =>
    [...who.trackPublications.values()].map((publication) => shotOf(publication, who.identity)),
  );
}

function shotOf(publication: RemoteTrackPublication, identity: string): Shot {
  return {
    publication,
    kind: publication.kind === Track.Kind.Video ? "video" : "audio",
    isScreen: publication.source === Track.Source.ScreenShare,
    isGuest: identity.startsWith(GUEST),
    isMuted: publication.isMuted,
    isReady: publication.track !== undefined,
  };
}
