import { signal } from "@preact/signals-core";
import { backoffMs } from "../../realtime/backoff";
import { IDLE, type Line, type Sender, type SenderPhase, type SenderProblem, type SenderView } from "../sending/sender";
import { AckWindow } from "./acks";
import { type Capture, CaptureError } from "./capture";
import { BitrateLadder } from "./ladder";
import { PassRefused } from "./pass";
import type { Codec } from "./probe";
import { CloseCode, type IngestMessage, type IngestPass, type IngestStart, parseIngestMessage } from "./protocol";
import type { Connect, IngestSocket, Record } from "./recording";
import { Run } from "./run";

export interface IngestParts {
  capture: Capture;
  /** A new one for each connection; rejects with PassRefused when asking again is of no use. */
  pass(): Promise<IngestPass>;
  connect: Connect;
  record: Record;
  /** What this browser can really record of the stream, and the server did not refuse; null when nothing. */
  codec(stream: MediaStream, refused: readonly string[]): Promise<Codec | null>;
  ladder?: BitrateLadder;
  random?: () => number;
}

const TICK_MS = 500;
/** From asking for a pass to the server's "ready": a blackholed network never says no. */
const CONNECT_PATIENCE_MS = 10_000;
/** Ticks further apart than this mean that the machine slept, or that the browser slowed a hidden tab down. */
const SLEEP_MS = 5_000;
/** A recorder that gives nothing for this long has died without saying so. */
const STALL_MS = 4_000;
/** No ack for this long: the line is cut. Acks that come, but late: it is slow. */
const SILENCE_MS = 1_500;
const CALM_SECONDS = 0.75;
const POOR_SECONDS = 1.5;
const STEADY_MS = 5_000;
/** The stream waits a minute for us, and viewers look at a still picture: so we ask often. */
const LONGEST_WAIT_MS = 3_000;
/** What waits in the socket cannot be taken back: beyond this a new socket, which drops it, beats a run queued behind it. */
const QUEUE_BYTES = 64 * 1024;

/**
 * Sends the captured stream until it is told to stop, whatever happens in between.
 *
 * Every trouble has the same way back: a new pass, a new socket, a new run. So a cut line, a restarted server, a closed
 * laptop and an unplugged camera are one case. It asks for ever; whether the stream still exists is the server's to say.
 */
export class IngestSession implements Sender {
  readonly view = signal<SenderView>({ ...IDLE, figures: { by: "relay", unackedSeconds: 0, droppedChunks: 0 } });

