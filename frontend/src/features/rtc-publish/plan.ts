/** One size of the picture: the server hands each viewer the one that fits their window and their line. */
export interface Layer {
  readonly height: number;
  readonly bitrate: number;
  readonly framesPerSecond: number;
}

/** What to send of a camera: up to three sizes, smallest first. */
export type CameraPlan = readonly Layer[];

export interface Caps {
  /** Lines of picture at most. */
  readonly heightMost: number;
  /** Bits per second at most, of camera, screen and sound together. */
  readonly bitrateMost: number;
}

/** Opus for voice and music. Twice as much is set aside, since a lost packet is mended from a copy in the next one. */
export const SOUND_BPS = 64_000;
const SOUND_RESERVE_BPS = 2 * SOUND_BPS;

const FULL_RATE = 30;
const SMALL_RATE = 20;

/** Best first. A viewer on a phone's line is served by the smallest, so each plan has one of 180 or 360 lines. */
const PLANS: readonly CameraPlan[] = [
  [layer(360, 400_000, SMALL_RATE), layer(720, 1_200_000), layer(1080, 2_700_000)],
  [layer(180, 150_000, SMALL_RATE), layer(360, 450_000, SMALL_RATE), layer(720, 1_700_000)],
  [layer(180, 150_000, SMALL_RATE), layer(540, 800_000)],
  [layer(180, 150_000, SMALL_RATE), layer(360, 450_000)],
  [layer(180, 200_000)],
];

/** Up to this height no proof is asked of the line: a browser that finds it slow sends the smaller sizes only. */
const UNPROVEN_HEIGHT = 720;
/** Of a measured upload; the rest is for what the measurement did not see. */
const USABLE_SHARE = 0.75;
/** Rather a smaller picture than one with less than this of the bits it needs. */
const LEAST_SHARE = 0.6;

/** A camera of 480 lines is sent as one of 540 would be. */
const NEARLY = 0.85;

/** What to ask the camera for: 1080 lines where the measured upload bears them all, else 720; never above the caps. */
export function planCamera(uploadBps: number | null, { heightMost, bitrateMost }: Caps): CameraPlan {
  const room = bitrateMost - SOUND_RESERVE_BPS;
  const fits = PLANS.find((plan) => {
    if (heightOf(plan) > heightMost || room < totalOf(plan) * LEAST_SHARE) return false;
    return heightOf(plan) <= UNPROVEN_HEIGHT || (uploadBps ?? 0) * USABLE_SHARE >= totalOf(plan) + SOUND_RESERVE_BPS;
  });
  const plan = fits ?? PLANS.at(-1) ?? [];
  return scaled(plan, Math.min(1, room / totalOf(plan)));
}

/** The plan for what the camera then really gives, which may be fewer lines than it was asked for. */
export function planFor(plan: CameraPlan, cameraHeight: number, caps: Caps): CameraPlan {
  if (cameraHeight >= heightOf(plan)) return plan;
  const smaller = PLANS.find((each) => heightOf(each) * NEARLY <= cameraHeight) ?? PLANS.at(-1) ?? [];
  return scaled(smaller, Math.min(1, (caps.bitrateMost - SOUND_RESERVE_BPS) / totalOf(smaller)));
}

/** How the operator's cap is shared while a screen is shown: text must be sharp, and the camera is small beside it. */
export function planScreen({ heightMost, bitrateMost }: Caps): { screen: Layer; cameraBps: number } {
  const room = bitrateMost - SOUND_RESERVE_BPS;
  // A second, halved size costs a quarter more.
  const screenBps = Math.min(2_500_000, Math.round((room * 0.75) / 1.25));
  return { screen: layer(Math.min(1080, heightMost), screenBps, 15), cameraBps: Math.round(room - screenBps * 1.25) };
}

export function heightOf(plan: CameraPlan): number {
  return plan.at(-1)?.height ?? 0;
}

export function totalOf(plan: CameraPlan): number {
  return plan.reduce((sum, { bitrate }) => sum + bitrate, 0);
}

function scaled(plan: CameraPlan, share: number): CameraPlan {
  return plan.map((each) => ({ ...each, bitrate: Math.round(each.bitrate * share) }));
}

function layer(height: number, bitrate: number, framesPerSecond = FULL_RATE): Layer {
  return { height, bitrate, framesPerSecond };
}
