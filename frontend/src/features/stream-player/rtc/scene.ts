/** What a publication says of itself, as far as choosing goes. */
export interface Piece {
  readonly kind: "audio" | "video";
  readonly isScreen: boolean;
  readonly isGuest: boolean;
  readonly isMuted: boolean;
  /** Its media have arrived and can be shown. */
  readonly isReady: boolean;
}

export interface Scene<P> {
  readonly main: P | null;
  readonly corner: P | null;
  readonly sounds: readonly P[];
  /** Videos that come and that nobody sees. */
  readonly offstage: readonly P[];
  /** Nobody sends a picture, nor is about to. */
  readonly isDark: boolean;
}

/**
 * What goes where: a shared screen is the picture, with the camera in the corner; otherwise the camera is, with a
 * guest's in the corner.
 */
export function sceneOf<P extends Piece>(pieces: readonly P[]): Scene<P> {
  const sent = pieces.filter((piece) => piece.kind === "video" && !piece.isMuted);
  const ready = sent.filter((piece) => piece.isReady);
  // The newest screen; of cameras the host's first.
  const screens = ready.filter((piece) => piece.isScreen).reverse();
  const cameras = ready.filter((piece) => !piece.isScreen).sort((a, b) => Number(a.isGuest) - Number(b.isGuest));
  const [main = null, corner = null] = [...screens.slice(0, 1), ...cameras];
  return {
    main,
    corner,
    sounds: pieces.filter((piece) => piece.kind === "audio" && piece.isReady),
    offstage: pieces.filter((piece) => piece.kind === "video" && piece.isReady && piece !== main && piece !== corner),
    isDark: sent.length === 0,
  };
}