  private readonly ladder: BitrateLadder;
  private readonly acks = new AckWindow();
  private pass: IngestPass | null = null;
  private codec: Codec | null = null;
  private readonly refusedCodecs: string[] = [];
  private socket: IngestSocket | null = null;
  private run: Run | null = null;
  private runIsReady = false;
  private epoch = 0;
  private attempt = 0;
  /** Counts connections; what belongs to an earlier one is no longer listened to. */
  private turn = 0;
  private sendingSince = 0;
  private lastTickAt = 0;
  private lastFrameAt = 0;
  private lastAckAt = 0;
  private unackedSeconds = 0;
  private droppedChunks = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private ticker: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly parts: IngestParts) {
    this.ladder = parts.ladder ?? new BitrateLadder();
    parts.capture.follow({
      renewed: () => {
        if (this.phase === "sending") this.beginRun();
      },
      lost: () => {
        if (this.phase === "sending") this.reconnect(null);
      },
    });
  }

  private get phase(): SenderPhase {
    return this.view.value.phase;
  }

  /** Begin, or begin again after another tab took the stream or a person removed what blocked it. */
  start(): void {
    if (this.phase === "sending" || this.phase === "ended" || this.phase === "stopped") return;
    this.attempt = 0;
    this.show({ phase: this.view.value.lostAt === null ? "opening" : "reconnecting", problem: null });
    this.lastTickAt = Date.now();
    this.ticker ??= setInterval(() => this.tick(), TICK_MS);
    void this.connect();
  }

  /** The network or the page came back: do not wait for the next attempt. */
  nudge(): void {
    if (this.phase !== "reconnecting") return;
    this.attempt = 0;
    void this.connect();
  }

  /** End of sending, by our own will. The devices are the caller's to close. */
  stop(): void {
    this.finish("stopped", null);
  }

  private async connect(): Promise<void> {
    const turn = this.drop();
    try {
      const stream = await this.parts.capture.ready();
      if (turn !== this.turn) return;
      this.codec ??= await this.parts.codec(stream, this.refusedCodecs);
      if (turn !== this.turn) return;
      if (this.codec === null) {
        this.finish("blocked", { code: "no_codec" });
        return;
      }
      this.patience = setTimeout(() => this.reconnect({ code: "line_cut" }), CONNECT_PATIENCE_MS);
      const pass = await this.parts.pass();
      if (turn !== this.turn) return;
      this.pass = pass;
      this.ladder.use(pass.bitrates);
      this.socket = this.parts.connect(pass.url, {
        opened: () => turn === this.turn && this.beginRun(),
        text: (data) => turn === this.turn && this.hear(parseIngestMessage(data)),
        closed: (code) => turn === this.turn && this.onClosed(code),
      });
    } catch (error) {
      if (turn === this.turn) this.onNoConnection(error);
    }
  }

  private onNoConnection(error: unknown): void {
    if (error instanceof PassRefused) {
      if (error.why === "ended" || error.why === "taken") return this.finish(error.why, null);
      return this.finish("blocked", { code: error.why });
    }
    if (error instanceof CaptureError) {
      const problem = { code: "device", error } as const;
      // Asking again would open the browser's question again and again.
      if (error.problem === "denied" || error.problem === "insecure") return this.finish("blocked", problem);
      return this.reconnect(problem);
    }
    this.reconnect({ code: "line_cut" });
  }

  private onClosed(code: number): void {
    switch (code) {
      case CloseCode.TakenOver:
        return this.finish("taken", null);
      case CloseCode.StreamEnded:
      case CloseCode.NoSuchStream:
        return this.finish("ended", null);
      case CloseCode.SignInAgain:
        return this.finish("blocked", { code: "signed_out" });
      default:
        // Also "not allowed": a pass that was used or is too old closes so, and asking for the next one tells which it was.
        return this.reconnect({ code: "line_cut" });
    }
  }

  private hear(message: IngestMessage | null): void {
    switch (message?.type) {
      case "ingest:ready":
        if (message.epoch === this.epoch && !this.runIsReady) this.onReady();
        return;
      case "ingest:ack":
        // Acks of the run before may still be on their way.
        if (!this.runIsReady) return;
        this.lastAckAt = Date.now();
        this.acks.acked(message.bytes, this.lastAckAt);
        return;
      case "ingest:restart":
        this.show({ problem: { code: "server", error: message.reason } });
        return this.beginRun();
      case "ingest:state":
        this.droppedChunks = message.droppedChunks;
        return this.show({ onAir: message.state === "live" });
      case "ingest:ended":
        return this.finish("ended", null);
      case "error":
        return this.onServerError(message.code);
      case undefined:
        return;
    }
  }

  private onServerError(code: string): void {
    if (code === "unsupported_media" && this.codec !== null) {
      this.refusedCodecs.push(this.codec.ask);
      this.codec = null;
      return this.reconnect(null);
    }
    this.show({ problem: { code: "server", error: code } });
  }

  /** Announce a new run on the open socket; its recorder starts when the server says that it is ready. */
  private beginRun(): void {
    const { socket, codec, pass } = this;
    const stream = this.parts.capture.view.value.stream;
    if (socket === null || codec === null || pass === null || stream === null) return;
    this.run?.stop();
    this.runIsReady = false;
    this.epoch = Math.max(Date.now(), this.epoch + 1);
    this.acks.startRun();
    const start: IngestStart = {
      type: "ingest:start",
      epoch: this.epoch,
      mime: codec.gives,
      ...this.parts.capture.pictureSize,
      bitrate: this.ladder.bitrate,
    };
    socket.send(JSON.stringify(start));
    this.run = new Run({
      stream,
      mime: codec.ask,
      bitrate: this.ladder.bitrate,
      maxFrameBytes: pass.maxFrameBytes,
      record: this.parts.record,
      frame: (bytes) => this.send(bytes),
      failed: () => this.reconnect({ code: "recorder" }),
    });
    this.lastFrameAt = Date.now();
  }

  private onReady(): void {
    clearTimeout(this.patience);
    this.runIsReady = true;
    this.lastFrameAt = this.lastAckAt = Date.now();
    if (this.phase !== "sending") this.sendingSince = this.lastAckAt;
    const kept = this.view.value.problem?.code === "slow_upload" ? this.view.value.problem : null;
    this.show({ phase: "sending", lostAt: null, problem: kept });
    this.run?.begin();
  }

  private send(frame: Uint8Array): void {
    const now = Date.now();
    this.lastFrameAt = now;
    this.acks.sent(frame.byteLength, now);
    this.socket?.send(frame);
    // A hidden tab's timers are slowed down; its recorder is not.
    this.watchLine(now);
  }

  private tick(): void {
    const now = Date.now();
    const slept = now - this.lastTickAt > SLEEP_MS;
    this.lastTickAt = now;
    if (slept && this.phase === "reconnecting") return this.nudge();
    if (this.phase !== "sending") return;
    if (now - this.lastFrameAt > STALL_MS) {
      return this.reconnect({ code: slept || !this.runIsReady ? "line_cut" : "recorder" });
    }
    this.unackedSeconds = this.acks.unackedSeconds(now);
    this.show({ bitrate: this.acks.bitrate(now) });
    this.watchLine(now);
  }

  private watchLine(now: number): void {
    const behind = this.acks.unackedSeconds(now);
    if (behind > (this.pass?.ackWindowSeconds ?? 2)) {
      if (now - this.lastAckAt > SILENCE_MS) return this.reconnect({ code: "line_cut" });
      return this.lowerQuality(now);
    }
    if (behind < CALM_SECONDS && this.ladder.calm(now)) {
      this.show({ problem: null });
      this.beginRun();
    }
  }

  private lowerQuality(now: number): void {
    this.ladder.slow(now);
    const problem = { code: "slow_upload", bitrate: this.acks.bitrate(now) } as const;
    if ((this.socket?.queuedBytes ?? 0) > QUEUE_BYTES) {
      this.reconnect(problem);
    } else {
      this.show({ problem });
      this.beginRun();
    }
  }

  private reconnect(problem: SenderProblem | null): void {
    const now = Date.now();
    // What worked for a while is tried again at once; what fails as soon as it works is not.
    const delay = this.phase === "sending" && now - this.sendingSince > STEADY_MS ? 0 : this.nextDelay();
    if (delay === 0) this.attempt = 0;
    this.drop();
    this.show({
      phase: this.phase === "opening" ? "opening" : "reconnecting",
      lostAt: this.view.value.lostAt ?? now,
      problem,
      onAir: false,
      bitrate: 0,
    });
    this.retry = setTimeout(() => void this.connect(), delay);
  }

  private nextDelay(): number {
    const random = (this.parts.random ?? Math.random)();
    const delay = backoffMs(this.attempt, random, LONGEST_WAIT_MS);
    this.attempt += 1;
    return delay;
  }

  private finish(phase: SenderPhase, problem: SenderProblem | null): void {
    this.drop();
    clearInterval(this.ticker);
    this.ticker = undefined;
    const lostAt = this.view.value.lostAt ?? Date.now();
    this.show({ phase, problem, onAir: false, bitrate: 0, lostAt });
  }

  /** Let go of the present connection and of every timer that belongs to it. */
  private drop(): number {
    clearTimeout(this.retry);
    clearTimeout(this.patience);
    this.run?.stop();
    this.run = null;
    this.socket?.close();
    this.socket = null;
    this.unackedSeconds = 0;
    this.turn += 1;
    return this.turn;
  }

  private show(change: Partial<SenderView>): void {
    this.view.value = {
      ...this.view.value,
      ...change,
      line: lineOf(this.unackedSeconds),
      figures: { by: "relay", unackedSeconds: this.unackedSeconds, droppedChunks: this.droppedChunks },
      targetBitrate: this.ladder.bitrate,
      lowered: this.ladder.lowered,
    };
  }
}

function lineOf(unackedSeconds: number): Line {
  if (unackedSeconds > POOR_SECONDS) return "poor";
  return unackedSeconds > CALM_SECONDS ? "fair" : "good";
}
