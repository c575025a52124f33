import type { CaptureError, DeviceKind, DeviceProblem } from "./capture";

/** What happened, and what to do about it. */
export interface Words {
  readonly what: string;
  readonly remedy: string;
}

const NAMES: Readonly<Record<DeviceKind, string>> = { camera: "camera", microphone: "microphone", screen: "screen" };

export function deviceWords(error: Pick<CaptureError, "device" | "problem">): Words {
  return problemWords(NAMES[error.device], error.problem);
}

function problemWords(name: string, problem: DeviceProblem): Words {
  switch (problem) {
    case "denied":
      return {
        what: `Your browser blocks the ${name} on this page.`,
        remedy: "Allow it by the sign in the address bar, then press Try again.",
      };
    case "missing":
      return { what: `There is no ${name}.`, remedy: "Plug one in, then press Try again." };
    case "busy":
      return { what: `Your ${name} is used by another program.`, remedy: "Close it and press Try again." };
    case "insecure":
      return {
        what: `Browsers give the ${name} only to pages over https.`,
        remedy: "Open this page by its https address, or on the machine itself by localhost.",
      };
    case "unknown":
      return { what: `Your ${name} does not start.`, remedy: "Plug it in again or restart the browser, then press Try again." };
  }
}

const devices = {
  camera: "Camera",
  microphone: "Microphone",
  level: "Microphone level",
  noPicture: "No picture yet",
  preview: "Your picture",
  corner: "Your camera",
  unnamed: (kind: string, number: number) => `${kind} ${number}`,
};

export const words = { devices };

/** 2,500,000 is "2.5 Mbit/s", 600,000 is "600 kbit/s". */
export function rate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1_000_000) return `${(bitsPerSecond / 1_000_000).toFixed(bitsPerSecond < 10_000_000 ? 1 : 0)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}
