import type { Record, Recording } from "./recording";
import { slices } from "./slices";

const SLICE_MS = 250;

export interface RunParts {
  stream: MediaStream;
  mime: string;
  bitrate: number;
  maxFrameBytes: number;
  record: Record;
  /** One frame, in recording order. */
  frame(bytes: Uint8Array): void;
  failed(): void;
}

/**
 * One recording from its first byte to its last, handed on as frames the server accepts.
 *
 * A recording cannot be continued after a piece of it was lost, so there is no resume: after `stop` nothing more of
 * it is sent, and the next run is a new object with a new header.
 */
export class Run {
  private recording: Recording | null = null;
  private order: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly parts: RunParts) {}

  begin(): void {
    const { stream, mime, bitrate, record } = this.parts;
    try {
      this.recording = record(
        stream,
        { mime, bitrate },
        {
          chunk: (data) => this.queue(data),
          failed: () => this.fail(),
        },
      );
      this.recording.start(SLICE_MS);
    } catch {
      // A track that ended a moment ago makes the recorder throw.
      this.fail();
    }
  }

  stop(): void {
    this.stopped = true;
    this.recording?.stop();
    this.recording = null;
  }

  /** Reading a blob is asynchronous and not in order by itself, so each waits for the one before. */
  private queue(data: Blob): void {
    if (this.stopped || data.size === 0) return;
    this.order = this.order.then(async () => {
      const bytes = new Uint8Array(await data.arrayBuffer());
      for (const frame of slices(bytes, this.parts.maxFrameBytes)) {
        if (this.stopped) return;
        this.parts.frame(frame);
      }
    });
  }

  private fail(): void {
    if (this.stopped) return;
    this.stop();
    this.parts.failed();
  }
}
