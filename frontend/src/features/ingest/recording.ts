/** What the ingest needs of a MediaRecorder and of a WebSocket, so that tests can hand in their own. */

export interface RecordingOptions {
  mime: string;
  bitrate: number;
}

export interface RecordingEvents {
  chunk(data: Blob): void;
  failed(): void;
}

export interface Recording {
  /** The type it really records, which may differ from the one asked for. Empty before the first chunk. */
  readonly mime: string;
  start(sliceMs: number): void;
  stop(): void;
}

export type Record = (stream: MediaStream, options: RecordingOptions, events: RecordingEvents) => Recording;

export interface SocketEvents {
  opened(): void;
  text(data: string): void;
  closed(code: number): void;
}

export interface IngestSocket {
  /** Bytes handed over that have not left the machine. */
  readonly queuedBytes: number;
  send(data: string | Uint8Array): void;
  close(): void;
}

export type Connect = (url: string, events: SocketEvents) => IngestSocket;
