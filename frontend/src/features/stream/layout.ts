import { effect, signal } from "@preact/signals-core";

/** A phone on its side; the same words as in styles/stream.css. */
const SIDEWAYS = "(orientation: landscape) and (max-height: 500px) and (pointer: coarse)";
const UNFOLD_AFTER_MS = 300;

/**
 * How the stream page is arranged, as attributes of its `[data-stage]` element that the style sheet reads.
 *
 * Beside the picture the chat is open unless put away; over it (theatre, full screen, a phone on its side) it is
 * away unless asked for.
 */
export class Layout {
  readonly theatre = signal(false);
  readonly fullScreen = signal(false);
  readonly chat = signal<"auto" | "open" | "closed">("auto");
  private readonly sideways = signal(false);

  constructor(private readonly stage: HTMLElement) {
    this.makeRoomForTyping();
    effect(() => {
      stage.dataset["mode"] = this.fullScreen.value ? "full" : this.theatre.value ? "theatre" : "page";
      stage.dataset["chat"] = this.chat.value;
    });
    const phoneOnItsSide = matchMedia(SIDEWAYS);
    this.sideways.value = phoneOnItsSide.matches;
    phoneOnItsSide.addEventListener("change", () => {
      this.sideways.value = phoneOnItsSide.matches;
      this.chat.value = "auto";
    });
    document.addEventListener("fullscreenchange", () => {
      this.fullScreen.value = document.fullscreenElement === stage;
      this.chat.value = "auto";
    });
  }

  /** Whether the chat lies over the picture at the moment, rather than beside or under it. */
  get isOverlay(): boolean {
    return this.fullScreen.value || this.theatre.value || this.sideways.value;
  }

  get isChatOpen(): boolean {
    return this.chat.value === "open" || (this.chat.value === "auto" && !this.isOverlay);
  }

  toggleTheatre(): void {
    this.theatre.value = !this.theatre.value;
    this.chat.value = "auto";
  }

  toggleChat(): void {
    this.chat.value = this.isChatOpen ? "closed" : "open";
  }

  /** The whole stage, so that the chat can lie over the picture; an iPhone only lets the video itself. */
  async toggleFullScreen(video: HTMLVideoElement): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if ("requestFullscreen" in this.stage) await this.stage.requestFullscreen();
    else (video as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.();
  }

  /** On a phone the header folds away while one types, and the stage ends above the keyboard. */
  private makeRoomForTyping(): void {
    const isField = (event: FocusEvent): boolean => event.target instanceof HTMLTextAreaElement;
    let unfold: number | undefined;
    this.stage.addEventListener("focusin", (event) => {
      if (!isField(event)) return;
      window.clearTimeout(unfold);
      document.body.dataset["header"] = "folded";
    });
    this.stage.addEventListener("focusout", (event) => {
      // After the tap that took the focus away: if things moved under it, it would miss.
      if (isField(event)) unfold = window.setTimeout(() => delete document.body.dataset["header"], UNFOLD_AFTER_MS);
    });
    const view = window.visualViewport;
    view?.addEventListener("resize", () => {
      // Pinching makes the view smaller too, and must not.
      if (view.scale === 1) this.stage.style.setProperty("--visible-height", `${view.height}px`);
    });
  }
}

let layout: Layout | undefined;

export function pageLayout(): Layout {
  return (layout ??= new Layout(document.querySelector<HTMLElement>("[data-stage]") ?? document.body));
}
