import { computed, signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";

export type RtmpState = "waiting" | "starting" | "sending" | "no_capacity" | "failed" | "away";

export interface Encoders {
  /** null where no encoder is taken at all. */
  readonly whip: { readonly url: string; readonly last_four: string | null } | null;
  readonly rtmp: { readonly url: string; readonly last_four: string; readonly state: RtmpState } | null;
  readonly rtmp_available: boolean;
  /** Where an encoder sends into, or would if it started now. */
  readonly stream: EncoderStream | null;
}

export interface EncoderStream {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly on_air: boolean;
}

/** Keys in full, each of which the server says once. */
export type FreshKeys = Readonly<Partial<Record<"whip" | "rtmp", string>>>;

/** Why the last thing that was asked for was not done: the API's code. */
export interface Refusal {
  readonly code: string;
  readonly retryAfterSeconds: number | null;
}

export const LOOK_MS = 3_000;
type Send = typeof api;

/** What a creator types into an encoder, and whether it sends. Looks again and again while somebody waits for it. */
export class Encoder {
  readonly known = signal<Encoders | null>(null);
  readonly fresh = signal<FreshKeys>({});
  readonly refusal = signal<Refusal | null>(null);
  readonly isBusy = signal(false);
  readonly stream = computed(() => this.known.value?.stream ?? null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly send: Send = api) {}

  /** Begins to look; returns what ends it. */
  follow(): () => void {
    void this.look();
    return () => {
      if (this.timer !== null) clearTimeout(this.timer);
      this.timer = null;
    };
  }

  newStreamKey(): Promise<boolean> {
    return this.try(async () => {
      const { stream_key: key } = await this.send<{ stream_key: string }>("/api/streams/key/reset", { method: "POST" });
      this.fresh.value = { ...this.fresh.value, whip: key };
    });
  }

  newRtmp(): Promise<boolean> {
    return this.try(async () => {
      const { stream_key: key } = await this.send<{ stream_key: string }>("/api/streams/encoder/rtmp", { method: "POST" });
      this.fresh.value = { ...this.fresh.value, rtmp: key };
    });
  }

  dropRtmp(): Promise<boolean> {
    return this.try(async () => {
      await this.send("/api/streams/encoder/rtmp", { method: "DELETE" });
      const { whip } = this.fresh.value;
      this.fresh.value = whip === undefined ? {} : { whip };
    });
  }

  /** Nothing was sent yet, and nothing shall be. */
  cancel(): Promise<boolean> {
    const stream = this.stream.value;
    if (stream === null) return Promise.resolve(true);
    return this.try(() => this.send(`/api/streams/${stream.id}/end`, { method: "POST" }));
  }

  /** The server's view now; what it says is shown, and that it says nothing is no reason to stop looking. */
  async refresh(): Promise<void> {
    try {
      this.known.value = await this.send<Encoders>("/api/streams/encoder");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.known.value === null) this.refuse(error);
    }
  }

  private async look(): Promise<void> {
    this.timer = setTimeout(() => undefined);
    const mine = this.timer;
    await this.refresh();
    if (this.timer === mine) this.timer = setTimeout(() => void this.look(), LOOK_MS);
  }

  private async try(act: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy.value) return false;
    this.isBusy.value = true;
    this.refusal.value = null;
    try {
      await act();
      await this.refresh();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refuse(error);
      return false;
    } finally {
      this.isBusy.value = false;
    }
  }

  private refuse(error: ApiError): void {
    this.refusal.value = { code: error.code, retryAfterSeconds: error.retryAfterSeconds };
  }
}
