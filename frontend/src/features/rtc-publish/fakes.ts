/** A room that does as it is told, for tests. */
import type { DeviceKind } from "../ingest/capture";
import type { LayerCount, Publication, Publishing, PublishRoom, RoomEvents, RoomMaker } from "./room";

export class FakePublication implements Publication {
  readonly replaced: MediaStreamTrack[] = [];
  readonly mutes: boolean[] = [];
  readonly limits: (number | null)[] = [];
  layers: LayerCount[] = [];
  ended = false;

  constructor(
    readonly device: DeviceKind,
    readonly track: MediaStreamTrack,
    readonly how: Publishing,
  ) {}

  replace(track: MediaStreamTrack): Promise<void> {
    this.replaced.push(track);
    return Promise.resolve();
  }

  mute(muted: boolean): Promise<void> {
    this.mutes.push(muted);
    return Promise.resolve();
  }

  limit(bitsPerSecond: number | null): Promise<void> {
    this.limits.push(bitsPerSecond);
    return Promise.resolve();
  }

  counts(): Promise<readonly LayerCount[]> {
    return Promise.resolve(this.layers);
  }

  end(): Promise<void> {
    this.ended = true;
    return Promise.resolve();
  }
}

export class FakeRoom implements PublishRoom {
  readonly published: FakePublication[] = [];
  others: string[];
  token = "";
  closed = false;

  constructor(
    readonly events: RoomEvents,
    private readonly server: FakeRooms,
  ) {
    this.others = [...server.others];
  }

  connect(_url: string, token: string): Promise<void> {
    this.token = token;
    return this.server.letsIn ? Promise.resolve() : Promise.reject(new Error("not let in"));
  }

  publish(device: DeviceKind, track: MediaStreamTrack, how: Publishing): Promise<Publication> {
    if (this.server.refuses.has(device)) return Promise.reject(new Error("no response from the server"));
    const publication = new FakePublication(device, track, how);
    this.published.push(publication);
    return Promise.resolve(publication);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  of(device: DeviceKind): FakePublication | undefined {
    return this.published.findLast((publication) => publication.device === device && !publication.ended);
  }
}

export class FakeRooms implements RoomMaker {
  readonly made: FakeRoom[] = [];
  readonly refuses = new Set<DeviceKind>();
  letsIn = true;
  others: string[] = [];
  released = 0;

  make(events: RoomEvents): PublishRoom {
    const room = new FakeRoom(events, this);
    this.made.push(room);
    return room;
  }

  release(): void {
    this.released += 1;
  }

  get last(): FakeRoom {
    const last = this.made.at(-1);
    if (last === undefined) throw new Error("no room was made yet");
    return last;
  }
}

export function layer(change: Partial<LayerCount> = {}): LayerCount {
  return {
    height: 720,
    wanted: true,
    bytes: 0,
    packets: 0,
    packetsLost: 0,
    framesPerSecond: 30,
    roundTripMs: 20,
    limitedBy: null,
    ...change,
  };
}
