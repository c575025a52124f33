import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nameColour } from "./names";

const styles = new URL("../../styles/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, styles), "utf8");

type Rgb = readonly [number, number, number];

/** Linear light of an OKLCH colour. Source: https://bottosson.github.io/posts/oklab/ */
function linearOf(lightness: number, chroma: number, hue: number): Rgb {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const within = (value: number): number => Math.min(1, Math.max(0, value));
  return [
    within(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    within(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    within(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function linearOfHex(hex: string): Rgb {
  const part = (place: number): number => {
    const value = parseInt(hex.slice(place, place + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

const luminance = ([red, green, blue]: Rgb): number => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

function contrast(one: Rgb, other: Rgb): number {
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

const colours = [...read("names.css").matchAll(/oklch\(var\(--name-lightness\) ([\d.]+) (\d+)\)/g)].map(
  ([, chroma, hue]) => ({ chroma: Number(chroma), hue: Number(hue) }),
);
const themes = read("themes.css")
  .split("@plugin")
  .slice(1)
  .map((theme) => ({
    name: /name: "(\w+)"/.exec(theme)?.[1],
    background: /--color-base-100: (#\w{6})/.exec(theme)?.[1] ?? "",
    lightness: Number(/--name-lightness: ([\d.]+)/.exec(theme)?.[1]),
  }));

test.each(themes)("every name colour is AAA on the $name theme", ({ background, lightness }) => {
  expect(colours).toHaveLength(12);
  for (const { chroma, hue } of colours) {
    expect(contrast(linearOf(lightness, chroma, hue), linearOfHex(background)), `hue ${hue}`).toBeGreaterThan(7);
  }
});

test("a person keeps their colour, and people differ", () => {
  expect(nameColour("018f-a")).toBe(nameColour("018f-a"));
  expect(new Set(Array.from({ length: 200 }, (_, id) => nameColour(`user-${id}`))).size).toBe(12);
});
